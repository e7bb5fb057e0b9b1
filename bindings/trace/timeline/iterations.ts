/**
 * The iterations of a recording on one device, from the first of these that has any: `ProfilerStep#N` annotations,
 * the event log's marks, another annotation that repeats, an exact period of the device's malloc and free events, the
 * ends of `Optimizer.step` annotations, which PyTorch writes by itself.
 */

import {type Annotation, MALLOC, type Trace} from '../trace.ts';
import type {MemoryEvents} from './memory-events.ts';
import {longestRun} from './periods.ts';

/** One step of the recorded program: a range of the device's memory events (`MemoryEvents`). */
export interface Iteration {
  /** The recording's own number where it has one, else the index from 0. */
  readonly number: number;
  /** The first of its memory events. */
  readonly firstEvent: number;
  /** The first memory event after it. */
  readonly endEvent: number;
  /** Whether it was recorded from its beginning to its end, and holds any event. */
  readonly whole: boolean;
}

export type IterationSource = 'profiler-step' | 'mark' | 'annotation' | 'period' | 'optimizer' | 'none';

export interface Iterations {
  readonly source: IterationSource;
  /** The annotation whose occurrences these are, without its number; for `profiler-step`, `annotation` and `optimizer`. */
  readonly annotation?: string;
  /** Memory events per iteration; for `period`. */
  readonly period?: number;
  /** Memory events before the first iteration. */
  readonly warmUpEvents: number;
  /** Memory events after the last iteration. */
  readonly tailEvents: number;
  /** In order of time, apart from each other. */
  readonly iterations: readonly Iteration[];
}

/** Iterations of one source, before warm-up and tail are counted. */
type FoundIterations = Omit<Iterations, 'warmUpEvents' | 'tailEvents'>;

/** @param live bytes live before each of the memory events, and after the last. */
export function iterationsOf(trace: Trace, memory: MemoryEvents, live: Float64Array): Iterations {
  const found =
    fromProfilerSteps(trace, memory) ??
    fromMarks(trace, memory) ??
    fromAnnotations(trace, memory) ??
    fromPeriod(trace, memory, live) ??
    fromOptimizer(trace, memory);
  const first = found?.iterations[0];
  const last = found?.iterations.at(-1);
  if (!found || !first || !last)
    return {source: 'none', warmUpEvents: memory.count, tailEvents: 0, iterations: []};
  return {...found, warmUpEvents: first.firstEvent, tailEvents: memory.count - last.endEvent};
}

function fromProfilerSteps(trace: Trace, memory: MemoryEvents): FoundIterations | undefined {
  const steps = trace.annotations.filter(annotation => /^ProfilerStep#\d+$/.test(annotation.name));
  if (steps.length === 0) return undefined;
  return {
    source: 'profiler-step',
    annotation: 'ProfilerStep',
    iterations: toIterations(timesOf(trace, memory), apart(steps)),
  };
}

function fromMarks(trace: Trace, memory: MemoryEvents): FoundIterations | undefined {
  const {marks} = trace;
  const iterations: Iteration[] = [];
  for (const [index, mark] of marks.entries()) {
    if (mark.number === null) continue;
    const next = marks[index + 1];
    const firstEvent = lowerBound(memory.event, mark.event);
    const endEvent = next ? lowerBound(memory.event, next.event) : memory.count;
    // nothing says that the last iteration came to its end
    iterations.push({
      number: mark.number,
      firstEvent,
      endEvent,
      whole: next !== undefined && endEvent > firstEvent,
    });
  }
  return iterations.length > 0 ? {source: 'mark', iterations} : undefined;
}

function fromAnnotations(trace: Trace, memory: MemoryEvents): FoundIterations | undefined {
  const groups = new Map<string, Annotation[]>();
  for (const annotation of trace.annotations) {
    const name = withoutNumber(annotation.name);
    // optimizers annotate themselves; a step is more than its optimizer
    if (name.startsWith('Optimizer.')) continue;
    const group = groups.get(name);
    if (group) group.push(annotation);
    else groups.set(name, [annotation]);
  }
  if (groups.size === 0) return undefined;
  let best: {annotation: string; iterations: Iteration[]; events: number; duration: number} | undefined;
  const times = timesOf(trace, memory);
  for (const [annotation, group] of groups) {
    const kept = apart(group);
    if (kept.length < 2) continue;
    const iterations = toIterations(times, kept);
    const events = iterations.reduce((sum, {firstEvent, endEvent}) => sum + endEvent - firstEvent, 0);
    const span = (iterations.at(-1)?.endEvent ?? 0) - (iterations[0]?.firstEvent ?? 0);
    if (events === 0 || events * 2 < span) continue;
    const duration = kept.reduce((sum, {start, end}) => sum + end - start, 0);
    const isBetter = !best || events > best.events || (events === best.events && duration > best.duration);
    if (isBetter) best = {annotation, iterations, events, duration};
  }
  return best && {source: 'annotation', annotation: best.annotation, iterations: best.iterations};
}

/** From the end of one step of an optimizer to the end of its next; two ends are needed for one iteration. */
function fromOptimizer(trace: Trace, memory: MemoryEvents): FoundIterations | undefined {
  const groups = new Map<string, Annotation[]>();
  for (const annotation of trace.annotations) {
    if (!annotation.name.startsWith('Optimizer.step#')) continue;
    const group = groups.get(annotation.name);
    if (group) group.push(annotation);
    else groups.set(annotation.name, [annotation]);
  }
  // of several optimizers, the one that steps most often; the first among equals
  const [best] = [...groups.values()].sort((a, b) => b.length - a.length);
  if (!best || best.length < 2) return undefined;
  const steps = apart(best);
  const cycles = steps.slice(1).map((step, index) => ({...step, name: '', start: steps[index]!.end}));
  return {
    source: 'optimizer',
    annotation: best[0]!.name,
    iterations: toIterations(timesOf(trace, memory), cycles),
  };
}

/** By start, without those that begin before one kept has ended. */
function apart(annotations: readonly Annotation[]): Annotation[] {
  const sorted = [...annotations].sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Annotation[] = [];
  for (const annotation of sorted) {
    const last = kept.at(-1);
    if (!last || annotation.start >= last.end) kept.push(annotation);
  }
  return kept;
}

/** Where the digits begin that a name ends with. */
function digitsFrom(name: string): number {
  let from = name.length;
  while (from > 0 && name[from - 1]! >= '0' && name[from - 1]! <= '9') from--;
  return from;
}

/** NaN where there is none. */
function numberOf(name: string): number {
  const from = digitsFrom(name);
  return from < name.length ? Number(name.slice(from)) : Number.NaN;
}

/** `step` for `step#12` and `step12`. */
function withoutNumber(name: string): string {
  const from = digitsFrom(name);
  return name.slice(0, from < name.length && name[from - 1] === '#' ? from - 1 : from);
}

/** Per memory event. */
function timesOf({events: {time}}: Trace, {count, event}: MemoryEvents): Float64Array {
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) times[i] = time[event[i]!]!;
  return times;
}

/** The windows `[start, end)` of annotations, numbered by their names where those give each its own number. */
function toIterations(times: Float64Array, annotations: readonly Annotation[]): Iteration[] {
  const own = annotations.map(({name}) => numberOf(name));
  const areNumbered = own.every(Number.isSafeInteger) && new Set(own).size === own.length;
  return annotations.map(({start, end}, index) => {
    const firstEvent = lowerBound(times, start);
    const endEvent = Math.max(firstEvent, lowerBound(times, end));
    return {number: areNumbered ? own[index]! : index, firstEvent, endEvent, whole: endEvent > firstEvent};
  });
}

/** The first index whose value is at least `value`; the values ascend. */
function lowerBound(values: Float64Array | Uint32Array, value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A run counts where it holds at least half of the events; two periods it has anyway. */
function fromPeriod(trace: Trace, memory: MemoryEvents, live: Float64Array): FoundIterations | undefined {
  const run = longestRun(eventTokens(trace, memory));
  if (!run || (run.end - run.start) * 2 < memory.count) return undefined;
  const {period} = run;
  // repetitions that leave bytes behind each time cannot go on for ever: layers of a network, not iterations
  if (live[run.start + period] !== live[run.start]) return undefined;
  // the cut with the least live bytes carries the fewest blocks; two whole iterations remain in any case
  const lastCut = Math.min(run.start + period - 1, run.end - 2 * period);
  let cut = run.start;
  for (let i = run.start; i <= lastCut; i++) if (live[i]! < live[cut]!) cut = i;
  const iterations: Iteration[] = [];
  for (let first = cut; first + period <= run.end; first += period) {
    iterations.push({number: iterations.length, firstEvent: first, endEvent: first + period, whole: true});
  }
  return {source: 'period', period, iterations};
}

/** One number per memory event, equal for events of equal kind and bytes. */
function eventTokens(trace: Trace, memory: MemoryEvents): Uint32Array {
  const {events, blocks} = trace;
  const sizes = new Map<number, number>();
  const tokens = new Uint32Array(memory.count);
  for (let i = 0; i < memory.count; i++) {
    const event = memory.event[i]!;
    const bytes = blocks.bytes[events.block[event]!]!;
    const size = sizes.get(bytes) ?? sizes.size;
    if (size === sizes.size) sizes.set(bytes, size);
    tokens[i] = size * 2 + (events.kind[event] === MALLOC ? 0 : 1);
  }
  return tokens;
}

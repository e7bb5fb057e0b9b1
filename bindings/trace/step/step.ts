/**
 * One iteration of a trace as a problem: which buffers must be in the arena, and when.
 *
 * The clock is the index, within the window, of the device's malloc and free events; it runs from 0 to N.
 *
 *     block                         linear                  cyclic
 *     allocated and freed inside    [malloc, free)          the same
 *     carried in, freed inside      [0, free)               one buffer with the block carried out that it is paired with
 *     carried out                   [malloc, N)             [0, N) with the gap [free of its pair, malloc)
 *     live throughout               persistent: not packed  the same, unless an instance of a buffer that spans
 *                                                           more than one period (see `carried-pairs.ts`)
 */
import {UsageError} from '../../model/errors.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {cut, listNames} from '../../model/shown.ts';
import type {StepClocks, StepConcurrency} from '../clocks/step-clocks.ts';
import {countUnordered} from '../clocks/unordered.ts';
import {requireEvents} from '../cuda-end-state.ts';
import {chooseDevice, timelineOf, timelinesOf} from '../timeline/device-timeline.ts';
import type {Iteration} from '../timeline/iterations.ts';
import type {Device, Trace} from '../trace.ts';
import {findCarriedPairs, noPairs, repeats} from './carried-pairs.ts';
import {BufferRows, type CarriedBuffer} from './rows.ts';
import {type StepWindow, type StreamRules, stepWindow} from './window.ts';

export interface StepOptions extends StreamRules {
  /** Name of a device; the one with the largest load where absent. */
  readonly device?: string;
  /** An iteration's number; the last whole one; or the whole recording. `auto` where absent. */
  readonly iteration?: number | 'auto' | 'window';
  /** Where absent, `cyclic` for an iteration that repeats, else `linear`. */
  readonly lifetimes?: 'cyclic' | 'linear';
  /** Bytes, a power of two, in place of the alignment of the device's allocator. */
  readonly alignment?: number;
}

export interface StepProblem {
  /** Buffers in the order of their blocks; `ids` are `b` and the block's index. */
  readonly problem: ProblemColumns;
  /** Per buffer: index into `Trace.blocks`. */
  readonly blocks: Uint32Array;
  /** Per buffer: the operation that allocated it, `''` where unknown. */
  readonly operations: readonly string[];
  readonly iteration: number | 'window';
  readonly lifetimes: 'cyclic' | 'linear';
  readonly device: Device;
  /**
   * Bytes: the most live at a time in the window, without blocks that live through all of it. The load of the problem
   * is more where buffers that cross the border need a place that they do not share with their next instance.
   */
  readonly recordedLoad: number;
  /** N: events of the window, and the end of its time. */
  readonly ticks: number;
  /** Blocks allocated before the window and freed inside, the reverse, and pairs of them that became one buffer. */
  readonly carried: {readonly in: number; readonly out: number; readonly matched: number};
  /** Blocks that live through the whole window, which the problem leaves out, whether in the trace or beside it. */
  readonly persistent: {readonly count: number; readonly bytes: number};
  /** Bytes that they take, each rounded up to the device's alignment. */
  readonly persistentAligned: number;
  /** Blocks left out because they were freed at tick 0. */
  readonly dropped: number;
  /** The buffers of carried pairs, which live over the border of the iteration; for `unroll`. Empty where linear. */
  readonly twins: readonly CarriedBuffer[];
  /** Blocks whose free waited for other streams, which keep their bytes longer than recorded. */
  readonly held: number;
  /** When bytes pass on, as the options say. */
  readonly rules: StreamRules;
  /** Present where the recording orders its streams by waits, or has uses of blocks on several: the problem has clocks then. */
  readonly concurrency?: StepConcurrency;
  readonly warnings: readonly string[];
}

/**
 * @throws {UsageError} for a device or iteration that the trace does not have, and a cyclic one that does not repeat.
 * @throws {ImportError} where only the device's state at the end was recorded.
 * @example
 * ```js
 * import {readFileSync} from 'node:fs';
 * import {importFile, stepProblem} from 'stowage/trace';
 *
 * const name = 'examples/mobilenet_v2.inference.json.gz';
 * const {trace} = await importFile({name, data: readFileSync(name)});
 * const {problem, iteration} = stepProblem(trace);
 * console.log(iteration, problem.count);
 * // prints 4 380
 * ```
 */
export function stepProblem(trace: Trace, options: StepOptions = {}): StepProblem {
  checkAlignment(options.alignment);
  const deviceIndex = chooseDevice(trace, options.device);
  requireEvents(trace, deviceIndex, 'a plan');
  const device = trace.devices[deviceIndex]!;
  const timeline = timelineOf(trace, deviceIndex);
  const warnings = options.device === undefined ? otherDevices(trace, deviceIndex) : [];
  const {iterations} = timeline.iterations;
  const index = chooseIteration(iterations, options, warnings);
  const window = stepWindow(timeline, index, rulesOf(options, iterations, warnings));
  const lifetimes = chooseLifetimes(window, index === undefined, options, warnings);
  const pairs = lifetimes === 'cyclic' ? findCarriedPairs(window) : noPairs();
  const rows = new BufferRows(window, pairs, lifetimes === 'cyclic');
  const ordered = rows.clocks();
  const problem = rows.problem(options.alignment ?? device.alignment, ordered?.clocks);
  const {carried, dropped} = rows;
  if (ordered) warnings.push(...orderWarnings(ordered.concurrency));
  const unseen = trace.cuda?.devices[deviceIndex]?.persistent ?? {count: 0, bytes: 0};
  const persistent = {
    count: rows.persistent.count + unseen.count,
    bytes: rows.persistent.bytes + unseen.bytes,
  };
  const alone = carried.in + carried.out - 2 * carried.matched;
  if (lifetimes === 'cyclic' && alone > 0) {
    warnings.push(
      `${alone} × buffers carried in or out without their instance of another iteration: their lifetimes stay linear`,
    );
  }
  return {
    problem,
    blocks: rows.blocks(),
    operations: rows.operations(),
    iteration: index === undefined ? 'window' : iterations[index]!.number,
    lifetimes,
    device,
    recordedLoad: recordedLoad(window),
    ticks: window.ticks,
    carried,
    persistent,
    persistentAligned: rows.persistent.aligned + unseen.bytes,
    dropped,
    twins: rows.pairs,
    held: window.held(),
    rules: window.rules,
    ...(ordered ? {concurrency: {...ordered.concurrency, unordered: countUnordered(problem)}} : {}),
    warnings,
  };
}

/** What is odd about the order of streams. */
function orderWarnings({untrusted, racing, notRepeated}: StepClocks['concurrency']): string[] {
  const texts: [number, string][] = [
    [
      untrusted,
      'blocks used on a stream that did not wait for their allocation: these uses are not taken to come after it',
    ],
    [
      racing,
      'buffers that a stream may still use when the next iteration allocates them again: no plan that repeats is safe from that; it takes the device to be idle for them at the border of an iteration, as --idle iteration states for all',
    ],
    [
      notRepeated,
      'waits, records or syncs that an iteration beside this one does not make: the plan does not rely on them',
    ],
  ];
  return texts.filter(([count]) => count > 0).map(([count, text]) => `${count} × ${text}`);
}

function rulesOf(
  {streams, idle}: StepOptions,
  iterations: readonly Iteration[],
  warnings: string[],
): StreamRules {
  if (idle !== undefined && iterations.length === 0)
    warnings.push('idle: the recording has no iterations, so no border at which the device is idle');
  return {...(streams === undefined ? {} : {streams}), ...(idle === undefined ? {} : {idle})};
}

function recordedLoad({timeline, first, end, blocks}: StepWindow): number {
  const {trace, malloc, free} = timeline;
  let through = 0;
  for (const block of blocks)
    if (malloc[block]! < first && free[block]! >= end) through += trace.blocks.bytes[block]!;
  const live = timeline.live.subarray(first, end + 1);
  return live.reduce((most, bytes) => Math.max(most, bytes), 0) - through;
}

/** What is recorded on devices that were not chosen, where nobody chose one. */
function otherDevices(trace: Trace, chosen: number): string[] {
  const names = timelinesOf(trace)
    .filter(({device, maxLoad}) => device !== chosen && maxLoad > 0)
    .map(({device}) => trace.devices[device]!.name);
  if (names.length === 0) return [];
  const have = names.length === 1 ? 'has' : 'have';
  return [`${listNames(names)} ${have} recorded memory too: choose it with --device ${cut(names[0]!)}`];
}

function checkAlignment(alignment: number | undefined): void {
  if (alignment === undefined) return;
  if (Number.isSafeInteger(alignment) && alignment > 0 && Number.isInteger(Math.log2(alignment))) return;
  throw new UsageError(`alignment: expected a power of two, got ${alignment}`);
}

/** Index of the iteration; undefined for the whole recording. */
function chooseIteration(
  iterations: readonly Iteration[],
  {iteration = 'auto'}: StepOptions,
  warnings: string[],
): number | undefined {
  if (iteration === 'window') return undefined;
  if (iteration === 'auto') {
    const last = iterations.findLastIndex(({whole}) => whole);
    if (last >= 0) return last;
    warnings.push(
      'nothing repeats in the recording (no mark, no annotation that repeats, no exact period): it is planned as a whole, as one iteration',
    );
    return undefined;
  }
  const index = iterations.findIndex(({number}) => number === iteration);
  if (index >= 0) return index;
  const known = iterations.length === 0 ? 'the recording has none' : `expected ${numbersOf(iterations)}`;
  throw new UsageError(`iteration: ${known}, got ${iteration}`);
}

function numbersOf(iterations: readonly Iteration[]): string {
  const first = iterations[0]!.number;
  const isRow = iterations.every(({number}, index) => number === first + index);
  if (isRow && iterations.length > 2) return `one from ${first} to ${first + iterations.length - 1}`;
  const numbers = iterations.slice(0, 10).map(({number}) => number);
  return `one of ${numbers.join(', ')}${iterations.length > 10 ? ', …' : ''}`;
}

function chooseLifetimes(
  window: StepWindow,
  isWhole: boolean,
  {lifetimes}: StepOptions,
  warnings: string[],
): 'cyclic' | 'linear' {
  if (lifetimes === 'linear') return 'linear';
  const isCyclic = !isWhole && repeats(window);
  if (isCyclic) return 'cyclic';
  if (lifetimes === 'cyclic') {
    throw new UsageError(
      `lifetimes: cyclic needs an iteration that repeats, and ${isWhole ? 'the whole recording' : 'this one'} does not`,
    );
  }
  if (!isWhole)
    warnings.push('the iteration does not repeat in the ones beside it: the lifetimes are linear');
  return 'linear';
}

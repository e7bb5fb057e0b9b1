/** Facts about the buffers of one step of a recording, and the sums of the blocks that it leaves out. */
import {
  type BufferFacts,
  CATEGORIES,
  type Category,
  type PersistentSum,
  PHASES,
  type PhaseSpan,
} from '../../model/buffer-facts.ts';
import type {CudaRecording} from '../../trace/cuda.ts';
import {describeFrame, programFrames} from '../../trace/cuda-frames.ts';
import type {StepProblem} from '../../trace/step/step.ts';
import {type DeviceTimeline, timelineOf} from '../../trace/timeline/device-timeline.ts';
import {NONE, type Trace} from '../../trace/trace.ts';
import {allocationEntries, framesOfStack} from '../frames.ts';
import {type BlockCategories, categoriesOf} from './categories.ts';
import {isOfModule, phaseOfFrames, phaseOfOperation} from './phase-names.ts';
import {usesOfBlocks} from './uses.ts';

/** @param step the result of `stepProblem` for the trace. */
export function stepFacts(trace: Trace, step: StepProblem): BufferFacts {
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const timeline = timelineOf(trace, device);
  const found = categoriesOf(timeline);
  const {iterations} = timeline.iterations;
  const first = iterations.find(({number}) => number === step.iteration)?.firstEvent ?? 0;
  const {operation, path} = trace.blocks;
  const framesOf = programFramesOf(trace);
  const uses = usesOfBlocks(timeline, first);
  const {blocks} = step;
  return {
    category: buffer => CATEGORIES[found.category[blocks[buffer]!]!]!,
    phase: buffer => PHASES[found.phase[blocks[buffer]!]!]!,
    name: buffer => `b${blocks[buffer]}`,
    operation: buffer => trace.operations[operation[blocks[buffer]!]!]!,
    module: buffer => (path ? trace.paths![path[blocks[buffer]!]!]!.module : ''),
    frames: buffer => framesOf(blocks[buffer]!),
    phases: spansIn(found, first, step.ticks),
    ...(uses ? {uses: (buffer: number) => uses(blocks[buffer]!)} : {}),
    persistent: persistentOf(timeline, found, step, first),
    firstMoment: step.iteration === 'window' ? 1 : 1 + first,
    dimensions: [],
  };
}

/** The program's own frames of a block, the outermost first, each stack once. */
function programFramesOf(trace: Trace): (block: number) => readonly string[] {
  const {cuda} = trace;
  if (!cuda) return () => [];
  const entries = allocationEntries(trace);
  const stacks = new Map<number, readonly string[]>();
  return block => {
    const entry = entries[block]!;
    if (entry === NONE) return [];
    const stack = cuda.entries.stack[entry]!;
    const frames = stacks.get(stack) ?? programFrames(framesOfStack(cuda, stack)).map(describeFrame);
    stacks.set(stack, frames);
    return frames;
  };
}

/** The runs of phases within the step, in its ticks. */
function spansIn({runs}: BlockCategories, first: number, ticks: number): PhaseSpan[] {
  return runs.flatMap(({phase, start, end}) => {
    const [from, to] = [Math.max(0, start - first), Math.min(ticks, end - first)];
    return from < to ? [{phase, start: from, end: to}] : [];
  });
}

/** Sums of the blocks that the step leaves out: those of the trace, and those from before the recording. */
function persistentOf(
  timeline: DeviceTimeline,
  {category}: BlockCategories,
  {persistent, ticks}: StepProblem,
  first: number,
): PersistentSum[] {
  const {trace, device, blocks, malloc, free} = timeline;
  const sums = new Map<Category, {count: number; bytes: number}>();
  const add = (name: Category, bytes: number) => {
    const sum = sums.get(name) ?? {count: 0, bytes: 0};
    sum.count++;
    sum.bytes += bytes;
    sums.set(name, sum);
  };
  for (const block of blocks) {
    if (malloc[block]! < first && free[block]! >= first + ticks)
      add(CATEGORIES[category[block]!]!, trace.blocks.bytes[block]!);
  }
  for (const {name, bytes} of olderBlocks(trace, device)) add(name, bytes);
  sums.delete('unknown');
  const known = [...sums].map(([name, sum]) => ({category: name, ...sum}));
  const count = persistent.count - known.reduce((all, sum) => all + sum.count, 0);
  const bytes = persistent.bytes - known.reduce((all, sum) => all + sum.bytes, 0);
  // blocks that pass through in a slot of the plan are not persistent: then it is not known which are
  if (count < 0 || bytes < 0) return [{category: 'unknown', ...persistent}];
  const rest = count > 0 ? [{category: 'unknown' as const, count, bytes}] : [];
  const all: PersistentSum[] = [...known, ...rest];
  return all.sort((a, b) => CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category));
}

/** Blocks from before the recording that are live at its end, by the stacks that the allocator kept of them. */
function* olderBlocks({cuda, blocks}: Trace, device: number): Generator<{name: Category; bytes: number}> {
  if (!cuda) return;
  const recorded = new Set<bigint>();
  for (let block = 0; block < blocks.count; block++) {
    if (blocks.device[block] === device && blocks.freeEvent[block] === NONE)
      recorded.add(blocks.address[block]!);
  }
  for (const segment of cuda.segments) {
    if (segment.device !== device) continue;
    for (const {address, bytes, state, stack, operation} of segment.blocks) {
      if (state === 'inactive' || recorded.has(cuda.addresses[address]!)) continue;
      yield {name: categoryOfOlder(cuda, stack, operation), bytes};
    }
  }
}

function categoryOfOlder(cuda: CudaRecording, stack: number, operation: string): Category {
  const frames = framesOfStack(cuda, stack);
  const phase = phaseOfFrames(frames);
  if (phase === 'optimizer') return 'optimizer-state';
  if (phase === 'backward' || phaseOfOperation(operation, '') === 'backward') return 'gradients';
  return isOfModule(frames) ? 'weights' : 'unknown';
}

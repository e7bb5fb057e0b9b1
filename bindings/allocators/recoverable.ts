/**
 * Memory of a CUDA program that a plan would save: reserved − (persistent + planned peak).
 *
 * The allocator rounds blocks up to 512 bytes and keeps streams and pools apart, so buffers of different streams or
 * pools are planned each on their own, and each peak is rounded up.
 */
import type {ProblemColumns} from '../model/problem.ts';
import {ALLOC, SEGMENT_ALLOC, SEGMENT_UNMAP} from '../trace/cuda.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import {MALLOC, type Trace} from '../trace/trace.ts';

const CUDA_UNIT = 512;

/** Bytes that the allocator takes for so many, without settings. */
export const roundUp = (bytes: number): number => Math.ceil(bytes / CUDA_UNIT) * CUDA_UNIT;

/** The plan of the buffers of one stream and pool. */
export interface PartPlan {
  readonly peak: number;
  readonly lowerBound: number;
}

/** Bytes throughout. */
export interface Recoverable {
  /** The most that was reserved within the recording. */
  readonly reserved: number;
  /** Whether that is known only for the end: no segment events were recorded. */
  readonly isReservedAtEnd: boolean;
  readonly persistent: number;
  /** Σ of the parts. */
  readonly plannedPeak: number;
  readonly lowerBound: number;
  /** Negative where the plan needs more. */
  readonly recoverable: number;
  /** Whether no plan recovers more: the planned peak is the lower bound. */
  readonly isProven: boolean;
  /** How many streams and pools the buffers have: each is planned on its own. */
  readonly parts: number;
}

/** Undefined where the trace is no CUDA snapshot, or one without segments. */
export function recoverableBytes(
  trace: Trace,
  device: number,
  {persistentAligned: persistent}: Pick<StepProblem, 'persistentAligned'>,
  parts: readonly PartPlan[],
): Recoverable | undefined {
  const reserved = trace.cuda?.devices[device]?.reserved;
  if (!reserved || reserved.most === 0) return undefined;
  const plannedPeak = parts.reduce((sum, {peak}) => sum + roundUp(peak), 0);
  const lowerBound = parts.reduce((sum, part) => sum + roundUp(part.lowerBound), 0);
  return {
    reserved: reserved.most,
    isReservedAtEnd: !hasSegmentEvents(trace, device),
    persistent,
    plannedPeak,
    lowerBound,
    recoverable: reserved.most - (persistent + plannedPeak),
    isProven: plannedPeak === lowerBound,
    parts: parts.length,
  };
}

function hasSegmentEvents({cuda}: Trace, device: number): boolean {
  if (!cuda) return false;
  const {action, device: of} = cuda.entries;
  return action.some((one, i) => of[i] === device && one >= SEGMENT_ALLOC && one <= SEGMENT_UNMAP);
}

/**
 * Buffers, given by the block of each, by the stream and the pool they were allocated in; each list ascending, in order
 * of its first. A block from before the recording counts for the default pool.
 */
export function buffersByPool(trace: Trace, device: number, blocks: Uint32Array): number[][] {
  const pools = poolsOf(trace, device);
  const lists = new Map<string, number[]>();
  blocks.forEach((block, buffer) => {
    const key = `${trace.blocks.stream[block]!} ${pools.get(block) ?? 0}`;
    const list = lists.get(key);
    if (list) list.push(buffer);
    else lists.set(key, [buffer]);
  });
  return [...lists.values()];
}

/** Blocks of private pools: the mallocs of a device are its `ALLOC` entries, in the same order. */
function poolsOf(trace: Trace, device: number): Map<number, number> {
  const pools = new Map<number, number>();
  if (!trace.cuda || trace.cuda.pools.length < 2) return pools;
  const {entries} = trace.cuda;
  let entry = 0;
  const isOwn = (i: number): boolean =>
    entries.device[i] === device && entries.action[i] === ALLOC && entries.bytes[i]! > 0;
  for (const event of timelineOf(trace, device).memory.event) {
    if (trace.events.kind[event] !== MALLOC) continue;
    while (entry < entries.count && !isOwn(entry)) entry++;
    if (entry < entries.count && entries.pool[entry]! !== 0)
      pools.set(trace.events.block[event]!, entries.pool[entry]!);
    entry++;
  }
  return pools;
}

/** The problem with some of its buffers, which are in ascending order. */
export function partOf(problem: ProblemColumns, list: readonly number[]): ProblemColumns {
  const {gapIndex, gapStart, gapEnd, ids} = problem;
  const gaps = list.flatMap(i => range(gapIndex[i]!, gapIndex[i + 1]!));
  const index = new Uint32Array(list.length + 1);
  for (const [k, i] of list.entries()) index[k + 1] = index[k]! + gapIndex[i + 1]! - gapIndex[i]!;
  return {
    count: list.length,
    start: Uint32Array.from(list, i => problem.start[i]!),
    end: Uint32Array.from(list, i => problem.end[i]!),
    size: Float64Array.from(list, i => problem.size[i]!),
    alignment: Float64Array.from(list, i => problem.alignment[i]!),
    offset: Float64Array.from(list, i => problem.offset[i]!),
    gapIndex: index,
    gapStart: Uint32Array.from(gaps, g => gapStart[g]!),
    gapEnd: Uint32Array.from(gaps, g => gapEnd[g]!),
    ...(ids ? {ids: list.map(i => ids[i]!)} : {}),
    ...(problem.defaultAlignment === undefined ? {} : {defaultAlignment: problem.defaultAlignment}),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({length: to - from}, (_, k) => from + k);
}

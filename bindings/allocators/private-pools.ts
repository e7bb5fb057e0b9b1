/**
 * Private pools of CUDA graphs. A graph uses the bytes of its pool whenever it is replayed, though the blocks count as freed
 * since its capture. Where the capture is within a step, its blocks are planned; a pool from before the step is kept whole.
 */
import {select} from '../model/problem.ts';
import {reservedOver} from '../trace/cuda-reserved.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import {persistentBlocks} from './requests.ts';
import {roundUp} from './rounding.ts';

/** Bytes. */
export interface KeptPools {
  readonly pools: ReadonlySet<number>;
  /** The most that was reserved for them, each. */
  readonly bytes: number;
  /** Persistent blocks in them. */
  readonly persistent: number;
}

/** The private pools of a device that held memory before the step, which may be one iteration or the whole recording. */
export function keptPools(trace: Trace, device: number, step: StepProblem): KeptPools {
  const {cuda} = trace;
  const pools = new Set<number>();
  let bytes = 0;
  const numbers = new Set(cuda?.segments.filter(one => one.device === device).map(({pool}) => pool));
  numbers.delete(0);
  const window = windowOf(trace, device, step);
  for (const pool of numbers) {
    const {start, most} = reservedOf(cuda!, device, pool);
    if (start === 0 && !isUsedBefore(trace, window, pool)) continue;
    pools.add(pool);
    bytes += most;
  }
  return {pools, bytes, persistent: persistentIn(trace, device, window, pools)};
}

/** The device's blocks, with their events, and the events of the step. */
interface BlocksInWindow {
  readonly timeline: DeviceTimeline;
  readonly first: number;
  readonly end: number;
}

function windowOf(trace: Trace, device: number, {iteration}: StepProblem): BlocksInWindow {
  const timeline = timelineOf(trace, device);
  const own = timeline.iterations.iterations.find(({number}) => number === iteration);
  return {timeline, first: own?.firstEvent ?? 0, end: own?.endEvent ?? timeline.memory.count};
}

function isUsedBefore({blocks}: Trace, {timeline, first}: BlocksInWindow, pool: number): boolean {
  return timeline.blocks.some(block => blocks.pool[block] === pool && timeline.malloc[block]! < first);
}

/** Bytes of the blocks that live through the step in these pools: they are in the pools' bytes already. */
function persistentIn(
  trace: Trace,
  device: number,
  {timeline, first, end}: BlocksInWindow,
  pools: ReadonlySet<number>,
): number {
  if (pools.size === 0) return 0;
  const {bytes, pool} = trace.blocks;
  const older = persistentBlocks(trace.cuda!, device).filter(block => pools.has(block.pool));
  const through = timeline.blocks.filter(
    block => pools.has(pool[block]!) && timeline.malloc[block]! < first && timeline.free[block]! >= end,
  );
  return (
    older.reduce((sum, block) => sum + roundUp(block.bytes), 0) +
    through.reduce((sum, block) => sum + roundUp(bytes[block]!), 0)
  );
}

/** Bytes that were reserved for a pool, at the beginning and at most. */
function reservedOf(
  {entries, segments}: NonNullable<Trace['cuda']>,
  device: number,
  pool: number,
): ReturnType<typeof reservedOver> {
  const own = segments.filter(segment => segment.device === device && segment.pool === pool);
  const end = own.reduce((sum, {bytes}) => sum + bytes, 0);
  return reservedOver(entries, end, i => entries.device[i] === device && entries.pool[i] === pool);
}

/** The step without the buffers of some pools. */
export function withoutPools(trace: Trace, step: StepProblem, pools: ReadonlySet<number>): StepProblem {
  if (pools.size === 0) return step;
  const isLeft = (buffer: number): boolean => !pools.has(trace.blocks.pool[step.blocks[buffer]!]!);
  const index = Uint32Array.from(step.blocks.keys()).filter(isLeft);
  return {
    ...step,
    problem: select(step.problem, index),
    blocks: Uint32Array.from(index, i => step.blocks[i]!),
  };
}

/**
 * Private pools of CUDA graphs. A graph uses the bytes of its pool whenever it is replayed, though the blocks count as freed
 * since its capture. Where the capture was recorded, its blocks are planned; a pool from before the recording is kept whole.
 */
import {select} from '../model/problem.ts';
import {SEGMENT_ALLOC, SEGMENT_FREE, SEGMENT_MAP, SEGMENT_UNMAP} from '../trace/cuda.ts';
import type {StepProblem} from '../trace/step/step.ts';
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

/** The private pools of a device that held memory before the recording. */
export function keptPools({cuda}: Trace, device: number): KeptPools {
  const pools = new Set<number>();
  let bytes = 0;
  const numbers = new Set(cuda?.segments.filter(one => one.device === device).map(({pool}) => pool));
  numbers.delete(0);
  for (const pool of numbers) {
    const {start, most} = reservedOf(cuda!, device, pool);
    if (start === 0) continue;
    pools.add(pool);
    bytes += most;
  }
  const persistent = cuda ? persistentBlocks(cuda, device).filter(({pool}) => pools.has(pool)) : [];
  return {pools, bytes, persistent: persistent.reduce((sum, block) => sum + roundUp(block.bytes), 0)};
}

/** Bytes of a pool at the beginning, and the most in between: its events are taken back from its end. */
function reservedOf(
  {entries, segments}: NonNullable<Trace['cuda']>,
  device: number,
  pool: number,
): {readonly start: number; readonly most: number} {
  let reserved = 0;
  for (const segment of segments)
    if (segment.device === device && segment.pool === pool) reserved += segment.bytes;
  let most = reserved;
  for (let i = entries.count - 1; i >= 0; i--) {
    if (entries.device[i] !== device || entries.pool[i] !== pool) continue;
    const action = entries.action[i];
    if (action === SEGMENT_ALLOC || action === SEGMENT_MAP) reserved -= entries.bytes[i]!;
    else if (action === SEGMENT_FREE || action === SEGMENT_UNMAP) reserved += entries.bytes[i]!;
    most = Math.max(most, reserved);
  }
  return {start: Math.max(0, reserved), most};
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

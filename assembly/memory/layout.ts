/**
 * Problem and plan as columns in linear memory.
 *
 *    Problem (one record) ──► start  u32 ×n   ticks            offset  u64 ×n  fixed bytes or NO_OFFSET
 *                             end    u32 ×n   ticks            gapIndex u32 ×(n+1), gapStart, gapEnd u32 ×g  ticks
 *                             size   u64 ×n   bytes            plan    u64 ×n  offsets of the last plan made
 *                             alignment u64 ×n bytes           crossing f64 ×n the same as the host sees them
 *
 * The host reads the record's first words in this order (`bindings/core/abi.ts` names them, a test compares).
 */

import {alloc} from './arena';
import {newU32, newU64} from './column';

/** In `offset`: the buffer has no fixed offset. In a plan being made: it is not placed. */
export const NO_OFFSET: u64 = u64.MAX_VALUE;
/** No index. */
export const NONE: u32 = u32.MAX_VALUE;
/** Largest byte count that the boundary carries exactly: 2^53 − 1. */
export const MAX_BYTES: u64 = (1 << 53) - 1;

@unmanaged
export class Problem {
  numBuffers: u32;
  numGaps: u32;
  /** Columns, see above. `size`, `alignment` and `offset` hold f64 until `seal`, u64 afterwards. */
  start: usize;
  end: usize;
  size: usize;
  alignment: usize;
  offset: usize;
  gapIndex: usize;
  gapStart: usize;
  gapEnd: usize;
  crossing: usize;
  /** Ticks of the section or fixed buffer that makes the lower bound, set by `lowerBound`. */
  boundStart: u32;
  boundEnd: u32;
  /** Number of sections and of partitions, set by `seal`. */
  numSections: u32;
  numPartitions: u32;
  // ---- from here on for the core alone
  plan: usize;
  /** Record of the sweep (`sweep.ts`). */
  sweep: usize;
  /** Buffers with a fixed offset. */
  numFixed: u32;
  /** Smallest alignment in force: every offset of every plan is a multiple of it. */
  granule: u64;
  /** Smallest size: a smaller hole is of no use to any buffer. */
  minSize: u64;
}

/** Lays out the record and columns of a problem; the host fills the columns, then calls `seal`. */
export function newProblem(numBuffers: u32, numGaps: u32): Problem {
  const p = changetype<Problem>(alloc(offsetof<Problem>()));
  const n: u64 = numBuffers;
  const g: u64 = numGaps;
  p.numBuffers = numBuffers;
  p.numGaps = numGaps;
  p.start = newU32(n);
  p.end = newU32(n);
  p.size = newU64(n);
  p.alignment = newU64(n);
  p.offset = newU64(n);
  p.gapIndex = newU32(n + 1);
  p.gapStart = newU32(g);
  p.gapEnd = newU32(g);
  p.crossing = newU64(n);
  p.plan = newU64(n);
  p.sweep = 0;
  return p;
}

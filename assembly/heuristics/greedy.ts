/**
 * Greedy: the buffers in a fixed order, each in the gap that its fit chooses among those placed before it. By size
 * after Pisarchyk & Lee 2020; by longest, by breadth and the two gap rules after MemoMalloc (arXiv 2203.00448). In
 * order of birth it is online first fit, best fit and Wimmer's linear scan, for the problems that `online.ts` cannot
 * take. Fixed offsets are placed before all others. O(n log n) queries of `placement.ts`.
 */
import {mark, release} from '../memory/arena';
import {setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {fitOf, newPlacement, Placement, place} from '../placement/placement';
import {orderBy} from '../problem/order';

/** Offsets into `p.plan` (all n); returns the peak, bytes. */
export function planGreedily(p: Problem, key: u32, fit: u32): u64 {
  const scratch = mark();
  const order = orderBy(p, key);
  const placement = newPlacement(p);
  placeFixed(p, placement);
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const buffer = u32At(order, i);
    if (u64At(p.offset, buffer) != NO_OFFSET) continue;
    const offset = fitOf(placement, buffer, fit);
    setU64(p.plan, buffer, offset);
    place(placement, buffer, offset);
  }
  const peak = placement.peak;
  release(scratch);
  return peak;
}

function placeFixed(p: Problem, placement: Placement): void {
  if (p.numFixed == 0) return;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = u64At(p.offset, i);
    if (offset == NO_OFFSET) continue;
    setU64(p.plan, i, offset);
    place(placement, i, offset);
  }
}

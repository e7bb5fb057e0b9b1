/**
 * Online: the buffers in order of birth, as an allocator meets them, each served from the free runs of that moment.
 * First fit, best fit, and linear scan (Wimmer & Mössenböck, VEE 2005), which extends the arena if no run below its
 * end fits. O(n log n), no conflict graph.
 *
 * With gaps or fixed offsets the address line of one moment does not show later occupancy. Such problems
 * go to `greedy.ts` in order of birth, which makes the same plan where both apply.
 */
import {mark, release} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {Problem} from '../memory/layout';
import {give, lowOf, newFreeList, take} from '../placement/free-list';
import {FIRST_GAP, SMALLEST_GAP_OR_END} from '../placement/placement';
import {BY_BIRTH, orderBy} from '../problem/order';
import {sortByKey} from '../problem/sort';
import {planGreedily} from './greedy';

/** Offsets into `p.plan` by one of the fits of `placement.ts`; `ties`: 0 or `TIES_BY_INPUT`. Returns the peak, bytes. */
export function planOnline(p: Problem, fit: u32, ties: u32): u64 {
  if (p.numGaps > 0 || p.numFixed > 0) return planGreedily(p, BY_BIRTH | ties, fit);
  const scratch = mark();
  const n = p.numBuffers;
  const births = orderBy(p, BY_BIRTH | ties);
  const deaths = orderOfDeath(p);
  const block = newU32(n);
  const list = newFreeList(n, p.granule, fit != FIRST_GAP, fit != SMALLEST_GAP_OR_END);
  let peak: u64 = 0;
  let d: u32 = 0;
  for (let b: u32 = 0; b < n; b++) {
    const buffer = u32At(births, b);
    const birth = u32At(p.start, buffer);
    for (; u32At(p.end, u32At(deaths, d)) <= birth; d++) give(list, u32At(block, u32At(deaths, d)));
    const taken = take(list, u64At(p.size, buffer), u64At(p.alignment, buffer));
    setU32(block, buffer, taken);
    setU64(p.plan, buffer, lowOf(list, taken));
    peak = max(peak, lowOf(list, taken) + u64At(p.size, buffer));
  }
  release(scratch);
  return peak;
}

function orderOfDeath(p: Problem): usize {
  const n = p.numBuffers;
  const order = newU32(n);
  const scratch = mark();
  const keys = newU64(n);
  for (let i: u32 = 0; i < n; i++) {
    setU32(order, i, i);
    setU64(keys, i, u32At(p.end, i));
  }
  sortByKey(order, n, keys);
  release(scratch);
  return order;
}

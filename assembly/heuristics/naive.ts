/**
 * The two plans that search nothing. Naive: every buffer above the one before, nothing reused. Bump: the same, but
 * from the bottom again whenever nothing is live (a new partition). Both in order of birth, above the fixed offsets.
 * Gaps are not used.
 */
import {allocZeroed, mark, release} from '../memory/arena';
import {alignUp, setU64, u32At, u64At, zeroedU64} from '../memory/column';
import {NO_OFFSET, Problem} from '../memory/layout';
import {BY_BIRTH, orderBy} from '../problem/order';
import {sweepOf} from '../problem/sweep';

/** Offsets into `p.plan`; returns the peak, bytes. */
export function planNaively(p: Problem): u64 {
  return stackUp(p, false);
}

/** Offsets into `p.plan`; returns the peak, bytes. */
export function planByBumping(p: Problem): u64 {
  return stackUp(p, true);
}

function stackUp(p: Problem, perPartition: bool): u64 {
  const scratch = mark();
  const s = sweepOf(p);
  const order = orderBy(p, BY_BIRTH);
  const tops = perPartition ? zeroedU64(s.numPartitions) : allocZeroed(8);
  let peak: u64 = 0;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    const offset = u64At(p.offset, i);
    if (offset == NO_OFFSET) continue;
    const at = perPartition ? u32At(s.partition, u32At(s.hullFirst, i)) : 0;
    setU64(p.plan, i, offset);
    setU64(tops, at, max(u64At(tops, at), offset + u64At(p.size, i)));
    peak = max(peak, u64At(tops, at));
  }
  for (let k: u32 = 0; k < p.numBuffers; k++) {
    const i = u32At(order, k);
    if (u64At(p.offset, i) != NO_OFFSET) continue;
    const at = perPartition ? u32At(s.partition, u32At(s.hullFirst, i)) : 0;
    const offset = alignUp(u64At(tops, at), u64At(p.alignment, i));
    setU64(p.plan, i, offset);
    setU64(tops, at, offset + u64At(p.size, i));
    peak = max(peak, u64At(tops, at));
  }
  release(scratch);
  return peak;
}

/**
 * Buffers that are alike: free ones with the same sections and alignment. Whatever overlaps one overlaps all, so they
 * can be exchanged, and of the plans that differ only in that the search needs one. Two rules choose it; every plan
 * can be brought to obey both, since each exchange brings two buffers into the ranking's order.
 * - Equal ones, of the same size, are placed above each other in the ranking's order.
 * - Where one is placed right on top of another, the first in the ranking is beneath: the two fill the same bytes
 *   either way.
 */
import {mark, release} from '../memory/arena';
import {alignUp, newU32, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {Propagation, reject} from './propagate';
import {isRankedBefore, Ranking} from './ranking';
import {State, SYMMETRY} from './state';

/** Finds every buffer's next equal in the ranking's order, and raises its `lowestPossible` by those beneath it. */
export function linkEquals(state: State, ranking: Ranking): void {
  if ((state.rules & SYMMETRY) == 0) return;
  const part = state.part;
  const scratch = mark();
  const latest = newU32(part.count); // per first of some equals: the one seen last
  memory.fill(latest, 0xff, (<usize>part.count) << 2); // NONE
  for (let place: u32 = 0; place < part.count; place++) {
    const k = u32At(ranking.order, place);
    const beneath = u32At(latest, u32At(part.firstEqual, k));
    setU32(latest, u32At(part.firstEqual, k), k);
    if (beneath == NONE) continue;
    setU32(state.nextEqual, beneath, k);
    const top = u64At(state.lowestPossible, beneath) + u64At(part.size, k);
    setU64(state.lowestPossible, k, alignUp(top, u64At(part.alignment, k)));
  }
  release(scratch);
}

/**
 * `k` was placed last: rejects those on top of it that are alike and ranked before it. False where one fits nowhere
 * any more.
 */
export function rejectOnTop(propagation: Propagation, ranking: Ranking, k: u32): bool {
  const state = propagation.state;
  if ((state.rules & SYMMETRY) == 0) return true;
  const part = state.part;
  const top = u64At(state.floor, k) + u64At(part.size, k);
  for (let j = u32At(part.nextAlike, k); j != k; j = u32At(part.nextAlike, j)) {
    if (u32At(state.placed, j) != 0 || isRankedBefore(ranking, k, j)) continue;
    // above `top` it is rejected already, or padding is between the two
    if (u64At(state.lowestPossible, j) != top) continue;
    // beneath, it must not take the other off its alignment
    if (u64At(part.size, j) % u64At(part.alignment, k) != 0) continue;
    if (!reject(propagation, j)) return false;
  }
  return true;
}

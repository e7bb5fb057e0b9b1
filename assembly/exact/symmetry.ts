/**
 * Buffers that are alike: free ones with the same sections and alignment. Whatever overlaps one overlaps all, so they
 * can change places, and of the plans that differ in that only one need be looked for. Every plan can be brought to
 * obey both rules, since each exchange brings two buffers that are alike into the ranking's order.
 * - Those of equal size stand above each other in the ranking's order: any two can be exchanged.
 * - Where one stands right on top of another, the first in order is beneath: the two take the same room either way.
 */
import {alignUp, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {Probe, SYMMETRY} from './partial-plan';
import {pass} from './propagate';

/** Finds every buffer's next equal in the ranking's order, and raises its `low` by those beneath it. */
export function linkEquals(probe: Probe): void {
  const part = probe.part;
  const latest = probe.merged; // of the equal ones seen, by the first of them
  memory.fill(probe.equal, 0xff, (<usize>part.count) << 2); // NONE
  memory.fill(latest, 0xff, (<usize>part.count) << 2);
  if ((probe.rules & SYMMETRY) == 0) return;
  for (let place: u32 = 0; place < part.count; place++) {
    const k = u32At(probe.ranking.order, place);
    const beneath = u32At(latest, u32At(part.equal, k));
    setU32(latest, u32At(part.equal, k), k);
    if (beneath == NONE) continue;
    setU32(probe.equal, beneath, k);
    const top = u64At(probe.low, beneath) + u64At(part.size, k);
    setU64(probe.low, k, alignUp(top, u64At(part.alignment, k)));
  }
}

function isBefore(probe: Probe, a: u32, b: u32): bool {
  return u32At(probe.position, a) < u32At(probe.position, b);
}

/**
 * `k` was placed last: those that would come right on top of it and are before it in order are passed over there.
 * False where one can no longer stand anywhere.
 */
export function passOnTop(probe: Probe, k: u32): bool {
  if ((probe.rules & SYMMETRY) == 0) return true;
  const part = probe.part;
  const top = u64At(probe.min, k) + u64At(part.size, k);
  for (let j = u32At(part.alike, k); j != k; j = u32At(part.alike, j)) {
    if (u32At(probe.placed, j) != 0 || isBefore(probe, k, j)) continue;
    // above `top` it is passed over already, or padding lies between
    if (u64At(probe.low, j) != top) continue;
    // beneath, it must not take the other off its alignment
    if (u64At(part.size, j) % u64At(part.alignment, k) != 0) continue;
    if (!pass(probe, j)) return false;
  }
  return true;
}

/**
 * Skip lifting: what was passed over must have something unplaced beneath it, which raises the least offset it can get.
 *
 * `low` of a passed buffer is the least number that is not below the top of every unplaced neighbour at its own `low`.
 * Buffers that support each other in a ring have no such number, and climb to the capacity by their sizes, step by step;
 * so does a ring below one large neighbour. Where steps go on, the numbers are settled at once, as shortest paths are.
 */
import {alignUp, setU32, setU64, u32At, u64At} from '../memory/column';
import {LIFTING, note, PASSED_ENTRY, Probe, raiseLow} from './partial-plan';

/** Rounds of lifting after which `settle` takes over; it comes to the same numbers. */
const MOST_ROUNDS: u32 = 32;

/** A buffer will not stand at its `min`; false where one can no longer stand anywhere. */
export function passOne(probe: Probe, k: u32): bool {
  return pass(probe, k) && lift(probe);
}

/** As `passOne`, without what follows for the others that were passed over. */
export function pass(probe: Probe, k: u32): bool {
  if (u32At(probe.isNoted, k) == 0) {
    note(probe, PASSED_ENTRY, k, 0);
    setU32(probe.isNoted, k, 1);
    setU32(probe.passed, probe.numPassed++, k);
  }
  return liftOne(probe, k);
}

/** Raises `low` of a buffer that was passed over to what must come beneath it; false where nothing can. */
function liftOne(probe: Probe, k: u32): bool {
  const part = probe.part;
  if ((probe.rules & LIFTING) == 0) {
    // only marked as passed over: its offset is above its `min`
    return u64At(probe.low, k) > u64At(probe.min, k) || raiseLow(probe, k, u64At(probe.min, k) + 1);
  }
  const support = u32At(probe.support, k);
  const canSupport = u32At(probe.placed, support) == 0;
  if (canSupport && u64At(probe.low, support) + u64At(part.size, support) <= u64At(probe.low, k)) return true;
  let beneath = u64.MAX_VALUE;
  for (let at = u32At(part.neighbourIndex, k); at < u32At(part.neighbourIndex, k + 1); at++) {
    const j = u32At(part.neighbours, at);
    if (u32At(probe.placed, j) != 0) continue;
    const top = u64At(probe.low, j) + u64At(part.size, j);
    if (top >= beneath) continue;
    beneath = top;
    setU32(probe.support, k, j);
    if (top <= u64At(probe.low, k)) return true;
  }
  if (beneath == u64.MAX_VALUE) return false;
  const low = alignUp(beneath, u64At(part.alignment, k));
  return low <= u64At(probe.low, k) || raiseLow(probe, k, low);
}

/** Lifts all that was passed over, until nothing rises any more; false where one fits nowhere. */
export function lift(probe: Probe): bool {
  let before: u32;
  let rounds: u32 = 0;
  do {
    before = probe.logCount;
    if (rounds++ == MOST_ROUNDS) return settle(probe);
    for (let at: u32 = 0; at < probe.numPassed; at++) {
      const k = u32At(probe.passed, at);
      if (isSource(probe, k)) continue;
      if (!liftOne(probe, k)) return false;
    }
  } while (probe.logCount != before);
  return true;
}

/** Whether its `low` hangs on no other: it was not passed over, or is placed. */
function isSource(probe: Probe, k: u32): bool {
  if (u32At(probe.placed, k) != 0 || u32At(probe.isNoted, k) == 0) return true;
  return (probe.rules & LIFTING) == 0 || u64At(probe.low, k) == u64At(probe.min, k);
}

/**
 * The numbers that `lift` climbs to, by falling back on nothing but what is settled already, the lowest first, as in
 * Knuth's generalisation of Dijkstra's algorithm (1977); false where one has none, or none within the capacity.
 */
function settle(probe: Probe): bool {
  const part = probe.part;
  const beneath = probe.keys; // per buffer: the lowest settled top that it could stand on
  const previous = probe.merged; // per buffer: the equal one that stands beneath it
  memory.fill(probe.isSettled, 0, (<usize>part.count) << 2);
  memory.fill(beneath, 0xff, (<usize>part.count) << 3);
  memory.fill(previous, 0xff, (<usize>part.count) << 2);
  let left: u32 = 0;
  for (let k: u32 = 0; k < part.count; k++) {
    if (u32At(probe.placed, k) != 0) continue;
    left++;
    const next = u32At(probe.equal, k);
    if (next < part.count) setU32(previous, next, k);
  }
  for (; left > 0; left--) {
    const k = lowestSupported(probe);
    if (k == part.count) return false;
    const low = lowOn(probe, k);
    if (low > u64At(probe.low, k) && !raiseLow(probe, k, low)) return false;
    setU32(probe.isSettled, k, 1);
    const top = u64At(probe.low, k) + u64At(part.size, k);
    for (let at = u32At(part.neighbourIndex, k); at < u32At(part.neighbourIndex, k + 1); at++) {
      const j = u32At(part.neighbours, at);
      if (top < u64At(beneath, j)) setU64(beneath, j, top);
    }
  }
  return true;
}

/** Of the unplaced buffers that are not settled and could be, the one whose `low` is the least; `count` for none. */
function lowestSupported(probe: Probe): u32 {
  const part = probe.part;
  let best = part.count;
  let lowest = u64.MAX_VALUE;
  for (let k: u32 = 0; k < part.count; k++) {
    if (u32At(probe.placed, k) != 0 || u32At(probe.isSettled, k) != 0) continue;
    const previous = u32At(probe.merged, k);
    const waits = previous < part.count && u32At(probe.isSettled, previous) == 0;
    if (waits) continue; // raising that one raises this
    const low = lowOn(probe, k);
    if (low >= lowest) continue;
    best = k;
    lowest = low;
  }
  return best;
}

/** Its `low` on top of what is settled; the largest number where that is nothing that it could stand on. */
function lowOn(probe: Probe, k: u32): u64 {
  const low = u64At(probe.low, k);
  if (isSource(probe, k)) return low;
  const beneath = u64At(probe.keys, k);
  return beneath == u64.MAX_VALUE ? beneath : max(low, alignUp(beneath, u64At(probe.part.alignment, k)));
}

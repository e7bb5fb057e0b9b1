/**
 * Can a partition be placed within a capacity? Exhaustive search over canonical placements, after MiniMalloc
 * (Moffitt 2023), resumable by nodes.
 * - Canonical: buffers are placed in order of (offset, rank), each at the lowest offset that those below it leave
 *   (`min`). Every feasible problem has such a plan, and none is met twice.
 * - A candidate's offset is at most the capacity less the heaviest section's unplaced bytes, and below the top of
 *   every unplaced buffer at its own `min`: otherwise one that fits beneath would come first.
 * - Skip lifting: a buffer that was passed over cannot end at its `min` any more; something unplaced that it overlaps
 *   must come beneath it, which raises `low`, the least offset it can still get. `low > min` marks it as passed over.
 * - Of buffers that are alike the first in order comes first (`symmetry.ts`).
 * - Every section needs an unplaced member from whose `low` all its unplaced bytes still fit: its witness.
 * - Where no unplaced buffer crosses two neighbouring sections any more, both sides are searched by themselves, the
 *   tightest first, each in its own order, sorted anew by what is unplaced there.
 * Explicit stack of frames; changes to `min` and `low` are logged and undone.
 */
import {alloc} from '../memory/arena';
import {setU32, setU64, u32At, u64At} from '../memory/column';
import {NO_OFFSET, NONE} from '../memory/layout';
import {descend, enterNextPart, SUB_BYTES} from './decompose';
import {countIn, DOMINANCE, hasWitnesses, LOG_BYTES, Probe, placeOne, rank, undo} from './partial-plan';
import {Partition} from './partition';
import {lift, passOne} from './propagate';
import {Ranking} from './ranking';
import {FRAME_BYTES, Frame, findHeaviest, push, topFrame} from './stack';
import {linkEquals, passOnTop} from './symmetry';

/** What `stepProbe` says. */
export const PROBING: i32 = 0;
/** Every buffer stands: offsets are in `min`. */
export const PLACED: i32 = 1;
/** No plan within the capacity exists. */
export const IMPOSSIBLE: i32 = 2;

/** A probe without a task. */
export function newProbe(part: Partition, ranking: Ranking): Probe {
  const probe = changetype<Probe>(alloc(offsetof<Probe>()));
  const n: u64 = part.count;
  const sections: u64 = part.numSections;
  probe.part = part;
  probe.ranking = ranking;
  probe.position = alloc(n << 2);
  probe.min = alloc(n << 3);
  probe.low = alloc(n << 3);
  probe.placed = alloc(n << 2);
  probe.support = alloc(n << 2);
  probe.equal = alloc(n << 2);
  probe.passed = alloc(n << 2);
  probe.isNoted = alloc(n << 2);
  probe.isSettled = alloc(n << 2);
  probe.total = alloc((sections + 1) << 3);
  probe.crossing = alloc((sections + 1) << 2);
  probe.witness = alloc((sections + 1) << 2);
  probe.frames = alloc((2 * n + 4) * FRAME_BYTES);
  probe.listRoom = <u32>(8 * n + 64);
  probe.lists = alloc((<u64>probe.listRoom) << 2);
  probe.subs = alloc((n + sections + 4) * SUB_BYTES);
  probe.logRoom = <u32>(16 * n + 1024);
  probe.log = alloc(<u64>probe.logRoom * LOG_BYTES);
  probe.keys = alloc(n << 3);
  probe.merged = alloc(n << 2);
  return probe;
}

/** Nodes that a probe may spend in vain where it is to answer at all costs. */
export const ENDLESS: u64 = 1 << 62;

/**
 * Begins a search for a plan within `capacity` bytes, pruned by `rules`. It gives up, and says PROBING for ever, once
 * it has spent `patience` nodes without placing more buffers than before.
 */
export function beginProbe(probe: Probe, capacity: u64, rules: u32, patience: u64): void {
  const part = probe.part;
  probe.capacity = capacity;
  probe.rules = rules;
  probe.nodes = 0;
  probe.patience = patience;
  probe.givesUpAt = patience;
  probe.numPlaced = 0;
  probe.mostPlaced = 0;
  probe.numFrames = 0;
  probe.listTop = 0;
  probe.subTop = 0;
  probe.logCount = 0;
  probe.numPassed = 0;
  memory.fill(probe.placed, 0, (<usize>part.count) << 2);
  memory.fill(probe.isNoted, 0, (<usize>part.count) << 2);
  memory.fill(probe.total, 0, (<usize>part.numSections + 1) << 3);
  memory.fill(probe.crossing, 0, (<usize>part.numSections + 1) << 2);
  for (let k: u32 = 0; k < part.count; k++) {
    const fixed = u64At(part.fixed, k);
    setU64(probe.min, k, fixed == NO_OFFSET ? 0 : fixed);
    setU64(probe.low, k, fixed == NO_OFFSET ? 0 : fixed);
    setU32(probe.support, k, k);
    countIn(probe, k, u64At(part.size, k), 1);
  }
  for (let section: u32 = 0; section < part.numSections; section++) {
    setU32(probe.witness, section, u32At(part.members, u32At(part.memberIndex, section)));
  }
  for (let k: u32 = 0; k < part.count; k++) {
    setU32(probe.lists, k, u32At(probe.ranking.order, k));
    setU32(probe.position, u32At(probe.ranking.order, k), k);
  }
  linkEquals(probe);
  probe.listTop = part.count;
  rank(probe, 0, part.count);
  findHeaviest(probe, push(probe, 0, part.count, 0, part.numSections));
}

/** Whether it has lost its patience. */
export function hasGivenUp(probe: Probe): bool {
  return probe.nodes >= probe.givesUpAt;
}

/** Goes on for `nodes` placements at most: PROBING, PLACED or IMPOSSIBLE. */
export function stepProbe(probe: Probe, nodes: u64): i32 {
  const end = probe.nodes + nodes;
  while (probe.numFrames > 0) {
    const frame = topFrame(probe);
    if (frame.isSplit != 0) {
      enterNextPart(probe, frame);
      continue;
    }
    const candidate = nextCandidate(probe, frame);
    // only a placement can wait for the next step, so that an answer never hangs on how nodes are cut into steps
    if (candidate != NONE && (probe.nodes == end || hasGivenUp(probe))) return PROBING;
    const goesOn = candidate != NONE && tryCandidate(probe, frame, candidate);
    if (!goesOn && !backtrack(probe)) return IMPOSSIBLE;
  }
  return PLACED;
}

/** The frame on top has failed: the candidate above it is taken back and passed over. False where none is left. */
function backtrack(probe: Probe): bool {
  while (popFailed(probe)) {
    const frame = topFrame(probe);
    if (frame.isSplit != 0) continue; // one part without a plan: the whole has none
    probe.listTop = frame.to;
    undo(probe, frame.candidateLog);
    if (passOver(probe, frame, frame.candidate)) return true;
  }
  return false;
}

function popFailed(probe: Probe): bool {
  const failed = topFrame(probe);
  undo(probe, failed.log);
  if (failed.isSplit != 0) probe.subTop = failed.from;
  probe.numFrames--;
  return probe.numFrames > 0;
}

/** Places a candidate and goes on below it, or passes it over; false where the frame has failed with that. */
function tryCandidate(probe: Probe, frame: Frame, candidate: u32): bool {
  probe.nodes++;
  frame.candidate = candidate;
  frame.candidateLog = probe.logCount;
  probe.isCut = false;
  const fits =
    placeOne(probe, candidate) &&
    passOnTop(probe, candidate) &&
    lift(probe) &&
    hasWitnesses(probe, frame.first, frame.last);
  if (fits) {
    descend(probe, frame);
    return true;
  }
  undo(probe, frame.candidateLog);
  return passOver(probe, frame, candidate);
}

/** The frame's buffer will not stand at its `min`; false where the frame has failed with that. */
function passOver(probe: Probe, frame: Frame, k: u32): bool {
  if (u64At(probe.part.fixed, k) != NO_OFFSET) return false; // it can stand nowhere else
  return passOne(probe, k) && hasWitnesses(probe, frame.first, frame.last);
}

/** The unplaced buffer of least (min, rank) that can stand at its `min` now; NONE where there is none. */
function nextCandidate(probe: Probe, frame: Frame): u32 {
  if (frame.heaviest > probe.capacity) return NONE;
  let limit = probe.capacity - frame.heaviest + 1; // candidates are below
  let best = NONE;
  let bestMin = u64.MAX_VALUE;
  for (let at = frame.from; at < frame.to; at++) {
    const k = u32At(probe.lists, at);
    const lowest = u64At(probe.min, k);
    if ((probe.rules & DOMINANCE) != 0) limit = min(limit, lowest + u64At(probe.part.size, k));
    if (lowest < bestMin && u64At(probe.low, k) == lowest) {
      best = k;
      bestMin = lowest;
      frame.candidateAt = at;
    }
  }
  return bestMin < limit ? best : NONE;
}

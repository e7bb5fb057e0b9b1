/**
 * A partial plan of the beam: the skyline, how much of it is waste, and which buffers are not placed yet.
 *
 * The cursor moves along the lowest level from left to right. At each section, one of the buffers that begin there is placed,
 * or none: then the section is part of a hole, which is raised to the lower of its neighbours where it ends. A placement
 * leaves the waste as it is, so height + what is still to come is load + waste, and a state is dead where the waste is
 * above ceiling − load.
 *
 * Behind the record: u32 ×sections heights (FINISHED where nothing is still to come), u32 ×sections waste, a bit per buffer
 * that is not placed.
 */
import {setU32, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {costOf, Evaluation} from './evaluation';
import {Timeline} from './timeline';

/** Height of a section with nothing still to come. */
export const FINISHED: u32 = u32.MAX_VALUE;

@unmanaged
export class State {
  /** Of the unplaced buffers and the heights. */
  hash: u64;
  /** Of the waste, without the difficulty of what is left. */
  cost: u64;
  /** Sums over the buffers that are not placed. */
  difficulty: u64;
  area: u64;
  /** The lowest level in units, the cursor's section, and where the hole at the cursor began (NONE: none is open). */
  level: u32;
  cursor: u32;
  hole: u32;
  /** Buffers not placed. */
  left: u32;
  /** Its last placement, in the history. */
  node: usize;
  /** Keeps the columns at a multiple of 8. */
  unused: u32;
}

/** What all states of a run share. */
@unmanaged
export class Rules {
  timeline: Timeline;
  evaluation: Evaluation;
  /** Units that no plan may exceed. */
  ceiling: u32;
  /** u64 per buffer and per section: random numbers of the hash. */
  bufferKeys: usize;
  sectionKeys: usize;
  count: u32;
  wasteAt: usize;
  bitsAt: usize;
  /** Bytes of a state. */
  bytes: usize;
}

/** Sets the places of the columns for `count` buffers and `numSections` sections. */
export function layOutState(r: Rules, count: u32, numSections: u32): void {
  r.count = count;
  r.wasteAt = offsetof<State>() + ((<usize>numSections) << 2);
  r.bitsAt = (r.wasteAt + ((<usize>numSections) << 2) + 7) & ~7;
  r.bytes = (r.bitsAt + (((<usize>count + 63) >> 6) << 3) + 15) & ~15;
}

function heights(x: State): usize {
  return changetype<usize>(x) + offsetof<State>();
}

function wastes(r: Rules, x: State): usize {
  return changetype<usize>(x) + r.wasteAt;
}

function isUnplaced(r: Rules, x: State, buffer: u32): bool {
  return ((<u32>load<u8>(changetype<usize>(x) + r.bitsAt + (buffer >> 3)) >> (buffer & 7)) & 1) != 0;
}

/** Makes `x` the state in which nothing is placed. */
export function beginState(r: Rules, x: State): void {
  const t = r.timeline;
  memory.fill(changetype<usize>(x), 0, r.bytes);
  x.hole = NONE;
  x.left = r.count;
  x.difficulty = r.evaluation.totalDifficulty;
  x.area = r.evaluation.totalArea;
  for (let i: u32 = 0; i < r.count; i++) {
    x.hash += u64At(r.bufferKeys, i);
    const at = changetype<usize>(x) + r.bitsAt + (i >> 3);
    store<u8>(at, load<u8>(at) | <u8>((<u32>1) << (i & 7)));
  }
  for (let k: u32 = 0; k < t.numSections; k++) {
    if (u32At(t.load, k) == 0) setHeight(r, x, k, FINISHED);
  }
}

function setHeight(r: Rules, x: State, k: u32, height: u32): void {
  const before = u32At(heights(x), k);
  x.hash += u64At(r.sectionKeys, k) * (<u64>height - <u64>before);
  setU32(heights(x), k, height);
}

/** First section from `k` on that is not at the state's level. */
export function endOfValley(r: Rules, x: State, k: u32): u32 {
  const sections = r.timeline.numSections;
  const column = heights(x);
  const level = x.level;
  while (k < sections && u32At(column, k) == level) k++;
  return k;
}

/** Whether `buffer` could be placed at its section in a valley that ends at `end`. */
export function fits(r: Rules, x: State, buffer: u32, end: u32): bool {
  return isUnplaced(r, x, buffer) && u32At(r.timeline.last, buffer) <= end;
}

/** Places `buffer` at the cursor, where it fits, and moves the cursor behind it; false where the state is dead. */
export function place(r: Rules, x: State, buffer: u32): bool {
  const t = r.timeline;
  const from = x.cursor;
  const to = u32At(t.last, buffer);
  const top = x.level + u32At(t.size, buffer);
  for (let k = from; k < to; k++) {
    const waste = u32At(wastes(r, x), k);
    if (top - waste < u32At(t.load, k)) {
      setHeight(r, x, k, top);
      continue;
    }
    x.cost -= costOf(r.evaluation, k, waste);
    setHeight(r, x, k, FINISHED);
  }
  const at = changetype<usize>(x) + r.bitsAt + (buffer >> 3);
  store<u8>(at, load<u8>(at) & <u8>~((<u32>1) << (buffer & 7)));
  x.left--;
  x.difficulty -= u64At(r.evaluation.difficulty, buffer);
  x.area -= u32At(r.evaluation.area, buffer);
  x.hash -= u64At(r.bufferKeys, buffer);
  if (!closeHole(r, x, from)) return false;
  x.cursor = to;
  return true;
}

/** Decides that nothing begins at the cursor: the section joins the hole; false where the state is dead. */
export function leaveOut(r: Rules, x: State): bool {
  const k = x.cursor;
  if (u32At(wastes(r, x), k) + 1 > r.ceiling - u32At(r.timeline.load, k)) return false;
  if (x.hole == NONE) x.hole = k;
  x.cursor = k + 1;
  return true;
}

/** Raises the hole `[x.hole, end)`, if one is open, to the lower of its neighbours; false where the state is dead. */
function closeHole(r: Rules, x: State, end: u32): bool {
  const from = x.hole;
  if (from == NONE) return true;
  x.hole = NONE;
  const t = r.timeline;
  const column = heights(x);
  const before = from > 0 ? u32At(column, from - 1) : FINISHED;
  const after = end < t.numSections ? u32At(column, end) : FINISHED;
  const height = min(before, after);
  if (height == FINISHED) return false;
  const depth = height - x.level;
  for (let k = from; k < end; k++) {
    if (u32At(wastes(r, x), k) + depth > r.ceiling - u32At(t.load, k)) return false;
    if (holds(r, x, k, end, depth)) return false; // it could be moved into the hole
  }
  for (let k = from; k < end; k++) {
    const waste = u32At(wastes(r, x), k);
    x.cost += costOf(r.evaluation, k, waste + depth) - costOf(r.evaluation, k, waste);
    setU32(wastes(r, x), k, waste + depth);
    setHeight(r, x, k, height);
  }
  return true;
}

/** Whether an unplaced buffer that begins at `k` fits into a hole that ends at `end`. */
function holds(r: Rules, x: State, k: u32, end: u32, depth: u32): bool {
  const t = r.timeline;
  const to = u32At(t.beginIndex, k + 1);
  for (let at = u32At(t.beginIndex, k); at < to; at++) {
    const buffer = u32At(t.begins, at);
    if (u32At(t.size, buffer) <= depth && fits(r, x, buffer, end)) return true;
  }
  return false;
}

/** Moves the cursor to the next section where something fits, or to the end of a complete plan; false where it is dead. */
export function advance(r: Rules, x: State): bool {
  const t = r.timeline;
  const column = heights(x);
  while (x.left > 0) {
    let end: u32 = 0;
    while (x.cursor < t.numSections) {
      const k = x.cursor;
      if (u32At(column, k) != x.level) {
        if (!closeHole(r, x, k)) return false;
        x.cursor = k + 1;
        continue;
      }
      if (end <= k) end = endOfValley(r, x, k);
      if (anyFits(r, x, k, end)) return true;
      if (!leaveOut(r, x)) return false;
    }
    if (!closeHole(r, x, t.numSections)) return false;
    let lowest = FINISHED;
    for (let k: u32 = 0; k < t.numSections; k++) lowest = min(lowest, u32At(column, k));
    if (lowest == FINISHED) return false;
    x.level = lowest;
    x.cursor = 0;
    while (u32At(column, x.cursor) != lowest) x.cursor++;
  }
  return true;
}

function anyFits(r: Rules, x: State, k: u32, end: u32): bool {
  const t = r.timeline;
  const to = u32At(t.beginIndex, k + 1);
  for (let at = u32At(t.beginIndex, k); at < to; at++) {
    if (fits(r, x, u32At(t.begins, at), end)) return true;
  }
  return false;
}

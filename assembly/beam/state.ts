/**
 * A partial plan of the beam: the skyline, how much of it is waste, and which buffers are not placed yet.
 *
 * The cursor moves along the lowest level from left to right. At each section, one of the buffers that begin there is placed,
 * or none: then the section is part of a hole, which is raised to the lower of its neighbours where it ends. A placement
 * leaves the waste as it is, so height + what is still to come is load + waste, and a state is dead where the waste is
 * above ceiling − load.
 *
 * Behind the record: u32 ×sections heights (FINISHED where nothing is still to come), u32 ×sections final heights (load +
 * waste: where the section ends if nothing more is wasted), a bit per buffer that is not placed, by its place in the timeline.
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
  /** Where the valley of the cursor ends; not behind the cursor where it is in none. */
  end: u32;
}

/** What all states of a run share. */
@unmanaged
export class Rules {
  timeline: Timeline;
  evaluation: Evaluation;
  /** Units that no plan may exceed. */
  ceiling: u32;
  count: u32;
  /** u64 per place and per section: random numbers of the hash. u64 ×(sections + 1): sums of the latter. */
  bufferKeys: usize;
  sectionKeys: usize;
  keySums: usize;
  finalsAt: usize;
  bitsAt: usize;
  /** Bytes of a state. */
  bytes: usize;
  /** Sections `[changedFrom, changedTo)` that moves have changed in the state which `takeBack` makes as it was. */
  changedFrom: u32;
  changedTo: u32;
}

/** Sets the places of the columns for `count` buffers and `numSections` sections. */
export function layOutState(r: Rules, count: u32, numSections: u32): void {
  r.count = count;
  r.finalsAt = offsetof<State>() + ((<usize>numSections) << 2);
  r.bitsAt = (r.finalsAt + ((<usize>numSections) << 2) + 7) & ~7;
  r.bytes = (r.bitsAt + (((<usize>count + 63) >> 6) << 3) + 15) & ~15;
}

function heights(x: State): usize {
  return changetype<usize>(x) + offsetof<State>();
}

function finals(r: Rules, x: State): usize {
  return changetype<usize>(x) + r.finalsAt;
}

function bitsOf(r: Rules, x: State, at: u32): usize {
  return changetype<usize>(x) + r.bitsAt + (at >> 3);
}

/** Whether the buffer at a place of the timeline is not placed yet. */
export function isUnplaced(r: Rules, x: State, at: u32): bool {
  return ((<u32>load<u8>(bitsOf(r, x, at)) >> (at & 7)) & 1) != 0;
}

/** Makes `x` the state in which nothing is placed. */
export function beginState(r: Rules, x: State): void {
  const t = r.timeline;
  memory.fill(changetype<usize>(x), 0, r.bytes);
  x.hole = NONE;
  x.left = r.count;
  x.difficulty = r.evaluation.totalDifficulty;
  x.area = r.evaluation.totalArea;
  for (let at: u32 = 0; at < r.count; at++) {
    x.hash += u64At(r.bufferKeys, at);
    store<u8>(bitsOf(r, x, at), load<u8>(bitsOf(r, x, at)) | <u8>((<u32>1) << (at & 7)));
  }
  for (let k: u32 = 0; k < t.numSections; k++) {
    setU32(finals(r, x), k, u32At(t.load, k));
    if (u32At(t.load, k) == 0) finish(r, x, k, 0);
  }
  clearChanges(r);
}

export function clearChanges(r: Rules): void {
  r.changedFrom = NONE;
  r.changedTo = 0;
}

/** Nothing is still to come in a section, whose hash has `height`. */
function finish(r: Rules, x: State, k: u32, height: u32): void {
  setU32(heights(x), k, FINISHED);
  x.hash += u64At(r.sectionKeys, k) * (<u64>FINISHED - <u64>height);
}

/** Raises the sections `[from, to)` in the hash. */
function raise(r: Rules, x: State, from: u32, to: u32, by: u32): void {
  x.hash += (u64At(r.keySums, to) - u64At(r.keySums, from)) * by;
  r.changedFrom = min(r.changedFrom, from);
  r.changedTo = max(r.changedTo, to);
}

/** Places the buffer at place `at` at the cursor, where it fits, and moves the cursor behind it; false where the state is dead. */
export function place(r: Rules, x: State, at: u32): bool {
  const t = r.timeline;
  const from = x.cursor;
  const to = u32At(t.last, at);
  const size = u32At(t.size, at);
  const top = x.level + size;
  const column = heights(x);
  const ends = finals(r, x);
  raise(r, x, from, to, size);
  for (let k = from; k < to; k++) {
    if (u32At(ends, k) != top) {
      setU32(column, k, top);
      continue;
    }
    x.cost -= costOf(r.evaluation, k, top - u32At(t.load, k));
    finish(r, x, k, top);
  }
  const bits = bitsOf(r, x, at);
  store<u8>(bits, load<u8>(bits) & <u8>~((<u32>1) << (at & 7)));
  x.left--;
  x.difficulty -= u64At(r.evaluation.difficulty, at);
  x.area -= u32At(r.evaluation.area, at);
  x.hash -= u64At(r.bufferKeys, at);
  if (!closeHole(r, x, from)) return false;
  x.cursor = to;
  return true;
}

/** Makes `x` as `from`, of which it was a copy before the buffer at place `at` was placed. */
export function takeBack(r: Rules, x: State, from: State, at: u32): void {
  const bits = bitsOf(r, x, at);
  store<u8>(bits, load<u8>(bits) | <u8>((<u32>1) << (at & 7)));
  for (let offset: usize = 0; offset < offsetof<State>(); offset += 8)
    store<u64>(changetype<usize>(x) + offset, load<u64>(changetype<usize>(from) + offset));
  for (let k = r.changedFrom; k < r.changedTo; k++) {
    setU32(heights(x), k, u32At(heights(from), k));
    setU32(finals(r, x), k, u32At(finals(r, from), k));
  }
  clearChanges(r);
}

/** Decides that nothing begins at the cursor: the section joins the hole; false where the state is dead. */
export function leaveOut(r: Rules, x: State): bool {
  const k = x.cursor;
  if (u32At(finals(r, x), k) >= r.ceiling) return false;
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
  const ends = finals(r, x);
  const before = from > 0 ? u32At(column, from - 1) : FINISHED;
  const after = end < t.numSections ? u32At(column, end) : FINISHED;
  const height = min(before, after);
  if (height == FINISHED) return false;
  const depth = height - x.level;
  for (let k = from; k < end; k++) {
    if (u32At(ends, k) + depth > r.ceiling) return false;
    if (holds(r, x, k, end, depth)) return false; // it could be moved into the hole
  }
  raise(r, x, from, end, depth);
  for (let k = from; k < end; k++) {
    const final = u32At(ends, k);
    const waste = final - u32At(t.load, k);
    x.cost += costOf(r.evaluation, k, waste + depth) - costOf(r.evaluation, k, waste);
    setU32(ends, k, final + depth);
    setU32(column, k, height);
  }
  return true;
}

/** Whether an unplaced buffer that begins at `k` fits into a hole that ends at `end`. */
function holds(r: Rules, x: State, k: u32, end: u32, depth: u32): bool {
  const t = r.timeline;
  const to = u32At(t.beginIndex, k + 1);
  for (let at = u32At(t.beginIndex, k); at < to && u32At(t.last, at) <= end; at++) {
    if (u32At(t.size, at) <= depth && isUnplaced(r, x, at)) return true;
  }
  return false;
}

/** Moves the cursor to the next section where something fits, or to the end of a complete plan; false where it is dead. */
export function advance(r: Rules, x: State): bool {
  while (x.left > 0) {
    if (x.cursor < x.end) {
      if (anyFits(r, x)) return true;
      if (!leaveOut(r, x)) return false;
    } else if (!closeHole(r, x, x.cursor)) {
      return false;
    } else if (!findValley(r, x) && !rest(r, x)) {
      return false;
    }
  }
  return true;
}

/** Moves the cursor to the next valley of the level; false where there is none. */
function findValley(r: Rules, x: State): bool {
  const sections = r.timeline.numSections;
  const column = heights(x);
  const level = x.level;
  let k = x.cursor;
  while (k < sections && u32At(column, k) != level) k++;
  x.cursor = k;
  while (k < sections && u32At(column, k) == level) k++;
  x.end = k;
  return x.cursor < sections;
}

/** Moves the cursor to the leftmost of the lowest sections; false where all are finished. */
function rest(r: Rules, x: State): bool {
  const sections = r.timeline.numSections;
  const column = heights(x);
  let lowest = FINISHED;
  let leftmost: u32 = 0;
  for (let k: u32 = 0; k < sections; k++) {
    const height = u32At(column, k);
    if (height < lowest) {
      lowest = height;
      leftmost = k;
    }
  }
  x.level = lowest;
  x.cursor = leftmost;
  x.end = 0;
  return lowest != FINISHED;
}

function anyFits(r: Rules, x: State): bool {
  const t = r.timeline;
  const to = u32At(t.beginIndex, x.cursor + 1);
  for (let at = u32At(t.beginIndex, x.cursor); at < to && u32At(t.last, at) <= x.end; at++) {
    if (isUnplaced(r, x, at)) return true;
  }
  return false;
}

/**
 * One pass of the class sweep: the buffers are cut into classes, and each class is placed in one sweep over time, by
 * first fit in order of birth, among everything placed before. One class is plain first fit in order of birth; a
 * class per value of the key is first fit in order of the key. No conflict graph; memory linear in n.
 *
 * A class takes three stages; each can stop and resume at any item:
 * - backwards over the obstacles by birth: each covers its addresses on the line (`cover.ts`), so that the line knows
 *   where the next obstacle begins, and keeps the covered part for its end;
 * - forwards over the class by birth: first the items that have ended uncover theirs, then the item goes to the
 *   lowest fit;
 * - the class joins the obstacles.
 */
import {alloc} from '../memory/arena';
import {alignUp, newU32, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';
import {AddressLine, newAddressLine, OCCUPIED, resetAddressLine} from './address-line';
import {cover, uncover} from './cover';
import {firstFit, NO_FIT} from './first-fit';
import {Items, listPreplaced} from './items';

/** Results of `stepPass`: work is left; all items are placed; a top is above the limit. */
export const PASS_RUNNING: i32 = 0;
export const PASS_COMPLETE: i32 = 1;
export const PASS_OVER_LIMIT: i32 = 2;

@unmanaged
export class Pass {
  items: Items;
  line: AddressLine;
  /** u32 ×(numFree + 1): class c is `members[starts[c] … starts[c + 1])`, in order of birth. */
  starts: usize;
  members: usize;
  numClasses: u32;
  /** u32 ×count: placed items, in order of birth; and room for the next such list. */
  obstacles: usize;
  merged: usize;
  numObstacles: u32;
  /** The class in hand, whether its backward stage is not over, and the item in hand. */
  class: u32;
  isBackward: bool;
  cursor: u32;
  /** u32 ×(sections + 1): items that end before a section, linked by `link` (u32 ×count). */
  ended: usize;
  link: usize;
  /** u32 ×count: the list of pieces that an item covers. */
  covered: usize;
  /** Section in hand. */
  section: u32;
  /** Highest top so far, and the highest allowed, bytes. */
  peak: u64;
  limit: u64;
  /** Items put on the line or taken off it, in all. */
  nodes: u64;
}

export function newPass(items: Items): Pass {
  const pass = changetype<Pass>(alloc(offsetof<Pass>()));
  const count: u64 = items.count;
  pass.items = items;
  pass.line = newAddressLine();
  pass.starts = newU32(count + 2);
  pass.members = newU32(count);
  pass.obstacles = newU32(count);
  pass.merged = newU32(count);
  pass.ended = newU32(<u64>items.numSections + 1);
  pass.link = newU32(count);
  pass.covered = newU32(count);
  pass.nodes = 0;
  return pass;
}

/** Begins a pass over the classes in `starts` and `members`; no top may be above `limit`, bytes. */
export function beginPass(pass: Pass, limit: u64): void {
  pass.limit = limit;
  pass.peak = pass.items.preplacedPeak;
  pass.numObstacles = listPreplaced(pass.items, pass.obstacles);
  pass.class = 0;
  if (pass.numClasses > 0) beginClass(pass);
}

/** Nodes that the begun pass takes if it is not given up: the obstacles of every class and the items, on and off. */
export function workOf(pass: Pass): u64 {
  let work: u64 = 0;
  for (let k: u32 = 0; k < pass.numClasses; k++) work += 2 * <u64>(pass.numObstacles + u32At(pass.starts, k));
  return work + 2 * <u64>u32At(pass.starts, pass.numClasses);
}

/** Goes on until `nodes` reaches `until`. */
export function stepPass(pass: Pass, until: u64): i32 {
  if (pass.peak > pass.limit) return PASS_OVER_LIMIT;
  while (pass.class < pass.numClasses) {
    if (pass.isBackward && !sweepBackward(pass, until)) return PASS_RUNNING;
    const status = sweepForward(pass, until);
    if (status != PASS_COMPLETE) return status;
    joinObstacles(pass);
    pass.class++;
    if (pass.class < pass.numClasses) beginClass(pass);
  }
  return PASS_COMPLETE;
}

function beginClass(pass: Pass): void {
  resetAddressLine(pass.line);
  memory.fill(pass.ended, 0xff, (<usize>pass.items.numSections + 1) << 2); // NONE
  pass.isBackward = true;
  pass.cursor = pass.numObstacles;
}

/** Puts the obstacles on the line; whether all of them are. */
function sweepBackward(pass: Pass, until: u64): bool {
  for (; pass.cursor > 0; pass.cursor--) {
    if (pass.nodes >= until) return false;
    const item = u32At(pass.obstacles, pass.cursor - 1);
    addToLine(pass, item, u32At(pass.items.first, item) + 1);
  }
  pass.isBackward = false;
  pass.cursor = u32At(pass.starts, pass.class);
  pass.section = 0;
  return true;
}

function sweepForward(pass: Pass, until: u64): i32 {
  const items = pass.items;
  const end = u32At(pass.starts, pass.class + 1);
  for (; pass.cursor < end; pass.cursor++) {
    const item = u32At(pass.members, pass.cursor);
    if (!removeEnded(pass, u32At(items.first, item), until) || pass.nodes >= until) return PASS_RUNNING;
    const size = u64At(items.size, item);
    const alignment = u64At(items.alignment, item);
    const offset = firstFit(pass.line, size, alignment, u32At(items.last, item), pass.limit);
    if (offset == NO_FIT) return PASS_OVER_LIMIT;
    setU64(items.offset, item, offset);
    pass.peak = max(pass.peak, offset + size);
    addToLine(pass, item, OCCUPIED);
  }
  return PASS_COMPLETE;
}

/** Puts an item on the line, with this `next`. */
function addToLine(pass: Pass, item: u32, next: u32): void {
  const items = pass.items;
  const offset = u64At(items.offset, item);
  // rounded up to the granule: nothing can begin in between
  const high = alignUp(offset + u64At(items.size, item), items.problem.granule);
  setU32(pass.covered, item, <u32>cover(pass.line, offset, high, next));
  const last = u32At(items.last, item);
  setU32(pass.link, item, u32At(pass.ended, last));
  setU32(pass.ended, last, item);
  pass.nodes++;
}

/** Takes the items off the line that end at `section` or before; whether all of them are off. */
function removeEnded(pass: Pass, section: u32, until: u64): bool {
  for (; pass.section <= section; pass.section++) {
    pass.line.occupied = pass.section + 1;
    for (;;) {
      const item = u32At(pass.ended, pass.section);
      if (item == NONE) break;
      if (pass.nodes >= until) return false;
      setU32(pass.ended, pass.section, u32At(pass.link, item));
      uncover(pass.line, u64At(pass.items.offset, item), u32At(pass.covered, item));
      pass.nodes++;
    }
  }
  return true;
}

/** Merges the class with the obstacles, by birth. */
function joinObstacles(pass: Pass): void {
  const first = pass.items.first;
  const end = u32At(pass.starts, pass.class + 1);
  let from = u32At(pass.starts, pass.class);
  let obstacle: u32 = 0;
  const count = pass.numObstacles + end - from;
  for (let k: u32 = 0; k < count; k++) {
    const isMember =
      obstacle == pass.numObstacles ||
      (from < end && u32At(first, u32At(pass.members, from)) < u32At(first, u32At(pass.obstacles, obstacle)));
    setU32(pass.merged, k, isMember ? u32At(pass.members, from++) : u32At(pass.obstacles, obstacle++));
  }
  const merged = pass.merged;
  pass.merged = pass.obstacles;
  pass.obstacles = merged;
  pass.numObstacles = count;
}

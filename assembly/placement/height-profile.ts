/**
 * A height profile over time: disjoint levels, each a range of sections with a height, and the lowest of them at
 * hand. It is the skyline of `skyline.ts` and the open intervals of `gergov.ts`. A heap by (height, then the
 * earlier), and links in order of time.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';

@unmanaged
export class HeightProfile {
  numLevels: u32;
  /** Levels no longer in use, linked by `next`. */
  spare: u32;
  /** Per level: sections `[from, to)`, height in bytes, neighbours in time (NONE at the edges), index in the heap. */
  from: usize;
  to: usize;
  height: usize;
  previous: usize;
  next: usize;
  heapIndex: usize;
  heap: usize;
  heapCount: u32;
}

/** An empty profile with room for `most` levels at a time. */
export function newHeightProfile(most: u32): HeightProfile {
  const profile = changetype<HeightProfile>(alloc(offsetof<HeightProfile>()));
  profile.numLevels = 0;
  profile.spare = NONE;
  profile.heapCount = 0;
  profile.from = newU32(most);
  profile.to = newU32(most);
  profile.height = newU64(most);
  profile.previous = newU32(most);
  profile.next = newU32(most);
  profile.heapIndex = newU32(most);
  profile.heap = newU32(most);
  return profile;
}

/** A new level after `previous` (NONE: the first of all). */
export function addLevel(
  profile: HeightProfile,
  from: u32,
  to: u32,
  height: u64,
  previous: u32,
  next: u32,
): u32 {
  let level = profile.spare;
  if (level != NONE) profile.spare = u32At(profile.next, level);
  else level = profile.numLevels++;
  setU32(profile.from, level, from);
  setU32(profile.to, level, to);
  setU64(profile.height, level, height);
  setU32(profile.previous, level, previous);
  setU32(profile.next, level, next);
  if (previous != NONE) setU32(profile.next, previous, level);
  if (next != NONE) setU32(profile.previous, next, level);
  setU32(profile.heap, profile.heapCount, level);
  setU32(profile.heapIndex, level, profile.heapCount);
  siftUp(profile, profile.heapCount++);
  return level;
}

/** Drops a level; its neighbours become neighbours. */
export function dropLevel(profile: HeightProfile, level: u32): void {
  const previous = u32At(profile.previous, level);
  const next = u32At(profile.next, level);
  if (previous != NONE) setU32(profile.next, previous, next);
  if (next != NONE) setU32(profile.previous, next, previous);
  const index = u32At(profile.heapIndex, level);
  const last = u32At(profile.heap, --profile.heapCount);
  if (last != level) {
    setU32(profile.heap, index, last);
    setU32(profile.heapIndex, last, index);
    siftUp(profile, index);
    siftDown(profile, u32At(profile.heapIndex, last));
  }
  setU32(profile.next, level, profile.spare);
  profile.spare = level;
}

/** The lowest level, the earliest of equals; NONE if there are none. */
export function lowestLevel(profile: HeightProfile): u32 {
  return profile.heapCount == 0 ? NONE : u32At(profile.heap, 0);
}

function isBefore(profile: HeightProfile, a: u32, b: u32): bool {
  const heightA = u64At(profile.height, a);
  const heightB = u64At(profile.height, b);
  return heightA < heightB || (heightA == heightB && u32At(profile.from, a) < u32At(profile.from, b));
}

function siftUp(profile: HeightProfile, index: u32): void {
  const level = u32At(profile.heap, index);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = u32At(profile.heap, parent);
    if (!isBefore(profile, level, above)) break;
    setU32(profile.heap, index, above);
    setU32(profile.heapIndex, above, index);
    index = parent;
  }
  setU32(profile.heap, index, level);
  setU32(profile.heapIndex, level, index);
}

function siftDown(profile: HeightProfile, index: u32): void {
  const level = u32At(profile.heap, index);
  for (;;) {
    let child: u32 = 2 * index + 1;
    if (child >= profile.heapCount) break;
    if (
      child + 1 < profile.heapCount &&
      isBefore(profile, u32At(profile.heap, child + 1), u32At(profile.heap, child))
    )
      child++;
    const below = u32At(profile.heap, child);
    if (!isBefore(profile, below, level)) break;
    setU32(profile.heap, index, below);
    setU32(profile.heapIndex, below, index);
    index = child;
  }
  setU32(profile.heap, index, level);
  setU32(profile.heapIndex, level, index);
}

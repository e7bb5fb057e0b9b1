/**
 * Disjoint stretches of time, each with a height, and the lowest of them at hand: the skyline of
 * `skyline.ts`, the open intervals of `gergov.ts`. A heap by (height, then the earlier), and links in order of time.
 */
import {alloc} from '../memory/arena';
import {newU32, newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {NONE} from '../memory/layout';

@unmanaged
export class Lines {
  numLines: u32;
  /** Lines given up, linked by `next`. */
  spare: u32;
  /** Per line: sections `[from, to)`, height in bytes, neighbours in time (NONE at the edges), place in the heap. */
  from: usize;
  to: usize;
  height: usize;
  previous: usize;
  next: usize;
  heapIndex: usize;
  heap: usize;
  heapCount: u32;
}

/** No lines; room for `most` at a time. */
export function newLines(most: u32): Lines {
  const l = changetype<Lines>(alloc(offsetof<Lines>()));
  l.numLines = 0;
  l.spare = NONE;
  l.heapCount = 0;
  l.from = newU32(most);
  l.to = newU32(most);
  l.height = newU64(most);
  l.previous = newU32(most);
  l.next = newU32(most);
  l.heapIndex = newU32(most);
  l.heap = newU32(most);
  return l;
}

/** A new line after `previous` (NONE: the first of all). */
export function addLine(l: Lines, from: u32, to: u32, height: u64, previous: u32, next: u32): u32 {
  let line = l.spare;
  if (line != NONE) l.spare = u32At(l.next, line);
  else line = l.numLines++;
  setU32(l.from, line, from);
  setU32(l.to, line, to);
  setU64(l.height, line, height);
  setU32(l.previous, line, previous);
  setU32(l.next, line, next);
  if (previous != NONE) setU32(l.next, previous, line);
  if (next != NONE) setU32(l.previous, next, line);
  setU32(l.heap, l.heapCount, line);
  setU32(l.heapIndex, line, l.heapCount);
  siftUp(l, l.heapCount++);
  return line;
}

/** Gives a line up; its neighbours become neighbours. */
export function dropLine(l: Lines, line: u32): void {
  const previous = u32At(l.previous, line);
  const next = u32At(l.next, line);
  if (previous != NONE) setU32(l.next, previous, next);
  if (next != NONE) setU32(l.previous, next, previous);
  const index = u32At(l.heapIndex, line);
  const last = u32At(l.heap, --l.heapCount);
  if (last != line) {
    setU32(l.heap, index, last);
    setU32(l.heapIndex, last, index);
    siftUp(l, index);
    siftDown(l, u32At(l.heapIndex, last));
  }
  setU32(l.next, line, l.spare);
  l.spare = line;
}

/** The lowest line, the earliest of equals; NONE where there are none. */
export function lowestLine(l: Lines): u32 {
  return l.heapCount == 0 ? NONE : u32At(l.heap, 0);
}

function isBefore(l: Lines, a: u32, b: u32): bool {
  const heightA = u64At(l.height, a);
  const heightB = u64At(l.height, b);
  return heightA < heightB || (heightA == heightB && u32At(l.from, a) < u32At(l.from, b));
}

function siftUp(l: Lines, index: u32): void {
  const line = u32At(l.heap, index);
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = u32At(l.heap, parent);
    if (!isBefore(l, line, above)) break;
    setU32(l.heap, index, above);
    setU32(l.heapIndex, above, index);
    index = parent;
  }
  setU32(l.heap, index, line);
  setU32(l.heapIndex, line, index);
}

function siftDown(l: Lines, index: u32): void {
  const line = u32At(l.heap, index);
  for (;;) {
    let child: u32 = 2 * index + 1;
    if (child >= l.heapCount) break;
    if (child + 1 < l.heapCount && isBefore(l, u32At(l.heap, child + 1), u32At(l.heap, child))) child++;
    const below = u32At(l.heap, child);
    if (!isBefore(l, below, line)) break;
    setU32(l.heap, index, below);
    setU32(l.heapIndex, below, index);
    index = child;
  }
  setU32(l.heap, index, line);
  setU32(l.heapIndex, line, index);
}

/** Which buffers conflict, as rows of bits, and whether "before" is an interval order. */
import {BitRows} from './bit-rows.ts';
import {type SurrogateTicks, surrogateTicks} from './interval-order.ts';
import type {Pieces} from './pieces.ts';

/** Rows of more pieces than these are not made: each of two takes 200 MB. */
export const MOST_PIECES = 40_000;

export interface Relation {
  /** Of buffers. */
  readonly conflicts: BitRows;
  /** Ticks that say the same as the clocks; undefined where none do. */
  readonly ticks: SurrogateTicks | undefined;
}

/** In O(pieces² × streams / 32); pauses now and then. */
export function* relationOf(pieces: Pieces): Generator<undefined, Relation> {
  const before = new BitRows(pieces.count);
  const after = new BitRows(pieces.count);
  before.bits.fill(0xffffffff);
  after.bits.fill(0xffffffff);
  for (const {threshold, value} of pieces.dimensions(true)) {
    before.keepFrom(threshold, value);
    after.keepFrom(
      value.map(x => -x),
      threshold.map(x => -x),
    );
    yield;
  }
  clearPadding(before);
  clearPadding(after);
  const ticks = surrogateTicks(pieces, countsOf(before), countsOf(after));
  const {bits} = before;
  for (let w = 0; w < bits.length; w++) bits[w] = ~(bits[w]! | after.bits[w]!);
  clearPadding(before);
  return {conflicts: ofBuffers(before, pieces), ticks};
}

function countsOf(rows: BitRows): Uint32Array {
  return Uint32Array.from({length: rows.count}, (_, row) => rows.size(row));
}

/** Bits behind the last column. */
function clearPadding({count, words, bits}: BitRows): void {
  const rest = count & 31;
  if (rest === 0) return;
  for (let row = 0; row < count; row++) bits[(row + 1) * words - 1]! &= 2 ** rest - 1;
}

/** Conflicts of pieces as those of their buffers; a buffer has none with itself. */
function ofBuffers(rows: BitRows, {first, buffer}: Pieces): BitRows {
  const count = first.length - 1;
  const conflicts = count === rows.count ? rows : new BitRows(count);
  for (let i = 0; i < count; i++) {
    if (conflicts !== rows) {
      for (let p = first[i]!; p < first[i + 1]!; p++)
        for (const q of rows.list(p)) conflicts.set(i, buffer[q]!);
    }
    conflicts.bits[i * conflicts.words + (i >>> 5)]! &= ~(1 << (i & 31));
  }
  return conflicts;
}

/** Groups of buffers such that buffers of different groups always conflict; in order of their first buffers. */
export function groupsApart({count, words, bits}: BitRows): number[][] {
  const left = new Uint32Array(words);
  for (let i = 0; i < count; i++) left[i >>> 5]! |= 1 << (i & 31);
  const groups: number[][] = [];
  for (let i = 0; i < count; i++) {
    if ((left[i >>> 5]! & (1 << (i & 31))) === 0) continue;
    left[i >>> 5]! &= ~(1 << (i & 31));
    const group = [i];
    for (const member of group) {
      for (let w = 0; w < words; w++) {
        let word = left[w]! & ~bits[member * words + w]!;
        left[w]! &= ~word;
        for (; word !== 0; word &= word - 1) group.push(w * 32 + 31 - Math.clz32(word & -word));
      }
    }
    groups.push(group.sort((a, b) => a - b));
  }
  return groups;
}

/**
 * Where a buffer fits on the line of `segments.ts`: the lowest run of segments that stay free for all of its life.
 * Chunks and groups that cannot hold it are passed by. `longest` counts every free byte, however soon an obstacle
 * comes, so a query may look into chunks in vain: linear in the number of segments at worst.
 */
import {alignUp} from '../memory/column';
import {chunkAt, END, groupAt, highAt, nextAt, Segments, Span} from './address-line';

/** No offset up to the limit. */
export const NO_FIT: u64 = u64.MAX_VALUE;

/** Lowest offset for `size` bytes where all `next` are above `end`, and whose top is at most `limit`; or NO_FIT. */
export function firstFit(l: Segments, size: u64, alignment: u64, end: u32, limit: u64): u64 {
  l.runLow = 0;
  l.isSure = true;
  for (let g: u32 = 0; g < l.numGroups; g++) {
    if (l.runLow + size > limit) return NO_FIT;
    const group = groupAt(l, g);
    if (group.isStale) sumGroup(l, group);
    if (passesBy(l, group, endOfGroup(l, g), size, end)) continue;
    for (let c: u32 = 0; c < group.count; c++) {
      const chunk = chunkAt(group, c);
      if (passesBy(l, chunk, endOf(chunk), size, end)) continue;
      if (l.runLow + size > limit) return NO_FIT;
      if (!l.isSure) l.runLow = runBefore(l, g, c, end);
      l.isSure = true;
      const offset = fitInChunk(l, chunk, size, alignment, end);
      if (offset != NO_FIT) return offset + size <= limit ? offset : NO_FIT;
    }
  }
  return NO_FIT;
}

/** Takes the run past a group or chunk that ends at `high` and cannot end the search; false where it may. */
function passesBy(l: Segments, span: Span, high: u64, size: u64, end: u32): bool {
  if (span.mostNext <= end) {
    l.runLow = high;
    l.isSure = true;
    return true;
  }
  if (span.longest >= size || span.low - l.runLow + span.prefix >= size) return false;
  if (span.low + span.prefix < high) l.runLow = high - span.suffix;
  l.isSure = false;
  return true;
}

/** Takes the run through a chunk: the offset where it is long enough, or NO_FIT. */
function fitInChunk(l: Segments, chunk: Span, size: u64, alignment: u64, end: u32): u64 {
  let low = l.runLow;
  for (let i: u32 = 0; i < chunk.count; i++) {
    const high = highAt(chunk, i);
    if (nextAt(chunk, i) <= end) {
      low = high;
      continue;
    }
    const offset = alignUp(low, alignment);
    if (offset + size <= high) return offset;
  }
  l.runLow = low;
  return NO_FIT;
}

function endOf(chunk: Span): u64 {
  return highAt(chunk, chunk.count - 1);
}

function endOfGroup(l: Segments, index: u32): u64 {
  return index + 1 < l.numGroups ? groupAt(l, index + 1).low : END;
}

/** Where the run that fits until `end` and reaches the beginning of a chunk begins. */
function runBefore(l: Segments, g: u32, c: u32, end: u32): u64 {
  let low = chunkAt(groupAt(l, g), c).low;
  while (low > 0) {
    if (c == 0) c = groupAt(l, --g).count;
    const chunk = chunkAt(groupAt(l, g), --c);
    for (let i = chunk.count; i > 0; i--) {
      if (nextAt(chunk, i - 1) <= end) return low;
      low = i > 1 ? highAt(chunk, i - 2) : chunk.low;
    }
  }
  return low;
}

function sumGroup(l: Segments, group: Span): void {
  let run: u64 = 0;
  let prefix: u64 = 0;
  let isWhole = true;
  let longest: u64 = 0;
  let most: u32 = 0;
  for (let c: u32 = 0; c < group.count; c++) {
    const chunk = chunkAt(group, c);
    if (chunk.isStale) sumChunk(l, chunk);
    most = max(most, chunk.mostNext);
    if (chunk.low + chunk.prefix == endOf(chunk)) {
      run += chunk.prefix;
      continue;
    }
    if (isWhole) prefix = run + chunk.prefix;
    isWhole = false;
    longest = max(longest, max(run + chunk.prefix, chunk.longest));
    run = chunk.suffix;
  }
  note(group, isWhole ? run : prefix, run, max(longest, run), most);
}

function sumChunk(l: Segments, chunk: Span): void {
  const occupied = l.occupied;
  let low = chunk.low;
  let runLow = low;
  let prefix: u64 = 0;
  let isWhole = true;
  let longest: u64 = 0;
  let most: u32 = 0;
  for (let i: u32 = 0; i < chunk.count; i++) {
    const next = nextAt(chunk, i);
    if (next <= occupied) {
      if (isWhole) prefix = low - runLow;
      isWhole = false;
      longest = max(longest, low - runLow);
      runLow = highAt(chunk, i);
    }
    most = max(most, next);
    low = highAt(chunk, i);
  }
  const run = low - runLow;
  note(chunk, isWhole ? run : prefix, run, max(longest, run), most);
}

function note(span: Span, prefix: u64, suffix: u64, longest: u64, most: u32): void {
  span.prefix = prefix;
  span.suffix = suffix;
  span.longest = longest;
  span.mostNext = most;
  span.isStale = 0;
}

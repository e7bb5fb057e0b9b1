/**
 * The query of the address line: the lowest run of segments that are free for a buffer's whole life. With `end` 5, a
 * segment fits if its `next` is above 5; a run is a row of segments that fit:
 *
 *    low      0        96       160      224      352             END
 *             │ next 0 │ next 9 │ next 4 │ next 8 │     NEVER     │
 *             occupied ├─ run ──┤ begins ├───────── run ──────────┤     100 bytes: offset 224; aligned to 64: 256
 *                                 too soon
 *
 * Chunks and groups are skipped by their summaries, which know the free runs of now, not their durations:
 *
 *    now      │·········██████···██·····│    prefix 9, longest 9, suffix 5 (bytes; █ occupied)
 *
 * - No `next` in it is above `end`: nothing fits there, and the run begins anew at its end.
 * - Neither `longest` nor the run in hand with `prefix` reaches the size: the run goes on with `suffix`. It may begin
 *   above that, since an obstacle may begin too soon, so it is no longer exact; `runBefore` finds it when a chunk is
 *   looked into.
 * - Else the chunk is looked into, perhaps in vain. The worst query is linear in the number of segments.
 */
import {alignUp} from '../memory/column';
import {AddressLine, chunkAt, END, groupAt, highAt, nextAt, Span} from './address-line';

/** No offset up to the limit. */
export const NO_FIT: u64 = u64.MAX_VALUE;

/**
 * Lowest offset with `size` bytes where all `next` are above `end`, and with its top at most at `limit`; or NO_FIT.
 */
export function firstFit(line: AddressLine, size: u64, alignment: u64, end: u32, limit: u64): u64 {
  line.runLow = 0;
  line.isRunExact = true;
  for (let g: u32 = 0; g < line.numGroups; g++) {
    if (line.runLow + size > limit) return NO_FIT;
    const group = groupAt(line, g);
    if (group.isStale) summarizeGroup(line, group);
    if (skips(line, group, endOfGroup(line, g), size, end)) continue;
    for (let c: u32 = 0; c < group.count; c++) {
      const chunk = chunkAt(group, c);
      if (skips(line, chunk, endOf(chunk), size, end)) continue;
      if (line.runLow + size > limit) return NO_FIT;
      if (!line.isRunExact) line.runLow = runBefore(line, g, c, end);
      line.isRunExact = true;
      const offset = fitInChunk(line, chunk, size, alignment, end);
      if (offset != NO_FIT) return offset + size <= limit ? offset : NO_FIT;
    }
  }
  return NO_FIT;
}

/** Moves the run past a group or chunk that ends at `high` and cannot hold the buffer; false if it may. */
function skips(line: AddressLine, span: Span, high: u64, size: u64, end: u32): bool {
  if (span.mostNext <= end) {
    line.runLow = high;
    line.isRunExact = true;
    return true;
  }
  if (span.longest >= size || span.low - line.runLow + span.prefix >= size) return false;
  if (span.low + span.prefix < high) line.runLow = high - span.suffix;
  line.isRunExact = false;
  return true;
}

/** Moves the run through a chunk: the offset if the run becomes long enough, or NO_FIT. */
function fitInChunk(line: AddressLine, chunk: Span, size: u64, alignment: u64, end: u32): u64 {
  let low = line.runLow;
  for (let i: u32 = 0; i < chunk.count; i++) {
    const high = highAt(chunk, i);
    if (nextAt(chunk, i) <= end) {
      low = high;
      continue;
    }
    const offset = alignUp(low, alignment);
    if (offset + size <= high) return offset;
  }
  line.runLow = low;
  return NO_FIT;
}

function endOf(chunk: Span): u64 {
  return highAt(chunk, chunk.count - 1);
}

function endOfGroup(line: AddressLine, index: u32): u64 {
  return index + 1 < line.numGroups ? groupAt(line, index + 1).low : END;
}

/** Where the run that fits until `end` and reaches the beginning of a chunk begins. */
function runBefore(line: AddressLine, g: u32, c: u32, end: u32): u64 {
  let low = chunkAt(groupAt(line, g), c).low;
  while (low > 0) {
    if (c == 0) c = groupAt(line, --g).count;
    const chunk = chunkAt(groupAt(line, g), --c);
    for (let i = chunk.count; i > 0; i--) {
      if (nextAt(chunk, i - 1) <= end) return low;
      low = i > 1 ? highAt(chunk, i - 2) : chunk.low;
    }
  }
  return low;
}

function summarizeGroup(line: AddressLine, group: Span): void {
  let run: u64 = 0;
  let prefix: u64 = 0;
  let isWhole = true;
  let longest: u64 = 0;
  let most: u32 = 0;
  for (let c: u32 = 0; c < group.count; c++) {
    const chunk = chunkAt(group, c);
    if (chunk.isStale) summarizeChunk(line, chunk);
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
  setSummary(group, isWhole ? run : prefix, run, max(longest, run), most);
}

function summarizeChunk(line: AddressLine, chunk: Span): void {
  const occupied = line.occupied;
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
  setSummary(chunk, isWhole ? run : prefix, run, max(longest, run), most);
}

function setSummary(span: Span, prefix: u64, suffix: u64, longest: u64, most: u32): void {
  span.prefix = prefix;
  span.suffix = suffix;
  span.longest = longest;
  span.mostNext = most;
  span.isStale = 0;
}

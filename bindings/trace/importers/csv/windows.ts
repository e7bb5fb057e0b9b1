/** The column `gaps` of a CSV: ticks in which a buffer holds nothing, or, with a window of bytes, only these. */
import type {Constraints} from '../../../model/constraints.ts';
import type {Bytes, Tick} from '../../../model/numbers.ts';
import type {ProblemColumns} from '../../../model/problem.ts';
import {type Sizes, stretchesOf} from '../../../model/sizes.ts';

/** A gap as it is written: from a tick up to another, and the bytes that stay in use. */
interface Gap {
  readonly from: Tick;
  readonly to: Tick;
  readonly window?: readonly [from: Bytes, to: Bytes];
}

/** What the column says of one buffer. */
export interface ParsedGaps {
  /** `[from, to)` pairs one after the other. */
  readonly gaps: readonly Tick[];
  /** Entries of `Sizes`. */
  readonly sizes: readonly (readonly [tick: Tick, from: Bytes, to: Bytes])[];
}

/** The buffer's lifetime and bytes. */
export interface GapsOf {
  readonly start: Tick;
  readonly end: Tick;
  readonly size: Bytes;
}

/**
 * Gaps as text, `5-7 9-11 12-14@0:64`; empty ones are left out.
 * @returns what was expected, where the text is something else.
 */
export function parseGaps(text: string, addend: 0 | 1, {start, end, size}: GapsOf): ParsedGaps | string {
  const parsed: Gap[] = [];
  for (const part of text.split(' ')) {
    if (part === '') continue;
    const gap = gapOf(part, addend);
    if (gap === undefined) return 'gaps such as 5-7 9-11, or 5-7@0:64 where bytes 0 to 64 stay in use';
    if (gap.from === gap.to) continue;
    if (gap.from < start || gap.to > end) return `gaps within the lifetime (${start} to ${end})`;
    if (gap.window && !(gap.window[0] <= gap.window[1] && gap.window[1] <= size))
      return `windows of bytes within the size (${size}), the lower end first`;
    parsed.push(gap);
  }
  parsed.sort((a, b) => a.from - b.from || a.to - b.to);
  return inOrder(parsed, end, size);
}

function gapOf(part: string, addend: 0 | 1): Gap | undefined {
  const match = /^(\d{1,10})-(\d{1,10})(?:@(\d{1,16}):(\d{1,16}))?$/.exec(part);
  if (!match) return undefined;
  const [from, to] = [Number(match[1]), Number(match[2]) + addend];
  if (from > to || to > 0xffffffff) return undefined;
  return match[3] === undefined ? {from, to} : {from, to, window: [Number(match[3]), Number(match[4])]};
}

function inOrder(parsed: readonly Gap[], end: Tick, size: Bytes): ParsedGaps | string {
  const gaps: Tick[] = [];
  const sizes: [Tick, Bytes, Bytes][] = [];
  let last: Gap | undefined;
  parsed.forEach((gap, k) => {
    const {from, to, window} = gap;
    if (window) {
      sizes.push([from, window[0], window[1]]);
      const next = parsed[k + 1];
      if (to < end && !(next?.window && next.from === to)) sizes.push([to, 0, size]);
    } else if (gaps.length > 0 && from <= gaps.at(-1)!) {
      // gaps that touch or overlap are one gap
      gaps[gaps.length - 1] = Math.max(gaps.at(-1)!, to);
    } else gaps.push(from, to);
  });
  for (const gap of parsed) {
    if (last && gap.from < last.to && (gap.window || last.window))
      return 'gaps with a window of bytes apart from all others';
    if (last === undefined || gap.to > last.to) last = gap;
  }
  return {gaps, sizes};
}

/** Sizes of the rows of a CSV; rows without any cost nothing until there is one. */
export class CsvSizes {
  readonly #entries: [row: number, ...entry: ParsedGaps['sizes'][number]][] = [];

  add(row: number, sizes: ParsedGaps['sizes']): void {
    for (const entry of sizes) this.#entries.push([row, ...entry]);
  }

  constraints(rows: number): Pick<Constraints, 'sizes'> {
    const entries = this.#entries;
    if (entries.length === 0) return {};
    const index = new Uint32Array(rows + 1);
    for (const [row] of entries) index[row + 1]!++;
    for (let row = 0; row < rows; row++) index[row + 1]! += index[row]!;
    return {
      sizes: {
        index,
        tick: Uint32Array.from(entries, ([, tick]) => tick),
        from: Float64Array.from(entries, ([, , from]) => from),
        to: Float64Array.from(entries, ([, , , to]) => to),
      },
    };
  }
}

/** The gaps and smaller sizes of a buffer as a field. */
export function writeGaps(problem: ProblemColumns, buffer: number): string {
  const {gapIndex, gapStart, gapEnd, constraints} = problem;
  const gaps: [Tick, string][] = [];
  for (let gap = gapIndex[buffer]!; gap < gapIndex[buffer + 1]!; gap++)
    gaps.push([gapStart[gap]!, `${gapStart[gap]}-${gapEnd[gap]}`]);
  if (constraints?.sizes) gaps.push(...windowsOf(problem, constraints.sizes, buffer));
  return gaps
    .sort((a, b) => a[0] - b[0])
    .map(([, text]) => text)
    .join(' ');
}

/** Windows of bytes between the gaps. */
function windowsOf(problem: ProblemColumns, sizes: Sizes, buffer: number): [Tick, string][] {
  const {gapIndex, gapStart, gapEnd, size} = problem;
  const windows: [Tick, string][] = [];
  let gap = gapIndex[buffer]!;
  for (const {start, end, from, to} of stretchesOf(problem, sizes, buffer)) {
    if (from === 0 && to === size[buffer]) continue;
    let begin = start;
    while (gap < gapIndex[buffer + 1]! && gapEnd[gap]! <= start) gap++;
    for (let g = gap; begin < end; g++) {
      const isLast = g === gapIndex[buffer + 1]! || gapStart[g]! >= end;
      const until = isLast ? end : gapStart[g]!;
      if (begin < until) windows.push([begin, `${begin}-${until}@${from}:${to}`]);
      begin = isLast ? end : gapEnd[g]!;
    }
  }
  return windows;
}

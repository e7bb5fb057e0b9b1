/** Plain problems of every kind, drawn; and smaller ones. */
import type {Random} from '../../random.ts';
import {conflictsOf, isLive, type Plain} from './reference.ts';

export interface PlansCase {
  readonly buffers: readonly Plain[];
  readonly nodeLimit: number;
  readonly seed: number;
}

const LAST_TICK = 2 ** 32 - 1;
const MOST = Number.MAX_SAFE_INTEGER;
/** Nodes that suffice for every heuristic. */
const NODES_PER_BUFFER = 45;

const pick = <T>(random: Random, choices: readonly T[]): T => choices[random(choices.length)]!;
const oneIn = (random: Random, n: number): boolean => random(n) === 0;
/** Below n, also above 2^32. */
const large = (random: Random, n: number): number =>
  n <= 2 ** 32 ? random(n) : Math.floor((random(2 ** 32) / 2 ** 32) * n);

type Draw = (random: Random) => number;

const SIZES: readonly Draw[] = [
  random => 1 + random(3),
  random => 1 + random(9),
  random => 1 + random(1000),
  random => 64 * (1 + random(40)),
  random => 2 ** random(12),
  random => (oneIn(random, 5) ? 0 : 1 + random(5)),
  random => 2 ** 40 + random(2 ** 30),
];
const ALIGNMENTS: readonly Draw[] = [
  () => 1,
  () => 1,
  random => pick(random, [1, 8]),
  random => 2 ** random(4),
  random => 2 ** random(8),
  () => 16,
  random => pick(random, [1, 1, 1, 2 ** 20]),
];
const COUNTS: readonly Draw[] = [
  random => 1 + random(7),
  random => 3 + random(5),
  random => 8 + random(20),
  random => 20 + random(45),
];

export function drawCase(random: Random): PlansCase {
  const count = oneIn(random, 60) ? 60 + random(240) : pick(random, COUNTS)(random);
  const ticks = pick(random, [4, 12, 50, 50, 200]);
  const size = oneIn(random, 25) ? hugeSizes(count) : pick(random, SIZES);
  const alignment = pick(random, ALIGNMENTS);
  const longest = pick(random, [ticks, ticks, 3, 8]);
  const gapOneIn = pick(random, [0, 0, 3, 6]);
  const buffers = Array.from({length: count}, (): Plain => {
    const start = random(ticks);
    // at times without a lifetime
    const end = start + (oneIn(random, 30) ? 0 : 1 + random(Math.min(longest, ticks - start)));
    const gaps = gapOneIn > 0 && oneIn(random, gapOneIn) ? drawGaps(random, start, end) : [];
    return {size: size(random), start, end, alignment: alignment(random), ...(gaps.length > 0 ? {gaps} : {})};
  });
  const fixedOneIn = pick(random, [0, 0, 0, 2, 6]);
  const hintOneIn = pick(random, [0, 0, 0, 1, 3]);
  const placed = fixedOneIn + hintOneIn > 0 ? withPlaces(random, buffers, fixedOneIn, hintOneIn) : buffers;
  return {
    buffers: inTime(random, placed, ticks),
    nodeLimit: oneIn(random, 200) ? 200_000 : Math.max(1500, NODES_PER_BUFFER * count),
    seed: 1 + random(3),
  };
}

/** Sizes of which some, but not all, fit below 2^53 together. */
function hugeSizes(count: number): Draw {
  return random =>
    pick(random, [
      1,
      1 + random(9),
      MOST - random(9),
      Math.floor(MOST / (1 + random(count))),
      2 ** random(53),
    ]);
}

function drawGaps(random: Random, start: number, end: number): [number, number][] {
  const gaps: [number, number][] = [];
  for (let from = start + 1; from + 1 < end && gaps.length < 3; ) {
    const begin = from + random(end - from - 1);
    const to = begin + 1 + random(end - 1 - begin);
    gaps.push([begin, to]);
    from = to + 1;
  }
  return gaps;
}

/** Fixes and hints some buffers where a first-fit plan in random order has them, or anywhere. */
function withPlaces(
  random: Random,
  buffers: readonly Plain[],
  fixedOneIn: number,
  hintOneIn: number,
): Plain[] {
  const conflicts = conflictsOf(buffers);
  const offsets = buffers.map(() => -1);
  for (const i of shuffled(random, [...buffers.keys()])) {
    const {alignment, size} = buffers[i]!;
    let at = alignment * random(3);
    const meets = (j: number) =>
      offsets[j]! >= 0 && at < offsets[j]! + buffers[j]!.size && offsets[j]! < at + size;
    for (let j = conflicts[i]!.find(meets); j !== undefined; j = conflicts[i]!.find(meets))
      at = Math.ceil((offsets[j]! + buffers[j]!.size) / alignment) * alignment;
    offsets[i] = at;
  }
  return buffers.map((buffer, i) => {
    const isAnywhere = oneIn(random, 40);
    const at = isAnywhere ? buffer.alignment * random(20) : offsets[i]!;
    if (at > MOST - buffer.size) return buffer;
    if (fixedOneIn > 0 && oneIn(random, fixedOneIn)) return {...buffer, offset: at};
    return hintOneIn > 0 && oneIn(random, hintOneIn)
      ? {...buffer, hint: at + (oneIn(random, 9) ? random(3) : 0)}
      : buffer;
  });
}

/** The same lifetimes elsewhere and stretched, at times up to the last tick. */
function inTime(random: Random, buffers: readonly Plain[], ticks: number): readonly Plain[] {
  const stretch = pick(random, [1, 1, 1, 7, Math.floor(LAST_TICK / (ticks + 1))]);
  const room = LAST_TICK - stretch * ticks;
  const shift = pick(random, [0, 0, large(random, room + 1), room]);
  return stretch === 1 && shift === 0
    ? buffers
    : buffers.map(buffer => moved(buffer, tick => tick * stretch + shift));
}

/** With other ticks. */
export function moved(buffer: Plain, to: (tick: number) => number): Plain {
  const {start, end, gaps} = buffer;
  return {
    ...buffer,
    start: to(start),
    end: to(end),
    ...(gaps ? {gaps: gaps.map(([from, until]): [number, number] => [to(from), to(until)])} : {}),
  };
}

export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

/** Fewer buffers, then simpler ones. */
export function* smallerCases(drawn: PlansCase): Generator<PlansCase> {
  const {buffers} = drawn;
  for (let size = buffers.length >> 1; size > 0; size >>= 1)
    for (let at = 0; at < buffers.length; at += size) yield {...drawn, buffers: buffers.toSpliced(at, size)};
  const ticks = [...new Set(buffers.flatMap(({start, end, gaps = []}) => [start, end, ...gaps.flat()]))].sort(
    (a, b) => a - b,
  );
  const ranks = new Map(ticks.map((tick, rank) => [tick, rank]));
  if (ticks.some((tick, rank) => tick !== rank))
    yield {...drawn, buffers: buffers.map(buffer => moved(buffer, tick => ranks.get(tick)!))};
  for (const [i, buffer] of buffers.entries())
    for (const simpler of simplerBuffers(buffer)) yield {...drawn, buffers: buffers.with(i, simpler)};
  if (drawn.seed > 1) yield {...drawn, seed: 1};
}

function* simplerBuffers(buffer: Plain): Generator<Plain> {
  const {gaps, hint, offset, ...plain} = buffer;
  const place = offset === undefined ? {} : {offset};
  if (gaps) yield {...plain, ...place, ...(hint === undefined ? {} : {hint})};
  if (hint !== undefined) yield {...plain, ...place, ...(gaps ? {gaps} : {})};
  if (offset !== undefined) yield {...plain, ...(gaps ? {gaps} : {})};
  if (buffer.alignment > 1) yield {...buffer, alignment: buffer.alignment / 2};
  if (!isLive(buffer)) return;
  if (buffer.size > 1) yield {...buffer, size: buffer.size >> 1 || Math.floor(buffer.size / 2)};
  if (buffer.size > 1) yield {...buffer, size: buffer.size - 1};
}

/** Seeded random problems: small ones that brute force can solve, and ones filled to the load. */
import type {BufferInfo, Problem} from '../bindings/index.ts';

/** Integers below `n`, the same for the same seed (mulberry32). */
export type Random = (n: number) => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return n => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
}

/** The features of random problems. */
export interface Shape {
  readonly buffers: number;
  readonly ticks: number;
  readonly sizes: number;
  /** Longest lifetime, ticks; as long as there are ticks where absent. */
  readonly longest?: number;
  /** Powers of two up to this; 1 for none. */
  readonly alignment?: number;
  /** One buffer in so many has a gap. */
  readonly gapOneIn?: number;
  /** One buffer in so many is fixed, where that collides with no other fixed buffer. */
  readonly fixedOneIn?: number;
}

export function randomProblem(random: Random, shape: Shape): Problem {
  const buffers: BufferInfo[] = [];
  for (let i = 0; i < shape.buffers; i++) {
    const start = random(shape.ticks);
    const end = start + 1 + random(Math.min(shape.longest ?? shape.ticks, shape.ticks - start));
    const alignment = 2 ** random(Math.log2(shape.alignment ?? 1) + 1);
    const size = 1 + random(shape.sizes);
    const gap =
      shape.gapOneIn && random(shape.gapOneIn) === 0 && end - start > 2
        ? randomGap(random, start, end)
        : undefined;
    const buffer = {
      start,
      end,
      size,
      ...(alignment > 1 ? {alignment} : {}),
      ...(gap ? {gaps: [gap]} : {}),
    };
    const fixed =
      shape.fixedOneIn && random(shape.fixedOneIn) === 0 ? alignment * random(2 * shape.sizes) : undefined;
    const clashes = buffers.some(
      other =>
        fixed !== undefined &&
        other.offset !== undefined &&
        liveTogether(other, buffer) &&
        fixed < other.offset + other.size &&
        other.offset < fixed + size,
    );
    buffers.push(fixed === undefined || clashes ? buffer : {...buffer, offset: fixed});
  }
  return {buffers};
}

function randomGap(random: Random, start: number, end: number): [number, number] {
  const from = start + 1 + random(end - start - 2);
  return [from, from + 1 + random(end - 1 - from)];
}

/** Whether two buffers are live at some tick together, by looking at their pieces. */
export function liveTogether(a: BufferInfo, b: BufferInfo): boolean {
  return pieces(a).some(([from, to]) => pieces(b).some(([start, end]) => from < end && start < to));
}

function pieces(buffer: BufferInfo): [number, number][] {
  const found: [number, number][] = [];
  let from = buffer.start;
  for (const [gapStart, gapEnd] of buffer.gaps ?? []) {
    found.push([from, gapStart]);
    from = gapEnd;
  }
  found.push([from, buffer.end]);
  return found;
}

/** Further features of filled problems; a plan at the load stays possible. */
export interface Filling {
  /** Bytes: what every size and offset is a multiple of, and the alignment; 1 for none. */
  readonly unit?: number;
  /** One buffer in so many has a gap, which another fills. */
  readonly gapOneIn?: number;
  /** One buffer in so many is fixed where the plan at the load has it. */
  readonly fixedOneIn?: number;
}

interface Tile {
  readonly start: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Buffers that fill a rectangle of `height` units completely: cut at random, so that a plan at the load exists and
 * little else does.
 */
export function filled(
  random: Random,
  ticks: number,
  height: number,
  cuts: number,
  filling: Filling = {},
): Problem {
  let tiles: Tile[] = [{start: 0, end: ticks, from: 0, to: height}];
  for (let i = 0; i < cuts; i++) {
    const tile = tiles[random(tiles.length)]!;
    const isInTime = random(2) === 0;
    const [low, high] = isInTime ? [tile.start, tile.end] : [tile.from, tile.to];
    if (high - low < 2) continue;
    const at = low + 1 + random(high - low - 1);
    const halves = isInTime
      ? [
          {...tile, end: at},
          {...tile, start: at},
        ]
      : [
          {...tile, to: at},
          {...tile, from: at},
        ];
    tiles = [...tiles.filter(other => other !== tile), ...halves];
  }
  const buffers = tiles.flatMap(tile => buffersOf(tile, random, filling));
  return {buffers: buffers.sort((a, b) => random(3) - 1 || a.size - b.size)};
}

/** One buffer where the tile is, or one with a gap and another in it. */
function buffersOf({start, end, from, to}: Tile, random: Random, filling: Filling): BufferInfo[] {
  const {unit = 1, gapOneIn, fixedOneIn} = filling;
  const place = {size: (to - from) * unit, ...(unit > 1 ? {alignment: unit} : {})};
  const isFixed = fixedOneIn !== undefined && random(fixedOneIn) === 0;
  const buffer = {start, end, ...place, ...(isFixed ? {offset: from * unit} : {})};
  if (gapOneIn === undefined || end - start < 3 || random(gapOneIn) !== 0) return [buffer];
  const gap = randomGap(random, start, end);
  return [
    {...buffer, gaps: [gap]},
    {start: gap[0], end: gap[1], ...place},
  ];
}

/**
 * Concurrent tilings: problems with clocks whose best peak is known. Each stream has a band of the arena, and cuts it into
 * rectangles of address and time without a rest, so each tick is full. Streams wait for each other now and then, which lets buffers
 * cross the bands and never forces one to. OmniMalloc plans problems of this kind; these are drawn by rules of our own.
 */
import type {BufferInfo, Problem} from '../../bindings/index.ts';
import type {Random} from '../random.ts';

export interface TilingShape {
  readonly buffers: number;
  readonly streams: number;
  /** Waits of one stream for another. */
  readonly waits: number;
  /** Bytes of the arena, a multiple of the number of streams. */
  readonly capacity: number;
  readonly ticks: number;
}

interface Tile {
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
}

export function concurrentTiling(random: Random, shape: TilingShape): Problem {
  const {streams, capacity, ticks} = shape;
  const tiles = Array.from({length: streams}, (_, s) => {
    const count = Math.floor(((s + 1) * shape.buffers) / streams) - Math.floor((s * shape.buffers) / streams);
    return tilesOf(random, count, capacity / streams, ticks);
  });
  const waits = Array.from({length: streams > 1 ? shape.waits : 0}, () => {
    const stream = random(streams);
    return {at: 1 + random(ticks - 1), stream, other: (stream + 1 + random(streams - 1)) % streams};
  });
  waits.sort((a, b) => a.at - b.at);
  const buffers = tiles.flatMap((own, s) =>
    own.map(({start, end, bytes}): BufferInfo => {
      // positions are ticks; work that ends at a tick is before what begins then
      const birth = knownAt(waits, streams, s, start);
      const death = birth.map((_, u) => (u === s ? end : 0));
      return {size: bytes, start, end, clocks: [{birth, death}]};
    }),
  );
  return {
    streams: Array.from({length: streams}, (_, s) => String(s)),
    buffers: buffers.sort((a, b) => a.start - b.start || random(3) - 1 || a.size - b.size),
  };
}

interface Wait {
  readonly at: number;
  readonly stream: number;
  readonly other: number;
}

/** What a stream knows of each stream at a tick, by the waits up to then. */
function knownAt(waits: readonly Wait[], streams: number, stream: number, tick: number): number[] {
  const known = Array.from({length: streams}, () => new Array<number>(streams).fill(0));
  for (const {at, stream: waiting, other} of waits) {
    if (at > tick) break;
    known[other]![other] = at;
    known[waiting] = known[waiting]!.map((position, s) => Math.max(position, known[other]![s]!));
  }
  known[stream]![stream] = tick;
  return known[stream]!;
}

/** A rectangle cut into so many, each cut at random across time or bytes. */
function tilesOf(random: Random, count: number, bytes: number, ticks: number): Tile[] {
  const tiles: Tile[] = [{start: 0, end: ticks, bytes}];
  for (let tries = 0; tiles.length < count && tries < 100 * count; tries++) {
    const k = random(tiles.length);
    const tile = tiles[k]!;
    const inTime = random(2) === 0;
    const length = inTime ? tile.end - tile.start : tile.bytes;
    if (length < 2) continue;
    const cut = 1 + random(length - 1);
    tiles[k] = inTime ? {...tile, end: tile.start + cut} : {...tile, bytes: cut};
    tiles.push(inTime ? {...tile, start: tile.start + cut} : {...tile, bytes: tile.bytes - cut});
  }
  return tiles;
}

/** Seeded random problems with clocks, and brute force over them. */
import type {BufferInfo, Problem} from '../../bindings/index.ts';
import type {Random} from '../random.ts';

/** Features of random problems. */
export interface Shape {
  readonly buffers: number;
  readonly streams: number;
  readonly sizes: number;
  /** One event in so many is a wait. */
  readonly waitOneIn: number;
  /** One buffer in so many is used on another stream as well. */
  readonly elsewhereOneIn?: number;
  /** One buffer in so many has a gap. */
  readonly gapOneIn?: number;
  /** Largest alignment, a power of two. */
  readonly alignment?: number;
  /** One buffer in so many has a fixed offset. */
  readonly fixedOneIn?: number;
  /** Whether the plan repeats. */
  readonly repeats?: boolean;
  /** Buffers that live at a time, about. */
  readonly live?: number;
}

interface Piece {
  readonly start: number;
  end: number;
  readonly birth: number[];
  readonly death: number[];
  next?: number[];
}

interface Block {
  readonly size: number;
  readonly stream: number;
  readonly pieces: Piece[];
}

/** A host that enqueues work on streams, which know of each other by waits: the clocks of a program. */
class Host {
  time = 0;
  readonly #knows: number[][];

  constructor(streams: number) {
    this.#knows = Array.from({length: streams}, () => new Array<number>(streams).fill(0));
  }

  /** What is over before work on a stream begins. */
  know(stream: number): number[] {
    return this.#knows[stream]!.map((position, s) => (s === stream ? this.time : position));
  }

  wait(stream: number, other: number): void {
    const known = this.know(other);
    this.#knows[stream] = this.#knows[stream]!.map((position, s) => Math.max(position, known[s]!));
  }
}

/** The problem of a random program. */
export function programProblem(random: Random, shape: Shape): Problem {
  const {streams, live = 4} = shape;
  const host = new Host(streams);
  const blocks: Block[] = [];
  const open: Block[] = [];
  const waits: [at: number, stream: number, other: number][] = [];
  while (blocks.length < shape.buffers || open.length > 0) {
    host.time++;
    if (streams > 1 && random(shape.waitOneIn) === 0) {
      const stream = random(streams);
      const other = (stream + 1 + random(streams - 1)) % streams;
      host.wait(stream, other);
      waits.push([host.time, stream, other]);
      continue;
    }
    if (blocks.length < shape.buffers && random(2 * live) >= open.length) {
      const stream = random(streams);
      const block = {size: 1 + random(shape.sizes), stream, pieces: [pieceAt(host, stream, streams)]};
      if (shape.elsewhereOneIn && random(shape.elsewhereOneIn) === 0) {
        const piece = block.pieces[0]!;
        const user = random(streams);
        host.know(user).forEach((position, s) => {
          piece.birth[s] = Math.min(piece.birth[s]!, position);
        });
        piece.death[user] = host.time;
      }
      blocks.push(block);
      open.push(block);
      continue;
    }
    const [block] = open.splice(random(open.length), 1);
    if (block) close(host, block);
    if (block && shape.gapOneIn && blocks.length < shape.buffers && random(shape.gapOneIn) === 0) {
      host.time += 2;
      block.pieces.push(pieceAt(host, block.stream, streams));
      open.push(block);
    }
  }
  if (shape.repeats) again(host, blocks, waits, random(2) === 0);
  return stated(random, shape, blocks);
}

function pieceAt(host: Host, stream: number, streams: number): Piece {
  return {start: host.time, end: 0, birth: host.know(stream), death: new Array<number>(streams).fill(0)};
}

function close({time}: Host, {stream, pieces}: Block): void {
  const piece = pieces.at(-1)!;
  piece.end = time;
  piece.death[stream] = time;
}

/** What each piece knows at its birth in the next iteration, at whose border the device is waited for or not. */
function again(
  host: Host,
  blocks: readonly Block[],
  waits: readonly (readonly [number, number, number])[],
  isIdleBetween: boolean,
): void {
  const length = host.time;
  const streams = blocks[0]!.pieces[0]!.birth.length;
  const births = blocks.flatMap(({stream, pieces}) => pieces.map(piece => ({stream, piece})));
  births.sort((a, b) => a.piece.start - b.piece.start);
  const later = [...waits];
  for (const {stream, piece} of births) {
    while (later[0] && later[0][0] <= piece.start) {
      const [at, waiting, other] = later.shift()!;
      host.time = length + at;
      host.wait(waiting, other);
    }
    host.time = length + piece.start;
    const known = isIdleBetween ? new Array<number>(streams).fill(length) : host.know(stream);
    piece.next = known.map(position => Math.min(position, length));
  }
}

function stated(random: Random, shape: Shape, blocks: readonly Block[]): Problem {
  const buffers = blocks.map(({size, pieces}): BufferInfo => {
    const alignment = 2 ** random(Math.log2(shape.alignment ?? 1) + 1);
    const gaps = pieces.slice(1).map(({start}, k): [number, number] => [pieces[k]!.end, start]);
    const isFixed = shape.fixedOneIn !== undefined && random(shape.fixedOneIn) === 0;
    return {
      size,
      start: pieces[0]!.start,
      end: pieces.at(-1)!.end,
      ...(gaps.length > 0 ? {gaps} : {}),
      ...(alignment > 1 ? {alignment} : {}),
      ...(isFixed ? {offset: alignment * random(shape.sizes)} : {}),
      clocks: pieces.map(({birth, death, next}) => ({birth, death, ...(next ? {next} : {})})),
    };
  });
  return {streams: Array.from({length: shape.streams}, (_, s) => String(s)), buffers};
}

/** Clocks at random, which no program makes. */
export function anyProblem(random: Random, shape: Shape): Problem {
  const {streams} = shape;
  const clock = () => Array.from({length: streams}, () => random(6));
  const blocks = Array.from({length: shape.buffers}, (): Block => {
    const start = random(8);
    const middle = start + 1 + random(3);
    const piece = (from: number, to: number): Piece => ({
      start: from,
      end: to,
      birth: clock(),
      death: clock().map(position => (random(2) ? position : 0)),
      ...(shape.repeats ? {next: clock().map(position => position + 3)} : {}),
    });
    const hasGap = shape.gapOneIn !== undefined && random(shape.gapOneIn) === 0;
    const pieces = hasGap ? [piece(start, middle), piece(middle + 1, middle + 3)] : [piece(start, middle)];
    return {size: 1 + random(shape.sizes), stream: 0, pieces};
  });
  return stated(random, shape, blocks);
}

/** Lifetimes of a buffer between its gaps, with their clocks. */
function piecesOf({start, end, gaps = [], clocks = []}: BufferInfo) {
  const begins = [start, ...gaps.map(([, to]) => to)];
  const ends = [...gaps.map(([from]) => from), end];
  return begins.map((from, k) => ({from, to: ends[k]!, ...clocks[k]!}));
}

/** By the definition: whether two buffers need bytes of their own. */
export function doConflict(a: BufferInfo, b: BufferInfo): boolean {
  type Piece = ReturnType<typeof piecesOf>[number];
  const isBefore = (x: Piece, y: Piece) =>
    x.to <= y.from &&
    x.death.every((position, s) => position <= y.birth[s]!) &&
    (x.next?.every((position, s) => y.death[s]! <= position) ?? true);
  return piecesOf(a).some(x => piecesOf(b).some(y => !isBefore(x, y) && !isBefore(y, x)));
}

/** The smallest peak: the best of all orders, each buffer at the lowest offset that is free; undefined where fixed ones clash. */
export function bruteForce({buffers}: Problem): number | undefined {
  const count = buffers.length;
  const conflict = buffers.map(a => buffers.map(b => a !== b && doConflict(a, b)));
  const offsets: (number | undefined)[] = buffers.map(({offset}) => offset);
  const meets = (i: number, offset: number) =>
    buffers.find((other, j) => {
      const place = offsets[j];
      if (i === j || place === undefined || !conflict[i]![j]) return false;
      return place < offset + buffers[i]!.size && offset < place + other.size;
    });
  if (offsets.some((offset, i) => offset !== undefined && meets(i, offset))) return undefined;
  const fixedPeak = Math.max(
    0,
    ...buffers.map(({offset, size}) => (offset === undefined ? 0 : offset + size)),
  );
  let best = Number.POSITIVE_INFINITY;
  const place = (left: number, peak: number): void => {
    if (peak >= best) return;
    if (left === 0) {
      best = peak;
      return;
    }
    for (let i = 0; i < count; i++) {
      if (offsets[i] !== undefined) continue;
      const {size, alignment = 1} = buffers[i]!;
      let offset = 0;
      while (meets(i, offset)) offset += alignment;
      offsets[i] = offset;
      place(left - 1, Math.max(peak, offset + size));
      offsets[i] = undefined;
    }
  };
  place(offsets.filter(offset => offset === undefined).length, fixedPeak);
  return best;
}

/** The most bytes of buffers that all conflict. */
export function heaviestSet({buffers}: Problem): number {
  const conflict = buffers.map(a => buffers.map(b => a !== b && doConflict(a, b)));
  let most = 0;
  const grow = (from: number, chosen: readonly number[], bytes: number): void => {
    most = Math.max(most, bytes);
    for (let i = from; i < buffers.length; i++)
      if (chosen.every(j => conflict[i]![j])) grow(i + 1, [...chosen, i], bytes + buffers[i]!.size);
  };
  grow(0, [], 0);
  return most;
}

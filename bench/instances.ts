/** Seeded generators, of the shapes that the collection in `../shared` has. */
import type {BufferInfo, ProblemColumns} from '../bindings/index.ts';
import {NO_OFFSET, toColumns} from '../bindings/index.ts';
import {filled, seeded} from '../tests/random.ts';

/** A training step: layers that keep their activations until the way back, with short-lived workspaces beside them. */
export function training(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const layers = Math.ceil(n / 4);
  const rows = new Rows(n);
  for (let layer = 0; layer < layers && !rows.isFull; layer++) {
    const size = 256 * (1 + random(4096));
    const there = layer * 4;
    const back = (2 * layers - layer) * 4;
    rows.push(there, back + 1, size);
    rows.push(there + 1, there + 2, size * (1 + random(3)));
    rows.push(back, back + 3, size);
    rows.push(back + 1, back + 2, 256 * (1 + random(512)));
  }
  return rows.columns();
}

/** A program's heap: few sizes, mostly short lives, a heavy tail of long ones. */
export function heap(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows = new Rows(n);
  for (let i = 0; i < n; i++) {
    const life = Math.min(2 * n, Math.ceil(8 / (1 - random(1_000_000) / 1_000_001)));
    rows.push(2 * i, 2 * i + life, 16 * (1 + Math.floor(8 / (1 - random(1000) / 1001))));
  }
  return rows.columns();
}

/** Lifetimes and sizes without any order: hard to pack. */
export function scattered(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows = new Rows(n);
  for (let i = 0; i < n; i++) {
    const start = random(n);
    const end = start + 1 + random(Math.ceil(n / 8));
    rows.push(start, end, 1024 * (1 + random(300)));
  }
  return rows.columns();
}

/** An inference of a chain of layers: each output lives until the next is made, some until a later layer adds them. */
export function chain(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows = new Rows(n);
  let size = 3_211_264;
  for (let i = 0; i < n; i++) {
    const skip = i % 4 === 3 ? 3 + random(6) : 0;
    rows.push(i, i + 2 + skip, size);
    if (random(8) === 0) size = Math.max(1000, size / 2);
    if (random(5) === 0) size = Math.max(1000, size * (random(2) === 0 ? 4 : 0.25));
  }
  return rows.columns();
}

/**
 * As MiniMalloc's suite: tiles of 1 KiB that fill a megabyte completely, a few of the short ones left out, so that
 * the capacity can be kept to and little room is left.
 */
export function tight(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  let tiles: readonly BufferInfo[] = [];
  // cuts through tiles of one unit do nothing: more until enough are there
  for (let cuts = n; tiles.length < 1.1 * n; cuts += Math.ceil(n / 8)) {
    tiles = filled(random, Math.ceil(0.8 * n), 1024, cuts).buffers;
  }
  const kept = tiles.filter(({start, end}) => end - start > 0.1 * n || random(10) > 0).slice(0, n);
  return toColumns({buffers: kept.map(tile => ({...tile, size: tile.size * 1024})), capacity: CAPACITY});
}

/** Bytes that MiniMalloc's suite and `tight` are packed into. */
export const CAPACITY = 1_048_576;

/** As SOMAS's graphs: activations until the way back, many tiny scalars, parameters' gradients to the end. */
export function graph(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows = new Rows(n);
  for (let i = 0; i < n; i++) {
    const kind = random(10);
    const size = 512 * 4 ** random(8) * (1 + random(3));
    if (kind < 3) rows.push(i, Math.max(i + 2, 2 * n - i), size);
    else if (kind < 4) rows.push(i, 2 * n, 4 * (1 + random(64)));
    else if (kind < 6) rows.push(n + i, 2 * n, size / 4);
    else {
      const start = random(2) * n + i;
      rows.push(start, start + 2 + random(6), size);
    }
  }
  return rows.columns();
}

/** As IOPDDL's liveness intervals: sizes at random over many orders of magnitude, the load above 2^32 bytes. */
export function intervals(n: number, seed: number): ProblemColumns {
  const random = seeded(seed);
  const rows = new Rows(n);
  for (let i = 0; i < n; i++) {
    const life = Math.min(n, Math.ceil(3 / (1 - random(1_000_000) / 1_000_001)));
    rows.push(i, i + life, 1 + random(2 ** (8 + random(23))));
  }
  return rows.columns();
}

/** Buffers one by one into columns: a million rows as objects would be most of a process's memory. */
class Rows {
  readonly #most: number;
  readonly #start: Uint32Array;
  readonly #end: Uint32Array;
  readonly #size: Float64Array;
  #count = 0;

  /** @param most rows beyond it are left out. */
  constructor(most: number) {
    this.#most = most;
    this.#start = new Uint32Array(most);
    this.#end = new Uint32Array(most);
    this.#size = new Float64Array(most);
  }

  get isFull(): boolean {
    return this.#count === this.#most;
  }

  push(start: number, end: number, size: number): void {
    if (this.isFull) return;
    this.#start[this.#count] = start;
    this.#end[this.#count] = end;
    this.#size[this.#count++] = size;
  }

  columns(): ProblemColumns {
    const count = this.#count;
    return {
      count,
      start: this.#start.subarray(0, count),
      end: this.#end.subarray(0, count),
      size: this.#size.subarray(0, count),
      alignment: new Float64Array(count),
      offset: new Float64Array(count).fill(NO_OFFSET),
      gapIndex: new Uint32Array(count + 1),
      gapStart: new Uint32Array(0),
      gapEnd: new Uint32Array(0),
    };
  }
}

/** Every generator by its name, so that another process can make the same instance. */
export const GENERATORS = {training, heap, scattered, chain, tight, graph, intervals} as const;

export type Generator = keyof typeof GENERATORS;

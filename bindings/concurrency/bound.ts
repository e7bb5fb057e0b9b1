/**
 * Bytes that no plan of a problem with clocks can undercut: the heaviest set of buffers that all conflict with each other. "Before"
 * is a partial order, so the heaviest antichain of pieces is found in polynomial time. Of a plan that repeats, it is that of two
 * iterations: pieces unordered there conflict, and two of one buffer are always ordered.
 */
import {isEverLive} from '../model/load.ts';
import type {Bytes} from '../model/numbers.ts';
import {alignmentOf, NO_OFFSET, type ProblemColumns, select} from '../model/problem.ts';
import {heaviestAntichain} from './flow.ts';
import {type Order, orderOf} from './order.ts';
import {Pieces} from './pieces.ts';

/** A piece of a buffer that makes the bound. */
export interface BoundPiece {
  /** Index of the buffer. */
  readonly buffer: number;
  /** Which piece of its lifetime it is, from 0. */
  readonly piece: number;
  /** Of a plan that repeats: 0, or 1 for the iteration after. */
  readonly iteration: number;
}

/** What no plan can undercut, and why. */
export interface ConcurrencyBound {
  /** Bytes. */
  readonly lowerBound: Bytes;
  /** Σ sizes of the antichain, bytes: the bound without padding. */
  readonly load: Bytes;
  /** Buffers of which each two conflict; one with a fixed offset by itself where its top is the bound. */
  readonly antichain: readonly BoundPiece[];
  /**
   * Whether no set of pieces without order is heavier: the antichain is then the heaviest. False where the order is too large for
   * the flow, or is none that a program makes,
   * and where the pieces of one buffer lack an order.
   */
  readonly isHeaviest: boolean;
}

/**
 * The lower bound of a problem with clocks, and the buffers that make it: each two of them may be live together. By maximum flow,
 * in seconds for 20,000 buffers.
 * @param alignment bytes, for buffers without one of their own, in place of the problem's.
 * @example
 * ```js
 * import {concurrencyBoundOf, toColumns} from 'stowage';
 *
 * const clocks = (birth, death) => [{birth, death}];
 * const columns = toColumns({
 *   streams: ['compute', 'copy'],
 *   buffers: [
 *     {size: 5, start: 0, end: 1, clocks: clocks([0, 0], [1, 0])},
 *     {size: 2, start: 1, end: 2, clocks: clocks([0, 1], [0, 2])},
 *   ],
 * });
 * const {lowerBound, antichain} = concurrencyBoundOf(columns);
 * console.log(lowerBound, antichain.map(({buffer}) => buffer));
 * // prints 7 [ 0, 1 ]
 * ```
 */
export function concurrencyBoundOf(columns: ProblemColumns, alignment?: Bytes): ConcurrencyBound {
  const live = Uint32Array.from({length: columns.count}, (_, i) => i).filter(i => isEverLive(columns, i));
  const own = live.length === columns.count ? columns : select(columns, live);
  if (live.length === 0) return {lowerBound: 0, load: 0, antichain: [], isHeaviest: true};
  const bound = drain(boundOfLive(own, new Pieces(own), alignment));
  return {...bound, antichain: bound.antichain.map(piece => ({...piece, buffer: live[piece.buffer]!}))};
}

function drain<T>(steps: Generator<undefined, T>): T {
  let next = steps.next();
  while (!next.done) next = steps.next();
  return next.value;
}

/** The same for columns whose buffers are all live; pauses now and then. */
export function* boundOfLive(
  columns: ProblemColumns,
  pieces: Pieces,
  alignment: Bytes | undefined,
): Generator<undefined, ConcurrencyBound> {
  const order = orderOf(pieces);
  const alignments = Float64Array.from(columns.size, (_, i) => alignmentOf(columns, i, alignment));
  let best: ConcurrencyBound = {lowerBound: 0, load: 0, antichain: [], isHeaviest: order?.isOwn ?? false};
  for (const unit of new Set(alignments.slice().sort())) {
    const padded = columns.size.map((size, i) => (alignments[i]! < unit ? 0 : Math.ceil(size / unit) * unit));
    const nodes = order
      ? yield* heaviestAntichain(order, weightsOf(order, pieces, padded))
      : liveTogether(pieces, padded);
    const found = sumOf(columns, pieces, nodes, padded);
    if (found.lowerBound > best.lowerBound) best = {...found, isHeaviest: best.isHeaviest};
  }
  return withFixed(columns, best);
}

function weightsOf({count}: Order, {buffer, count: own}: Pieces, padded: Float64Array): Float64Array {
  return Float64Array.from({length: count}, (_, x) => padded[buffer[x % own]!]!);
}

/** All but the topmost of these buffers take their padded sizes; which one is topmost is unknown. */
function sumOf(
  {size}: ProblemColumns,
  {buffer, first, count}: Pieces,
  nodes: readonly number[],
  padded: Float64Array,
): Omit<ConcurrencyBound, 'isHeaviest'> {
  const antichain = nodes.map(x => {
    const own = buffer[x % count]!;
    return {buffer: own, piece: (x % count) - first[own]!, iteration: x < count ? 0 : 1};
  });
  antichain.sort((a, b) => a.buffer - b.buffer);
  let [sum, load, padding] = [0, 0, 0];
  for (const {buffer: i} of antichain) {
    sum += padded[i]!;
    load += size[i]!;
    padding = Math.max(padding, padded[i]! - size[i]!);
  }
  return {lowerBound: sum - padding, load, antichain};
}

/** A buffer with a fixed offset needs its own top. */
function withFixed({offset, size, count}: ProblemColumns, bound: ConcurrencyBound): ConcurrencyBound {
  let best = bound;
  for (let i = 0; i < count; i++) {
    const top = offset[i]! + size[i]!;
    if (offset[i] === NO_OFFSET || top <= best.lowerBound) continue;
    best = {...bound, lowerBound: top, antichain: [{buffer: i, piece: 0, iteration: 0}]};
  }
  return best;
}

/** The pieces that are live together on the host with the most bytes: they conflict, whatever the clocks. */
function liveTogether({count, start, end, buffer}: Pieces, padded: Float64Array): number[] {
  const events = Uint32Array.from({length: 2 * count}, (_, k) => k);
  const tickOf = (k: number) => (k < count ? end[k]! : start[k - count]!);
  events.sort((a, b) => tickOf(a) - tickOf(b) || a - b);
  let [bytes, most, at] = [0, 0, 0];
  for (const k of events) {
    if (k < count) bytes -= padded[buffer[k]!]!;
    else bytes += padded[buffer[k - count]!]!;
    if (bytes > most) [most, at] = [bytes, tickOf(k)];
  }
  return Array.from({length: count}, (_, p) => p).filter(
    p => start[p]! <= at && at < end[p]! && padded[buffer[p]!]! > 0,
  );
}

/**
 * Lifetimes of a weaker problem without pairs in place, which every plan solves: in the tick in which an output is written
 * over its input, one of the two memories holds nothing, with all buffers that are in it.
 */

import type {InPlace} from '../model/constraints.ts';
import type {Bytes, Tick} from '../model/numbers.ts';
import type {BundleSource} from './bundles.ts';
import {meet, type Pieces, withoutTicks} from './pieces.ts';
import type {Solving} from './subproblems.ts';
import type {Work} from './work.ts';

/** Members of a memory times its ticks: above that, all ticks between the first and the last are left out. */
const MOST_PIECES = 1_000_000;

export interface Relaxed {
  readonly pieces: readonly Pieces[];
  /** Buffers that hold something less long. */
  readonly changed: readonly number[];
}

/** `pairs`: all that may be in place. */
export function* relaxedPieces(
  source: BundleSource & {readonly work: Work},
  pairs: readonly InPlace<number>[],
): Solving<Relaxed> {
  const memories = memoriesOf(source);
  const removed = new Map<number, Set<Tick>>();
  for (const {input, output} of pairs) {
    const tick = source.columns.start[output]!;
    const sides = [source.ties.aliasOf(output), source.ties.aliasOf(input)] as const;
    if (sides.some(side => removed.get(side)?.has(tick))) continue;
    const [first, second] = sides.map(side => bytesAt(source, memories.get(side)!, tick)) as [Bytes, Bytes];
    const side = first <= second ? sides[0] : sides[1];
    const ticks = removed.get(side);
    if (ticks === undefined) removed.set(side, new Set([tick]));
    else ticks.add(tick);
    if (source.work.isDue(memories.get(sides[0])!.length + memories.get(sides[1])!.length)) yield;
  }
  const pieces = [...source.pieces];
  const changed: number[] = [];
  for (const [side, ticks] of removed) {
    const members = memories.get(side)!;
    const ascending = [...ticks].sort((a, b) => a - b);
    const isMuch = members.length * ascending.length > MOST_PIECES;
    for (const buffer of members) {
      const own = source.pieces[buffer]!;
      pieces[buffer] = isMuch ? outside(own, ascending) : withoutTicks(own, ascending);
      changed.push(buffer);
      if (source.work.isDue(own.length + ascending.length)) yield;
    }
  }
  return {pieces, changed};
}

/** Buffers that are ever live by their memory. */
function memoriesOf({columns, ties, pieces}: BundleSource): ReadonlyMap<number, readonly number[]> {
  const memories = new Map<number, number[]>();
  for (let i = 0; i < columns.count; i++) {
    if (pieces[i]!.length === 0) continue;
    const alias = ties.aliasOf(i);
    const members = memories.get(alias);
    if (members === undefined) memories.set(alias, [i]);
    else members.push(i);
  }
  return memories;
}

/** Bytes from the first to the last that the memory holds in the tick. */
function bytesAt({columns, ties, pieces}: BundleSource, members: readonly number[], tick: Tick): Bytes {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const buffer of members) {
    if (!meet(pieces[buffer]!, [tick, tick + 1])) continue;
    const {distance} = ties.find(buffer);
    from = Math.min(from, distance);
    to = Math.max(to, distance + columns.size[buffer]!);
  }
  return Math.max(0, to - from);
}

/** What is before the first of the ticks, and after the last. */
function outside(pieces: Pieces, ticks: readonly Tick[]): Pieces {
  const [first, last] = [ticks[0]!, ticks.at(-1)!];
  const left: Tick[] = [];
  for (let k = 0; k < pieces.length; k += 2) {
    const [from, to] = [pieces[k]!, pieces[k + 1]!];
    if (from < first) left.push(from, Math.min(to, first));
    if (to > last + 1) left.push(Math.max(from, last + 1), to);
  }
  return left;
}

/**
 * Strands: the parts of a search that may run side by side. Which there are depends on the algorithm, the number of
 * buffers and the seed alone, never on the threads, so that the plan does not depend on them either.
 */
import type {SearchAlgorithm} from '../model/plan.ts';

/** What a strand does. `descent`: the exact search without its proof; `heuristics`: what of the portfolio is not run yet. */
export type StrandKind = 'exact' | 'descent' | 'local' | 'classes' | 'windows' | 'heuristics';

/** One part of a search. */
export interface Strand {
  readonly kind: StrandKind;
  readonly seed: number;
  /** Of how many strands of the kind it is which: they share what is to be tried. */
  readonly part: number;
  readonly parts: number;
  /** Nodes it does between two exchanges of plans and bounds: some ten milliseconds, or a heuristic. */
  readonly turn: number;
  /** Nodes it is worth where neither nodes nor time are limited: half a second or so. */
  readonly worth: number;
  /** Nodes that all strands before it do first: what is solved at once needs no company. */
  readonly after: number;
}

/** Turns, and nodes at most, that the proof has for itself. */
const TURNS_ALONE = 30;
const NODES_ALONE = 40_000;
/** Above so many buffers the class sweep finds more than the descent does. */
const FEW = 1000;
/** Above so many buffers only some heuristics come before the search, the others beside it. */
const MANY = 10_000;
/** Above so many, the class sweep alone is worth its time and memory. */
const VERY_MANY = 60_000;
/** Heuristics that come before the search, of many buffers. */
export const FIRST_HEURISTICS = 2;
/** Turns a strand is worth. */
const TURNS = 30;
/** Nodes per buffer that a class sweep is worth: some six passes. */
const NODES_PER_BUFFER = 40;

/** How many heuristics of the portfolio `auto` runs before its strands. */
export function heuristicsBefore(algorithm: 'auto' | SearchAlgorithm | 'portfolio', count: number): number {
  return algorithm === 'auto' && count > MANY ? FIRST_HEURISTICS : Number.POSITIVE_INFINITY;
}

/** The strands of an algorithm, in the order that decides between equal plans. */
export function strandsOf(
  algorithm: 'auto' | SearchAlgorithm,
  count: number,
  seed: number,
): readonly Strand[] {
  const kinds = kindsOf(algorithm, count);
  return kinds.map((kind, number) => {
    const turn = turnOf(kind, count);
    return {
      kind,
      seed: (seed + number * 0x9e3779b9) >>> 0,
      part: kinds.slice(0, number).filter(other => other === kind).length,
      parts: kinds.filter(other => other === kind).length,
      turn,
      worth: kind === 'classes' ? Math.max(TURNS * turn, NODES_PER_BUFFER * count) : TURNS * turn,
      after: number > 0 && kinds[0] === 'exact' ? aloneFor(count) : 0,
    };
  });
}

const aloneFor = (count: number) => Math.min(NODES_ALONE, TURNS_ALONE * turnOf('exact', count));

function kindsOf(algorithm: 'auto' | SearchAlgorithm, count: number): readonly StrandKind[] {
  if (algorithm === 'local') return ['local', 'local'];
  if (algorithm === 'windows') return ['windows', 'windows'];
  if (algorithm === 'class-sweep') return ['classes', 'classes'];
  if (algorithm === 'exact' || count <= FEW) return ['exact', 'descent', 'descent', 'descent'];
  if (count <= MANY) return ['exact', 'classes', 'windows', 'classes'];
  if (count <= VERY_MANY) return ['exact', 'classes', 'windows', 'classes', 'heuristics'];
  return ['exact', 'classes', 'classes'];
}

/** A node of the exact search costs the more the more buffers there are, one of the class sweep is quick. */
function turnOf(kind: StrandKind, count: number): number {
  if (kind === 'local') return 5000;
  if (kind === 'classes') return 100_000;
  if (kind === 'windows') return 200_000;
  if (kind === 'heuristics') return count;
  return Math.round(Math.min(4000, Math.max(300, 1e6 / count)));
}

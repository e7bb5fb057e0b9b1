/**
 * Subsolvers: the parts of a search that can run side by side. Algorithm, number of buffers and seed determine them; the
 * number of threads does not, so the plan does not depend on it either.
 */
import type {SearchAlgorithm} from '../model/plan.ts';

/**
 * What a subsolver runs. `dives`: the exact search without its proof, restarted in other orderings; `beam` runs as `dives`
 * where the beam cannot express the problem.
 */
export type SubsolverKind = (typeof SUBSOLVER_KINDS)[number];
export const SUBSOLVER_KINDS = ['exact', 'dives', 'beam', 'local', 'class-sweep', 'lns'] as const;

/** One part of a search. */
export interface Subsolver {
  readonly kind: SubsolverKind;
  readonly seed: number;
  /** Its number among the `parts` subsolvers of its kind, from 0: they divide the strategies among them. */
  readonly part: number;
  readonly parts: number;
  /** Nodes between two syncs of plans and bounds: some ten milliseconds. */
  readonly slice: number;
  /** The same once all subsolvers have joined. */
  readonly lateSlice: number;
  /** Nodes to spend on it where neither nodes nor time are limited: about half a second. */
  readonly worth: number;
  /** Nodes that the first subsolver gets alone: easy problems finish before the others start. */
  readonly after: number;
}

/** Slices, and nodes at most, that the proof gets alone. */
const SLICES_ALONE = 30;
const NODES_ALONE = 40_000;
/** Nodes after which the beams join: dives find more before, beams later. */
const BEFORE_BEAMS = 200_000;
/** A beam's slice is so many times that of the exact search, and dives beside it have shorter ones: most of the time is the beams'. */
const BEAM_SHARE = 4;
const DIVES_BESIDE = 1 / 4;
/** Above so many buffers the class sweep finds more than dives and beams do. */
const FEW = 1000;
/** Slices of the exact search after the first heuristic, before the others, of few buffers: most problems need no more. */
const TRIAL_SLICES = 3;
/** Above so many buffers only the first heuristics run: passes of the class sweep cost less. */
const MANY = 10_000;
const FIRST_HEURISTICS = 3;
/** Above so many, the class sweep makes the first plan, too; it alone is worth its time and memory. */
const VERY_MANY = 60_000;
/** Nodes per buffer of many that the class sweep gets alone, some two passes; and after which the second LNS joins. */
const OPENING_NODES_PER_BUFFER = 8;
const SECOND_LNS_NODES_PER_BUFFER = 60;
/** Heuristics of the portfolio of few buffers (`assembly/heuristics/portfolio.ts`). */
const HEURISTICS_OF_FEW = 27;
/** Slices a subsolver is worth. */
const SLICES = 30;
/** Nodes per buffer that a class sweep is worth: some six passes. */
const NODES_PER_BUFFER = 40;

/**
 * How many heuristics of the portfolio `auto` runs before its subsolvers. Of few buffers all run, too, if `left`, the nodes of
 * the budget, might not suffice for them after the first slices: no plan is worse than that of a heuristic.
 */
export function heuristicsBefore(
  algorithm: 'auto' | SearchAlgorithm | 'portfolio',
  count: number,
  left: number,
): number {
  if (algorithm !== 'auto' || (count > FEW && count <= MANY)) return Number.POSITIVE_INFINITY;
  if (count > VERY_MANY) return 0;
  if (count > MANY) return FIRST_HEURISTICS;
  const needed = TRIAL_SLICES * sliceOf('exact', count) + HEURISTICS_OF_FEW * count;
  return left < needed ? Number.POSITIVE_INFINITY : 1;
}

/** Batches of the search after which `auto` runs the heuristics that are left; infinite where none are to run. */
export function batchesBeforeRest(algorithm: 'auto' | SearchAlgorithm | 'portfolio', count: number): number {
  return algorithm === 'auto' && count <= FEW ? TRIAL_SLICES : Number.POSITIVE_INFINITY;
}

/**
 * The subsolvers of an algorithm. Of two equal plans, that of the earlier one is kept. Where `least` are wanted, more of the
 * same kinds follow, with seeds of their own.
 */
export function subsolversOf(
  algorithm: 'auto' | SearchAlgorithm,
  count: number,
  seed: number,
  least = 0,
): readonly Subsolver[] {
  const kinds = repeated(kindsOf(algorithm, count), least);
  return kinds.map((kind, number) => {
    const slice = sliceOf(kind, count);
    const part = kinds.slice(0, number).filter(other => other === kind).length;
    const isOpening = number === 0 || (algorithm !== 'auto' && algorithm !== 'exact');
    return {
      kind,
      seed: (seed + number * 0x9e3779b9) >>> 0,
      part,
      parts: kinds.filter(other => other === kind).length,
      slice,
      lateSlice: kind === 'dives' && kinds.includes('beam') ? Math.round(slice * DIVES_BESIDE) : slice,
      worth: worthOf(kind, slice, count),
      after: isOpening ? 0 : afterFor(kind, part, kinds[0]!, count),
    };
  });
}

/** All but the first, which proves, again and again until there are `least`. */
function repeated(kinds: readonly SubsolverKind[], least: number): readonly SubsolverKind[] {
  const others = kinds.slice(1);
  const more = Array.from({length: Math.max(0, least - kinds.length)}, (_, i) => others[i % others.length]!);
  return [...kinds, ...more];
}

function afterFor(kind: SubsolverKind, part: number, first: SubsolverKind, count: number): number {
  if (first === 'class-sweep')
    return count * (kind === 'lns' && part > 0 ? SECOND_LNS_NODES_PER_BUFFER : OPENING_NODES_PER_BUFFER);
  return kind === 'beam' ? BEFORE_BEAMS : Math.min(NODES_ALONE, SLICES_ALONE * sliceOf('exact', count));
}

function worthOf(kind: SubsolverKind, slice: number, count: number): number {
  if (kind === 'class-sweep') return Math.max(SLICES * slice, NODES_PER_BUFFER * count);
  return kind === 'beam' ? (SLICES / BEAM_SHARE) * slice : SLICES * slice;
}

function kindsOf(algorithm: 'auto' | SearchAlgorithm, count: number): readonly SubsolverKind[] {
  if (algorithm === 'local') return ['local', 'local'];
  if (algorithm === 'beam') return ['beam', 'beam'];
  if (algorithm === 'windows') return ['lns', 'lns'];
  if (algorithm === 'class-sweep') return ['class-sweep', 'class-sweep'];
  if (algorithm === 'exact') return ['exact', 'dives', 'dives', 'dives'];
  if (count <= FEW) return ['exact', 'dives', 'dives', 'dives', 'beam', 'beam'];
  if (count <= MANY) return ['exact', 'class-sweep', 'lns', 'class-sweep'];
  // in this order two threads have one of each kind
  if (count <= VERY_MANY) return ['class-sweep', 'class-sweep', 'lns', 'lns', 'exact'];
  return ['class-sweep', 'class-sweep', 'exact'];
}

/** A node of the exact search costs more the more buffers there are; a node of the class sweep is cheap. */
function sliceOf(kind: SubsolverKind, count: number): number {
  if (kind === 'local') return 5000;
  if (kind === 'lns') return 200_000;
  if (kind === 'class-sweep') return count <= MANY ? 100_000 : 200_000;
  if (kind === 'beam') return BEAM_SHARE * sliceOf('exact', count);
  return Math.round(Math.min(4000, Math.max(300, 1e6 / count)));
}

/** The arguments and results of a planner: options, plans, bounds, progress and violations. */

import {HEURISTICS, type VIOLATION_KINDS} from './names.ts';
import type {Bytes, Tick} from './numbers.ts';

/** A heuristic by name. */
export type Heuristic = (typeof HEURISTICS)[number];
/** A search by name. */
export type SearchAlgorithm = (typeof SEARCHES)[number];
const SEARCHES = ['class-sweep', 'windows', 'local', 'exact', 'beam'] as const;
/**
 * What made a plan. `rigid` packs buffers that are tied together; `hints` are the problem's, completed where they leave
 * something open.
 */
export type Solver = SearchAlgorithm | Heuristic | 'rigid' | 'hints';
/**
 * What to run. `portfolio`: the heuristics worth running for the size, the best plan kept. `local`: the portfolio, then
 * local search below its best plan. `exact`: greedy by size, then the exact search below its plan. `beam`: the portfolio, then the beam
 * search, or dives of the exact search where a buffer has gaps or a fixed offset, or lifetimes fall into several partitions. `auto`: the
 * portfolio, then the exact search.
 */
export type Algorithm = 'auto' | 'portfolio' | SearchAlgorithm | Heuristic;

export {HEURISTICS};

/** Every name that `PlanOptions.algorithm` takes. */
export const ALGORITHMS: readonly Algorithm[] = ['auto', 'portfolio', ...SEARCHES, ...HEURISTICS];

/**
 * What is known of a plan.
 * - `optimal`: no plan has a smaller peak (the peak equals the lower bound).
 * - `feasible`: a verified plan, within the capacity where one was given.
 * - `infeasible`: proven that no plan keeps to the capacity and the fixed offsets.
 * - `unknown`: none was found within the capacity, which proves nothing; the offsets are the best found.
 */
export type PlanStatus = 'optimal' | 'feasible' | 'infeasible' | 'unknown';

/** A verified answer. */
export interface Plan {
  /** Bytes from the start of the arena, in the order of the problem's buffers; empty where fixed offsets clash. */
  readonly offsets: Float64Array;
  /** max(offset + size), bytes; NaN where there are no offsets. */
  readonly peak: Bytes;
  /** Bytes that no plan can undercut; the search may prove more than `Planner.lowerBound`. */
  readonly lowerBound: Bytes;
  /**
   * Present where the lower bound rests on what a seat has proven (`AsyncPlanOptions.seats`): that proof was not repeated here, so
   * "optimal" and "infeasible" hold as far as the seat is trusted. The plan itself was verified here.
   */
  readonly boundElsewhere?: true;
  readonly status: PlanStatus;
  /** What made the offsets. The portfolio also runs heuristics with ties in the order of the input, under the same names. */
  readonly algorithm: Solver;
  /** Work done: buffers placed, over all attempts. */
  readonly nodes: number;
  readonly seed: number;
  /** Wall-clock time spent waiting for threads to start, solving, and verifying, seconds. */
  readonly seconds: {readonly start: number; readonly solve: number; readonly verify: number};
  /** Two buffers whose fixed offsets collide: no plan exists at all. */
  readonly clash?: Violation;
  /**
   * For a problem with pools or separation: its arenas, none of them empty. The peak is then the sum of theirs, the
   * lower bound that of plans that cost no more.
   */
  readonly arenas?: readonly PlanArena[];
  /** Per buffer: the arena its offset counts from, by index; without meaning for a buffer that is never live. */
  readonly arenaOf?: Uint32Array;
  /** For a problem with parts: each in a range of the arena, from `start`; `peak` and `lowerBound` are bytes from there. */
  readonly parts?: readonly PlanPart[];
  /** For a problem with pools: Σ size × accesses × cost of the pool, and the lower bound of this cost. */
  readonly cost?: number;
  readonly costBound?: number;
  /** For a problem with in-place pairs: the pairs taken, by index. */
  readonly inPlace?: readonly number[];
  /** For a problem with pools that provably cannot fit: the reason, if a single one suffices. */
  readonly obstacle?: Obstacle;
}

/** How to plan. */
export interface PlanOptions {
  /** Default `auto`. */
  readonly algorithm?: Algorithm;
  /** Bytes; overrides the problem's. Planning stops at the first verified plan that fits. */
  readonly capacity?: Bytes;
  /** Bytes; for buffers without an alignment of their own, instead of the problem's. */
  readonly alignment?: Bytes;
  /** With a capacity: go on below it, for the smallest peak. Default false. */
  readonly minimize?: boolean;
  /** Integer 0 … 2^32 − 1, for the searches that draw at random; same seed, same plan. Default 1. */
  readonly seed?: number;
  /**
   * Nodes to spend at most; at least one heuristic runs to its end. The plan is then the same everywhere. Where neither
   * nodes nor time are limited, the search after the first heuristics gets what it does in a second or two; with a
   * million buffers, in some ten seconds.
   */
  readonly nodeLimit?: number;
  /** Milliseconds after which nothing new is begun; the plan then depends on the machine. */
  readonly timeLimitMs?: number;
  /** Called with every better plan, verified, as it is found; planning ends where it returns false. */
  readonly onPlan?: (plan: Plan) => boolean | undefined;
  /** Called with the bounds before anything is planned, and after every portion of work, some tens of milliseconds. */
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * The way to a seat: something that executes subsolvers elsewhere, in another process or on another machine, by
 * `Planner.openSeat`. A channel may be used by one solve after another.
 */
export interface SeatChannel {
  /** Called when a solve is so hard that seats will be used; before, nothing need be prepared. */
  open?(): void;
  /**
   * Carries a request to the seat, and returns its reply. Where a seat is lost, another may take its place and answer in its
   * stead, the same request or the next one: it will be sent what it lacks. A rejection means that nobody will: what the seat
   * has done is then done again here.
   */
  send(request: Uint8Array): Promise<Uint8Array>;
}

/** How to plan in workers. */
export interface AsyncPlanOptions extends PlanOptions {
  /**
   * Workers to plan in at most. Default 1. Without `timeLimitMs` the plan does not depend on it: the same subsolvers run
   * for any number of threads and sync plans and bounds after the same nodes.
   */
  readonly threads?: number;
  /**
   * Seats to plan in beside the threads. Without `timeLimitMs` the plan does not depend on them. Every plan that comes from one is
   * verified here; a lower bound is not, see `Plan.boundElsewhere`. The exact search stays in the threads.
   */
  readonly seats?: readonly SeatChannel[];
  /**
   * With seats: they do not wait for each other, and more of them have more subsolvers. The plan then depends on who is faster,
   * and is another one at the next time. Default false.
   */
  readonly opportunistic?: boolean;
  /** Aborted, it ends planning with the best plan so far; before the first plan, with the signal's reason as error. */
  readonly signal?: AbortSignal;
}

/** How far planning has come. */
export interface Progress {
  /** As they were known at the beginning. */
  readonly bounds: Bounds;
  /** Peak of the best plan so far, bytes, and the algorithm that found it; absent before the first. */
  readonly peak?: Bytes;
  readonly algorithm?: Solver;
  /** Bytes that no plan can undercut, as proven by now. */
  readonly lowerBound: Bytes;
  /** Buffers placed so far, over all attempts. */
  readonly nodes: number;
  /** Wall-clock time so far. */
  readonly seconds: number;
  /** Part of the budget that is spent, 0 … 1; of the time or the nodes, whichever is nearer to its end. */
  readonly spent: number;
}

/** One way in which offsets break a problem's rules. */
export interface Violation {
  /**
   * `overlap`: two buffers share a byte at a tick. `misaligned`: the offset is no multiple of the alignment.
   * `moved`: it differs from the fixed offset. `over-capacity`: the top is above the capacity. `out-of-range`: the
   * offset or top is no integer from 0 to 2^53 − 1.
   *
   * For constraints: `not-shared`, `not-in-view`, `not-adjacent`: b is not where it must be from a. `together`: both in
   * one arena that must be apart. `not-apart`: a byte is used by two parts. `wrong-pool`, `too-large`: the pool may not take it, or not as large. `no-arena`: it
   * is in none. `extra-arena`: they are in two arenas of a pool that has one.
   */
  readonly kind: ViolationKind;
  /** Index of the buffer. */
  readonly a: number;
  /** Index of the other buffer, where there are two. */
  readonly b?: number;
}

export type ViolationKind =
  | (typeof VIOLATION_KINDS)[number]
  | 'not-shared'
  | 'not-in-view'
  | 'not-adjacent'
  | 'together'
  | 'not-apart'
  | 'wrong-pool'
  | 'too-large'
  | 'no-arena'
  | 'extra-arena';

/** One memory of a plan that has several: offsets count from its beginning. */
export interface PlanArena {
  /** Its pool, by index and by name. */
  readonly pool: number;
  readonly name: string;
  /** max(offset + size) of the buffers in it, bytes. */
  readonly peak: Bytes;
  /** Bytes that these buffers need at least. */
  readonly lowerBound: Bytes;
  /** Bytes it may hold at most; unlimited where absent. */
  readonly capacity?: Bytes;
}

/** A range of the arena that one part of the buffers has to itself. Bytes. */
export interface PlanPart {
  readonly name: string;
  readonly start: Bytes;
  readonly peak: Bytes;
  readonly lowerBound: Bytes;
}

/** Why nothing fits: the needed and the available bytes. */
export interface Obstacle {
  /** Names of the pools that are too small, together. */
  readonly pools: readonly string[];
  /** Bytes they hold, and bytes that are needed there. */
  readonly capacity: Bytes;
  readonly needed: Bytes;
  /** Index of the buffer that is too large by itself; absent where it is several at an instant. */
  readonly buffer?: number;
}

/** The lower bound of a problem and its instant. */
export interface Bounds {
  /** Bytes no plan can undercut. */
  readonly lowerBound: Bytes;
  /** The largest Σ sizes of buffers live together, bytes: the lower bound without padding and fixed offsets. */
  readonly load: Bytes;
  /** The first ticks `[start, end)` that make the lower bound. */
  readonly start: Tick;
  readonly end: Tick;
  readonly sections: number;
  readonly partitions: number;
  /**
   * For a problem with clocks: so many pieces of lifetimes make the bound, each two of which may be live together; they are within
   * `start` and `end`. Absent where ticks say the same as the clocks.
   */
  readonly unordered?: number;
}

/** The bounds of a problem in which nothing is ever live. */
export const NO_BOUNDS: Bounds = {
  lowerBound: 0,
  load: 0,
  start: 0,
  end: 0,
  sections: 0,
  partitions: 0,
};

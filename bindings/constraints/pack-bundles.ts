/**
 * Bundles of several slices in one arena: lowest fit in several orders, and an exact search.
 *
 * The search decides, for two slices that need the same bytes at the same time, which one is above the other. Each
 * decision is "bundle j begins at least d bytes after bundle i"; the lowest offsets that keep to a set of such demands
 * are their least fixpoint, from 0 upwards, so no plan that keeps to them has a lower peak. Where nothing collides at
 * the fixpoint, it is a plan. Every plan keeps to one of the two decisions at each branch, so the search misses none.
 */
import type {Bytes} from '../model/numbers.ts';
import type {Solver} from '../model/plan.ts';
import {NO_OFFSET} from '../model/problem.ts';
import type {AlignedBundle} from './aligned.ts';
import {meet} from './pieces.ts';
import {areaOf} from './shapes.ts';
import type {Solving} from './subproblems.ts';
import {Work} from './work.ts';

/** `j` begins at least `distance` bytes after `i`. */
interface Demand {
  readonly i: number;
  readonly j: number;
  readonly distance: Bytes;
}

/** Two slices that are live together: bundle `j` is clear of `i` above `up` bytes from it, or below −`down`. */
interface Rivals {
  readonly i: number;
  readonly j: number;
  readonly up: Bytes;
  readonly down: Bytes;
}

/** Slices times stretches of lifetimes that are compared with each other at most. */
const MOST_COMPARED = 40_000_000;

/** Whether so much can be compared that the search is of use. */
export function isSearchable(bundles: readonly AlignedBundle[]): boolean {
  let slices = 0;
  let ticks = 0;
  for (const bundle of bundles) {
    slices += bundle.slices.length;
    for (const {pieces} of bundle.slices) ticks += pieces.length;
  }
  return slices * ticks <= MOST_COMPARED;
}

/** Rounds for demands with mixed alignments: rounding may let them settle late. */
const MOST_ROUNDS = 1000;

/** Pairs that the search may look at, over all nodes: each looks at all of them. */
const MOST_LOOKS = 50_000_000;

/** Offsets of the bundles, bytes; undefined where none are found, as where fixed bundles collide. */
export type Offsets = Float64Array | undefined;

export class RigidSearch {
  readonly bundles: readonly AlignedBundle[];
  #rivals: readonly Rivals[] = [];
  /** The same by bundle. */
  readonly #rivalsOf: readonly Rivals[][];
  readonly #work = new Work();
  best: Offsets;
  /** What made the best. */
  algorithm: Solver = 'rigid';
  /** Bytes; infinite where there is no plan. */
  peak: Bytes = Number.POSITIVE_INFINITY;
  nodes = 0;
  /** Rounds after which demands that are still not met never will be. */
  readonly #mostRounds: number;
  /** Whether a branch was given up that might hold a plan. */
  #isCut = false;

  constructor(bundles: readonly AlignedBundle[]) {
    this.bundles = bundles;
    this.#rivalsOf = bundles.map(() => []);
    this.#mostRounds = this.#isEvenlyAligned ? bundles.length : MOST_ROUNDS;
  }

  /** The search, once it knows what is live together. */
  static *of(bundles: readonly AlignedBundle[]): Solving<RigidSearch> {
    const search = new RigidSearch(bundles);
    search.#rivals = yield* rivalsOf(bundles, search.#work);
    for (const pair of search.#rivals) {
      search.#rivalsOf[pair.i]!.push(pair);
      search.#rivalsOf[pair.j]!.push(pair);
    }
    return search;
  }

  /** Then offsets rise by whole units, and one that rises more often than there are bundles rises for ever. */
  get #isEvenlyAligned(): boolean {
    const free = this.bundles.filter(({fixed}) => fixed === NO_OFFSET);
    return free.every(({alignment}) => alignment === free[0]!.alignment);
  }

  /** Takes a plan over if it is better. */
  offer(offsets: Float64Array, algorithm: Solver = 'rigid'): void {
    const peak = this.#peakOf(offsets);
    if (peak >= this.peak || this.#collision(offsets) !== undefined) return;
    this.peak = peak;
    this.best = offsets.slice();
    this.algorithm = algorithm;
  }

  /** Lowest fit in several orders, until `isOver`. */
  *fit(isOver: () => boolean): Solving<void> {
    const rank = (key: (bundle: AlignedBundle) => number) =>
      this.bundles.map((_, k) => k).sort((a, b) => key(this.bundles[b]!) - key(this.bundles[a]!) || a - b);
    const ticks = ({slices}: AlignedBundle) => -(slices[0]?.pieces[0] ?? 0);
    for (const key of [
      ({extent}: AlignedBundle) => extent,
      ({slices}: AlignedBundle) => areaOf(slices),
      ticks,
    ]) {
      const offsets = yield* this.#lowestFit(rank(key), isOver);
      if (offsets === undefined) return;
      this.offer(offsets);
    }
  }

  /** Undefined where `isOver` ends it. */
  *#lowestFit(order: readonly number[], isOver: () => boolean): Solving<Offsets> {
    const offsets = new Float64Array(this.bundles.length).fill(NO_OFFSET);
    const fixed = order.filter(k => this.bundles[k]!.fixed !== NO_OFFSET);
    for (const k of fixed) offsets[k] = this.bundles[k]!.fixed;
    for (const k of order) {
      if (offsets[k] !== NO_OFFSET) continue;
      this.nodes++;
      let offset = 0;
      for (
        let next = this.#pushed(k, offset, offsets);
        next > offset;
        next = this.#pushed(k, offset, offsets)
      ) {
        offset = next;
        if (this.#work.isDue(this.#rivalsOf[k]!.length)) {
          yield;
          if (isOver()) return undefined;
        }
      }
      offsets[k] = offset;
    }
    return offsets;
  }

  /** Where bundle `k` must move up to from `offset`, if something placed is in the way. */
  #pushed(k: number, offset: Bytes, offsets: Float64Array): Bytes {
    const {alignment} = this.bundles[k]!;
    for (const {i, j, up, down} of this.#rivalsOf[k]!) {
      const other = offsets[i === k ? j : i]!;
      if (other === NO_OFFSET) continue;
      // as j: clear from other + up on, or up to other − down; as i: the other way round
      const [above, below] = i === k ? [down, up] : [up, down];
      if (offset >= other + above || offset <= other - below) continue;
      return Math.ceil((other + above) / alignment) * alignment;
    }
    return offset;
  }

  /**
   * Searches for plans below the best until `nodes` are spent, `isOver`, or one of `target` bytes is found.
   * @returns whether it is proven that there is none below the best, or of `target` bytes.
   */
  *search(nodes: number, target: Bytes, isOver: () => boolean): Solving<boolean> {
    const start = Float64Array.from(this.bundles, ({fixed}) => (fixed === NO_OFFSET ? 0 : fixed));
    const end = this.nodes + Math.min(nodes, Math.ceil(MOST_LOOKS / (this.#rivals.length + 1)));
    const stack: {readonly offsets: Float64Array; readonly demands: readonly Demand[]}[] = [
      {offsets: start, demands: []},
    ];
    while (stack.length > 0) {
      if (this.peak <= target) return true;
      if (this.nodes >= end) return false;
      this.nodes++;
      const {offsets, demands} = stack.pop()!;
      if (this.#work.isDue(this.#rivals.length + 2 * demands.length)) {
        yield;
        if (isOver()) return false;
      }
      // a smaller peak may have been found since
      if (this.#peakOf(offsets) >= this.peak) continue;
      const found = this.#collision(offsets);
      if (found === undefined) {
        this.offer(offsets);
        continue;
      }
      const {i, j, up, down} = found;
      const branches = [
        {i: j, j: i, distance: down},
        {i, j, distance: up},
      ];
      for (const demand of branches) {
        const kept = [...demands, demand];
        const raised = this.#raised(offsets, kept, this.peak);
        if (raised !== undefined) stack.push({offsets: raised, demands: kept});
      }
    }
    return !this.#isCut;
  }

  /** The least offsets from these on that keep to the demands, where their peak is below `limit`. */
  #raised(offsets: Float64Array, demands: readonly Demand[], limit: Bytes): Offsets {
    const raised = offsets.slice();
    let isSettled = false;
    for (let round = 0; !isSettled; round++) {
      if (round > this.#mostRounds) {
        this.#isCut ||= !this.#isEvenlyAligned;
        return undefined;
      }
      isSettled = true;
      for (const {i, j, distance} of demands) {
        if (raised[j]! >= raised[i]! + distance) continue;
        if (this.bundles[j]!.fixed !== NO_OFFSET) return undefined;
        const {alignment} = this.bundles[j]!;
        raised[j] = Math.ceil((raised[i]! + distance) / alignment) * alignment;
        if (raised[j]! + this.bundles[j]!.extent >= limit || raised[j]! > Number.MAX_SAFE_INTEGER)
          return undefined;
        isSettled = false;
      }
    }
    return raised;
  }

  /** Two slices that need the same bytes at the same time; undefined for a plan. */
  #collision(offsets: Float64Array): Rivals | undefined {
    return this.#rivals.find(({i, j, up, down}) => {
      const apart = offsets[j]! - offsets[i]!;
      return apart < up && apart > -down;
    });
  }

  #peakOf(offsets: Float64Array): Bytes {
    return this.bundles.reduce((peak, {extent}, k) => Math.max(peak, offsets[k]! + extent), 0);
  }
}

/** Pairs of slices of two bundles that are live together, the largest first. */
function* rivalsOf(bundles: readonly AlignedBundle[], work: Work): Solving<Rivals[]> {
  const found: Rivals[] = [];
  for (const [j, b] of bundles.entries()) {
    for (let i = 0; i < j; i++) {
      for (const s of bundles[i]!.slices) {
        for (const t of b.slices) {
          if (meet(s.pieces, t.pieces)) found.push({i, j, up: s.to - t.from, down: t.to - s.from});
        }
        if (work.isDue(b.slices.length * s.pieces.length)) yield;
      }
    }
  }
  return found.sort((a, b) => b.up + b.down - (a.up + a.down));
}

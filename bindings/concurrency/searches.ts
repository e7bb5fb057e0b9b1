/** Searches by conflicts: first fit by ranks, local search, and an exact search, in turns. */
import type {Solving} from '../constraints/subproblems.ts';
import type {Bytes} from '../model/numbers.ts';
import {ExactSearch} from './exact.ts';
import {FEW, firstFit, isRank, orderBy, orderOfOffsets, RANKS} from './first-fit.ts';
import {hintsKept} from './hints.ts';
import type {ClocksIncumbent} from './incumbent.ts';
import {LocalSearch} from './local.ts';
import {type Packing, peakOf} from './packing.ts';
import {Draws} from './random.ts';
import {Reorder} from './reorder.ts';

/** Buffers of an exact search at most, and nodes of it between two looks at the clock. */
const MOST_EXACT = 1000;
const EXACT_SLICE = 200;
/** Steps of one attempt of a search. */
const STEPS_OF_ATTEMPT = 6_000_000;

export class Searches {
  readonly #incumbent: ClocksIncumbent;
  readonly #packing: Packing;
  readonly #draws: Draws;
  #reorder: Reorder | undefined;
  /** The order of the best rank. */
  #order: Uint32Array | undefined;

  constructor(incumbent: ClocksIncumbent, packing: Packing) {
    this.#incumbent = incumbent;
    this.#packing = packing;
    this.#draws = new Draws(incumbent.options.seed ?? 1);
  }

  /** First fit by ranks, or by the one that is asked for. */
  *byRanks(): Solving<void> {
    const {algorithm = 'auto'} = this.#incumbent.options;
    const chosen = isRank(algorithm) ? [algorithm] : this.#packing.count <= FEW ? RANKS : RANKS.slice(0, 3);
    for (const rank of chosen) {
      const order = orderBy(rank, this.#packing);
      const offsets = yield* this.#fit(order);
      if (peakOf(this.#packing, offsets) < this.#incumbent.peak) this.#order = order;
      yield* this.#incumbent.accept(offsets, rank);
      if (this.#incumbent.isOver) return;
    }
  }

  *#fit(order: ArrayLike<number>, packing = this.#packing): Solving<Float64Array> {
    const steps = firstFit(packing, order);
    let next = steps.next();
    while (!next.done) {
      this.#incumbent.spend(next.value, this.#packing.count * next.value);
      yield;
      next = steps.next();
    }
    return next.value;
  }

  /** Exact search and local search, in turns. `clique`: buffers that all conflict. */
  *inTurns(clique: readonly number[]): Solving<void> {
    const exact =
      this.#packing.count <= MOST_EXACT
        ? new ExactSearch(this.#packing, this.#incumbent.peak, [clique])
        : undefined;
    for (let round = 0; !this.#incumbent.isOver && !this.#incumbent.isWorn; round++) {
      const began = this.#incumbent.steps;
      if (exact) yield* this.#exactly(exact);
      const spent = this.#incumbent.steps - began;
      // orders most of all: they gain the most where buffers are many
      if (!this.#incumbent.isOver && !this.#incumbent.isWorn && this.#incumbent.options.algorithm !== 'exact')
        yield* this.#reordered(3 * Math.max(spent, STEPS_OF_ATTEMPT));
      if (!this.#incumbent.isOver && !this.#incumbent.isWorn && this.#incumbent.options.algorithm !== 'exact')
        yield* this.#locally(round, Math.max(spent, STEPS_OF_ATTEMPT));
    }
  }

  *#exactly(exact: ExactSearch): Solving<void> {
    exact.peak = Math.min(exact.peak, this.#incumbent.peak);
    const before = exact.found;
    const end = this.#incumbent.steps + STEPS_OF_ATTEMPT;
    while (!exact.isDone && this.#incumbent.steps < end && !this.#incumbent.subproblems.isOver) {
      const nodes = exact.run(EXACT_SLICE);
      this.#incumbent.spend(nodes, (nodes + 1) * (this.#packing.count * 10 + 5000));
      if (exact.found !== before) break;
      yield;
    }
    if (exact.found && exact.found !== before) yield* this.#incumbent.accept(exact.found, 'exact');
    if (!exact.isDone) return;
    this.#incumbent.raise(this.#incumbent.peak);
    this.#incumbent.refresh();
  }

  *#reordered(most: number): Solving<void> {
    const known = this.#reorder;
    const order = isRank(this.#incumbent.best!.algorithm) ? this.#order : undefined;
    const search =
      known && known.peak <= this.#incumbent.peak
        ? known
        : new Reorder(this.#packing, this.#incumbent.bestOffsets, this.#draws, order);
    this.#reorder = search;
    const end = this.#incumbent.steps + most;
    while (
      this.#incumbent.steps < end &&
      !this.#incumbent.subproblems.isOver &&
      search.peak > this.#incumbent.enough
    ) {
      const before = search.steps;
      this.#incumbent.spend(search.move(), 0);
      this.#incumbent.steps += search.steps - before;
      yield;
    }
    if (search.peak < this.#incumbent.peak) yield* this.#incumbent.accept(search.offsets, 'local');
  }

  *#locally(round: number, most: number): Solving<void> {
    const offsets = this.#incumbent.bestOffsets;
    const peak = this.#incumbent.peak;
    const room = peak - this.#incumbent.lowerBound;
    // from the bound up to just below the best plan, in turns
    const share = [0, 6, 4, 7, 2][round % 5]!;
    const height = Math.min(peak - 1, this.#incumbent.lowerBound + Math.floor((room / 8) * share));
    const search = new LocalSearch(this.#packing, offsets, height, this.#draws);
    const end = this.#incumbent.steps + most;
    while (!search.isDone && this.#incumbent.steps < end && !this.#incumbent.subproblems.isOver) {
      const before = search.steps;
      let moved = 0;
      for (let k = 0; k < 16 && !search.isDone; k++) {
        const now = search.move();
        if (now === 0) return this.#incumbent.spend(1, most);
        moved += now;
      }
      this.#incumbent.spend(moved, search.steps - before);
      yield;
    }
    if (!search.isDone) return;
    const lowered = yield* this.#fit(orderOfOffsets(search.offsets));
    const isLower = peakOf(this.#packing, lowered) <= peakOf(this.#packing, search.offsets);
    yield* this.#incumbent.accept(isLower ? lowered : search.offsets, 'local');
  }

  /** The plan made from the hints, if there are any. */
  *hinted(): Solving<{readonly offsets: Float64Array; readonly peak: Bytes} | undefined> {
    const {hint} = this.#incumbent.live;
    if (hint === undefined) return undefined;
    const fixed = hintsKept(this.#packing, hint);
    const offsets = yield* this.#fit(orderBy('greedy-by-size', this.#packing), {...this.#packing, fixed});
    return {offsets, peak: peakOf(this.#packing, offsets)};
  }
}

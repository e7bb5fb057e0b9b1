/** Portfolios and searches that run in the core, stepped and read from here. */
import {type CoreExports, STATUS} from './abi.ts';

/** A begun portfolio; the best plan so far can be read at any time. */
export class CorePortfolio {
  readonly #core: CoreExports;
  readonly #at: number;
  readonly #crossing: () => Float64Array;

  constructor(core: CoreExports, at: number, crossing: () => Float64Array) {
    this.#core = core;
    this.#at = at;
    this.#crossing = crossing;
  }

  /** Goes on for about `nodes` nodes, at least one heuristic; whether there is more to do. */
  step(nodes: number): boolean {
    return this.#core.portfolioStep(this.#at, nodes) === STATUS.RUNNING;
  }

  /** Peak of the best plan so far, bytes. */
  get peak(): number {
    return this.#core.portfolioPeak(this.#at);
  }

  /** Number of the heuristic that made it. */
  get heuristic(): number {
    return this.#core.portfolioAlgorithm(this.#at);
  }

  /** Its offsets, bytes; undefined where its peak is above 2^53 − 1. */
  plan(): Float64Array | undefined {
    return this.#core.portfolioPlan(this.#at) === STATUS.PEAK_TOO_LARGE ? undefined : this.#crossing();
  }
}

/** A begun search; its best plan so far can be read at any time. */
export class CoreSearch {
  readonly #core: CoreExports;
  readonly #at: number;
  readonly #step: (nodes: number) => number;
  /** A fresh view of `crossing`. */
  readonly #crossing: () => Float64Array;
  /** Takes over the plan in `crossing`; absent where a search has no use for offsets. */
  readonly #adopt: (() => void) | undefined;

  constructor(
    core: CoreExports,
    at: number,
    step: (nodes: number) => number,
    crossing: () => Float64Array,
    adopt?: () => void,
  ) {
    this.#core = core;
    this.#at = at;
    this.#step = step;
    this.#crossing = crossing;
    this.#adopt = adopt;
  }

  /** Sends it a valid plan of another search, offsets in bytes: a search that improves plans continues from the better one. */
  adopt(offsets: Float64Array): void {
    if (this.#adopt === undefined) return;
    this.#crossing().set(offsets);
    this.#adopt();
  }

  /** Goes on for about `nodes` nodes; whether there is more to do. */
  step(nodes: number): boolean {
    return this.#step(nodes) === STATUS.RUNNING;
  }

  /** Peak of the best plan elsewhere, bytes: it looks for smaller ones. */
  set incumbent(bytes: number) {
    this.#core.searchIncumbent(this.#at, bytes);
  }

  /** Bytes: no plan below this exists or is wanted. */
  set target(bytes: number) {
    this.#core.searchTarget(this.#at, bytes);
  }

  /** Peak of its best plan, bytes; undefined while it has none. */
  get peak(): number | undefined {
    const peak = this.#core.searchPeak(this.#at);
    return peak < 0 ? undefined : peak;
  }

  /** Bytes that no plan can undercut, as proven so far. */
  get lowerBound(): number {
    return this.#core.searchLowerBound(this.#at);
  }

  /** Nodes spent. */
  get nodes(): number {
    return this.#core.searchNodes(this.#at);
  }

  /** Offsets of its best plan, bytes; undefined where it has none, or one whose peak is above 2^53 − 1. */
  plan(): Float64Array | undefined {
    return this.#core.searchPlan(this.#at) === STATUS.PEAK_TOO_LARGE ? undefined : this.#crossing().slice();
  }
}

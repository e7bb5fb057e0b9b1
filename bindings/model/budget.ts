/** The budget of a solve, and its consumption. */
import type {Bounds, Plan, PlanOptions, Progress} from './plan.ts';

export class Budget {
  readonly #began = performance.now();
  readonly #timeLimitMs: number;
  readonly #nodeLimit: number | undefined;
  /** Nodes spent. */
  nodes = 0;
  /** Nodes after which work ends by itself, without a `nodeLimit`. */
  end: number;

  constructor({timeLimitMs = Number.POSITIVE_INFINITY, nodeLimit}: PlanOptions, end: number) {
    this.#timeLimitMs = timeLimitMs;
    this.#nodeLimit = nodeLimit;
    this.end = end;
  }

  get seconds(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** Nodes that are left; negative where more were spent. */
  get left(): number {
    return (this.#nodeLimit ?? this.end) - this.nodes;
  }

  get isLate(): boolean {
    return performance.now() - this.#began > this.#timeLimitMs;
  }

  /** The part that is spent, 0 … 1: of the time or of the nodes, whichever is more. */
  get spent(): number {
    const ms = performance.now() - this.#began;
    return Math.min(1, Math.max(ms / this.#timeLimitMs, this.nodes / (this.#nodeLimit ?? this.end)));
  }

  /** What `onProgress` is called with. `lowerBound` in bytes. */
  progress(bounds: Bounds, best: Plan | undefined, lowerBound: number): Progress {
    const {nodes, seconds, spent} = this;
    const found = best === undefined ? {} : {peak: best.peak, algorithm: best.algorithm};
    return {bounds, ...found, lowerBound, nodes, seconds, spent};
  }
}

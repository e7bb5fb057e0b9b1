/**
 * The least bytes that must move, by sets of buffers that cannot all stay. Each such core is proven by the planner, with the buffers
 * fixed where they were and the allowed peak as capacity. The lightest set of moves that breaks all known cores is a lower bound; where
 * the others can stay, it is the answer, else they have a new core. (Implicit hitting sets, as MaxHS does: Davies and Bacchus, "Solving
 * MAXSAT by Solving a Sequence of Simpler SAT Instances", CP 2011.)
 */
import type {Bytes} from '../model/numbers.ts';
import type {Plan} from '../model/plan.ts';

/** Whether all of these buffers can stay: such a plan, or whether it is proven that there is none. */
export type CanStay = (staying: readonly number[]) => {
  readonly plan?: Plan;
  readonly isProven: boolean;
};

/** What the search came to. */
export interface CoresResult {
  /** Bytes that move in every plan. */
  readonly lowerBound: Bytes;
  /** A plan that moves no more than that. */
  readonly plan?: Plan;
}

/** Nodes of one search for the lightest set of moves. */
const MOST_NODES = 200_000;

export class Cores {
  readonly #buffers: readonly number[];
  readonly #weight: (buffer: number) => Bytes;
  readonly #canStay: CanStay;
  readonly #cores: (readonly number[])[] = [];
  #nodes = 0;
  lowerBound: Bytes = 0;

  constructor(buffers: readonly number[], weight: (buffer: number) => Bytes, canStay: CanStay) {
    // the heaviest first: a core is to consist of the others
    this.#buffers = [...buffers].sort((a, b) => weight(b) - weight(a) || a - b);
    this.#weight = weight;
    this.#canStay = canStay;
  }

  /** Until the answer is proven, `isOver`, or nothing more can be proven; pauses after every question to the planner. */
  *search(isOver: () => boolean): Generator<undefined, CoresResult> {
    for (;;) {
      const moving = this.#lightest();
      if (moving === undefined) return {lowerBound: this.lowerBound};
      this.lowerBound = Math.max(this.lowerBound, sumOf(moving, this.#weight));
      const isMoving = new Set(moving);
      const staying = this.#buffers.filter(i => !isMoving.has(i));
      yield;
      if (isOver()) return {lowerBound: this.lowerBound};
      const {plan, isProven} = this.#canStay(staying);
      if (plan) return {lowerBound: this.lowerBound, plan};
      if (!isProven) return {lowerBound: this.lowerBound};
      const found = yield* this.#disjointCores(staying, isOver);
      if (!found) return {lowerBound: this.lowerBound};
    }
  }

  /** Cores of what cannot stay, without common buffers. */
  *#disjointCores(staying: readonly number[], isOver: () => boolean): Generator<undefined, boolean> {
    let left = staying;
    for (let found = 0; ; found++) {
      if (found > 0) {
        const {plan, isProven} = this.#canStay(left);
        if (plan || !isProven) return true;
      }
      let core = left;
      for (const i of left) {
        yield;
        if (isOver()) return found > 0;
        const without = core.filter(j => j !== i);
        const answer = this.#canStay(without);
        if (!answer.plan && answer.isProven) core = without;
      }
      this.#cores.push(core);
      // without any of them the problem itself has no plan, which it has
      if (core.length === 0) return false;
      const isInCore = new Set(core);
      left = left.filter(i => !isInCore.has(i));
    }
  }

  /** The lightest set of buffers with one of each core; undefined where the search for it is too long. */
  #lightest(): readonly number[] | undefined {
    this.#nodes = 0;
    let best: {readonly chosen: readonly number[]; readonly bytes: Bytes} | undefined;
    const visit = (chosen: readonly number[], bytes: Bytes, banned: ReadonlySet<number>): void => {
      if (++this.#nodes > MOST_NODES) return;
      const open = this.#cores.filter(core => !core.some(i => chosen.includes(i)));
      if (best && bytes + this.#boundOf(open, banned) >= best.bytes) return;
      if (open.length === 0) {
        best = {chosen, bytes};
        return;
      }
      const core = open.reduce((few, one) => (one.length < few.length ? one : few));
      const excluded = new Set(banned);
      for (const i of [...core].reverse()) {
        if (!excluded.has(i)) visit([...chosen, i], bytes + this.#weight(i), excluded);
        // the other branches do without it
        excluded.add(i);
      }
    };
    visit([], 0, new Set());
    return this.#nodes > MOST_NODES ? undefined : best?.chosen;
  }

  /** Σ over cores without common buffers of the lightest of each. */
  #boundOf(open: readonly (readonly number[])[], banned: ReadonlySet<number>): Bytes {
    const used = new Set<number>();
    let bytes = 0;
    for (const core of open) {
      if (core.some(i => used.has(i))) continue;
      const least = core.reduce((low, i) => (banned.has(i) ? low : Math.min(low, this.#weight(i))), Infinity);
      for (const i of core) used.add(i);
      bytes += least;
    }
    return bytes;
  }
}

function sumOf(buffers: readonly number[], weight: (buffer: number) => Bytes): Bytes {
  return buffers.reduce((sum, i) => sum + weight(i), 0);
}

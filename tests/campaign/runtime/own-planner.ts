/** Planners that share no code with the product: a right one, one that answers at random, one that throws. */
import type {ProblemColumns} from '../../../bindings/model/problem.ts';
import type {Planner} from '../../../bindings/planner/planner.ts';
import type {Runtime} from '../../../bindings/runtime.ts';

export class PlannerError extends Error {}

type AnyPlanner = Pick<Planner, 'plan' | 'planAsync'>;

export class OwnPlanner {
  /** Those that wait for `settle`. */
  #waiting: (() => void)[] = [];
  #started: Promise<void>[] = [];
  #state = 1;

  of(quality: number): AnyPlanner {
    const plan = (problem: unknown) => this.#plan(problem as ProblemColumns, quality);
    const planAsync = (problem: unknown) =>
      new Promise((resolve, reject) => {
        this.#waiting.push(() => {
          try {
            resolve(plan(problem));
          } catch (error) {
            reject(error);
          }
        });
      });
    return {plan, planAsync} as unknown as AnyPlanner;
  }

  /** Has a runtime ask for plans, which arrive at `settle`. */
  start(runtime: Runtime, quality: number): void {
    const started = runtime.planAsync(this.of(quality));
    this.#started.push(
      started.catch(error => {
        if (!(error instanceof PlannerError) && error.name !== 'LimitError') throw error;
      }),
    );
  }

  async settle(): Promise<void> {
    while (this.#waiting.length > 0) {
      for (const answer of this.#waiting.splice(0)) answer();
      for (let i = 0; i < 8; i++) await Promise.resolve();
    }
    await Promise.all(this.#started.splice(0));
  }

  #plan({count, start, end, size, defaultAlignment: unit = 1}: ProblemColumns, quality: number) {
    if (quality === 2) throw new PlannerError('no plan');
    const offsets = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      if (quality === 1) {
        this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
        offsets[i] = unit * (this.#state % 16);
        continue;
      }
      for (let isFree = false; !isFree; ) {
        isFree = true;
        for (let k = 0; k < i; k++) {
          if (start[k]! >= end[i]! || start[i]! >= end[k]!) continue;
          const top = offsets[k]! + size[k]!;
          if (offsets[k]! >= offsets[i]! + size[i]! || offsets[i]! >= top) continue;
          offsets[i] = Math.ceil(top / unit) * unit;
          isFree = false;
        }
      }
    }
    let peak = 0;
    for (let i = 0; i < count; i++) peak = Math.max(peak, offsets[i]! + size[i]!);
    return {offsets, peak};
  }
}

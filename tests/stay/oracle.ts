/** The least bytes that move, by trying every offset: shares nothing with the library but the definitions of `Rules`. */
import type {Problem} from '../../bindings/index.ts';
import {Rules} from '../constraints/oracle.ts';

/** Bytes that move at least in a plan of one arena with at most this peak; infinite where there is none. */
export function leastMoved(problem: Problem, previous: readonly number[], allowed: number): number {
  const rules = new Rules(problem);
  const live = problem.buffers.flatMap((_, i) => (rules.isLive(i) ? [i] : []));
  const offsets: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  const visit = (place: number, moved: number): void => {
    if (moved >= least) return;
    if (place === live.length) {
      least = moved;
      return;
    }
    const i = live[place]!;
    const {size} = problem.buffers[i]!;
    for (let offset = 0; offset + size <= allowed; offset++) {
      if (!rules.mayStandAt(i, offset)) continue;
      offsets[i] = offset;
      const isSound = live.slice(0, place).every(j => rules.quarrel(j, i, offsets) === undefined);
      const isMoved = previous[i] !== -1 && previous[i] !== offset;
      if (isSound) visit(place + 1, moved + (isMoved ? size : 0));
      delete offsets[i];
    }
  };
  visit(0, 0);
  return least;
}

/** No plan is worse than that of a plain greedy planner, whose ties stay in the order of the input. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {HEURISTICS} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {conflictsOf, greedyPeaks} from '../campaign/plans/reference.ts';
import {randomProblem, seeded} from '../random.ts';
import {share} from '../share.ts';

/** Many buffers of equal size, length and area, and padding that depends on which of them is first. */
const TIED = {ticks: 30, sizes: 3, longest: 12, alignment: 8, gapOneIn: 4};

for (const {name, planner} of BUILDS) {
  test(`${name}: no plan is worse than greedy by size, length, area or start with ties in the order of the input`, () => {
    let isBetter = 0;
    for (let seed = 0; seed < share(300); seed++) {
      const problem = randomProblem(seeded(seed), {buffers: 20 + (seed % 50), ...TIED});
      const buffers = problem.buffers.map(buffer => ({alignment: 1, ...buffer}));
      const greedy = Math.min(...Object.values(greedyPeaks(buffers, conflictsOf(buffers))));
      for (const algorithm of ['auto', 'portfolio'] as const) {
        const {peak} = planner.plan(problem, {algorithm, nodeLimit: 5000});
        assert.ok(peak <= greedy, `seed ${seed}, ${algorithm}: ${peak}, greedy ${greedy}`);
      }
      const byContent = HEURISTICS.map(algorithm => planner.plan(problem, {algorithm}).peak);
      if (greedy < Math.min(...byContent)) isBetter++;
    }
    assert.ok(isBetter > 0, 'ties by content were as good every time: the problems test nothing');
  });
}

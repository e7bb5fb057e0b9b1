/** Alignment, fixed offsets and gaps together, in everything that plans: valid, and as brute force allows. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ALGORITHMS, loadPlannerSync} from '../../bindings/index.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {randomProblem, type Shape, seeded} from '../random.ts';

const PROBLEMS = 1000;
const planner = loadPlannerSync();
const SHAPES: readonly Shape[] = [
  {buffers: 6, ticks: 8, sizes: 20, alignment: 16, gapOneIn: 2, fixedOneIn: 3},
  {buffers: 5, ticks: 5, sizes: 9, alignment: 8, fixedOneIn: 2},
  {buffers: 6, ticks: 9, sizes: 12, alignment: 4, gapOneIn: 1},
];

test(`${PROBLEMS} random problems keep to alignment, fixed offsets and gaps in every algorithm, bound and check`, t => {
  let [optimal, above] = [0, 0];
  for (let seed = 0; seed < PROBLEMS; seed++) {
    const problem = randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);
    const {peak} = optimum(problem);
    const bound = planner.lowerBound(problem);
    assert.ok(bound <= peak, `seed ${seed}: bound ${bound}, optimum ${peak}`);
    if (bound < peak) above++;
    for (const algorithm of ALGORITHMS) {
      const what = `seed ${seed}, ${algorithm}`;
      const plan = planner.plan(problem, {algorithm, nodeLimit: 2000});
      assert.deepEqual(faultsOf(problem, plan.offsets), [], what);
      assert.deepEqual(planner.verify(problem, plan), [], what);
      assert.ok(
        plan.lowerBound <= peak && peak <= plan.peak,
        `${what}: ${plan.lowerBound} ${peak} ${plan.peak}`,
      );
      if (plan.status === 'optimal') assert.equal(plan.peak, peak, what);
      if (algorithm === 'auto') {
        assert.equal(plan.peak, peak, what);
        optimal += Number(plan.status === 'optimal');
      }
    }
  }
  t.diagnostic(`${optimal} proven by auto, ${above} optima above the first bound`);
  assert.ok(optimal > 0.95 * PROBLEMS && above > 50);
});

/** Local search: never worse than its start, the same for a seed and a budget, near the optimum on small problems. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Core} from '../../bindings/core/core.ts';
import {type Plan, toColumns} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {randomProblem, type Shape, seeded} from '../random.ts';

const SHAPES: readonly Shape[] = [
  {buffers: 40, ticks: 25, sizes: 30},
  {buffers: 60, ticks: 60, sizes: 50, longest: 20, alignment: 16},
  {buffers: 60, ticks: 40, sizes: 40, longest: 20, gapOneIn: 3},
  {buffers: 60, ticks: 40, sizes: 40, longest: 20, alignment: 8, gapOneIn: 4, fixedOneIn: 8},
];

for (const {name, module, planner} of BUILDS) {
  test(`${name}: local search is never worse than the portfolio, valid, and reports falling peaks`, () => {
    let better = 0;
    for (let seed = 0; seed < 60; seed++) {
      const problem = randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);
      const start = planner.plan(problem, {algorithm: 'portfolio'});
      const peaks: number[] = [];
      const onPlan = (plan: Plan) => {
        peaks.push(plan.peak);
        assert.deepEqual(faultsOf(problem, plan.offsets), []);
        return true;
      };
      const plan = planner.plan(problem, {algorithm: 'local', seed, nodeLimit: 30_000, onPlan});
      assert.ok(plan.peak <= start.peak && plan.peak >= plan.lowerBound);
      assert.equal(plan.peak, peaks.at(-1));
      assert.ok(peaks.every((peak, i) => i === 0 || peak < peaks[i - 1]!));
      if (plan.peak < start.peak) better++;
    }
    assert.ok(better >= 10, `better than the portfolio in ${better} of 60`);
  });

  test(`${name}: a seed and a budget give the same plan, however the budget is cut into steps`, () => {
    for (let seed = 0; seed < 8; seed++) {
      const problem = toColumns(randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!));
      const plans = [10, 977, 20_000].map(step =>
        new Core(module).withProblem(problem, undefined, core => {
          const search = core.local(core.lowerBound().lowerBound, -1, seed);
          while (search.nodes < 20_000 && search.step(Math.min(step, 20_000 - search.nodes)));
          return {nodes: search.nodes, peak: search.peak, offsets: search.plan()};
        }),
      );
      assert.deepEqual(plans[1], plans[0]);
      assert.deepEqual(plans[2], plans[0]);
    }
  });

  test(`${name}: an incumbent received later is beaten or left alone`, () => {
    const problem = toColumns(randomProblem(seeded(2), SHAPES[0]!));
    new Core(module).withProblem(problem, undefined, core => {
      const {lowerBound} = core.lowerBound();
      const search = core.local(lowerBound, -1, 1);
      search.step(1);
      assert.ok(search.peak! >= lowerBound);
      search.incumbent = lowerBound;
      assert.equal(search.step(1000), false);
    });
  });
}

test('release: local search finds the optimum of nearly all problems of up to seven buffers', t => {
  const {planner} = BUILDS.find(({name}) => name === 'release')!;
  let best = 0;
  const runs = 400;
  for (let seed = 0; seed < runs; seed++) {
    const [gapOneIn, fixedOneIn] = seed % 2 === 0 ? [0, 0] : [3, 8];
    const shape = {
      buffers: 4 + (seed % 4),
      ticks: 8,
      sizes: 9,
      alignment: 1 << (seed % 3),
      gapOneIn,
      fixedOneIn,
    };
    const problem = randomProblem(seeded(seed), shape);
    const {peak} = planner.plan(problem, {algorithm: 'local', nodeLimit: 5000});
    const least = optimum(problem).peak;
    assert.ok(peak >= least);
    if (peak === least) best++;
  }
  t.diagnostic(`${best} of ${runs} optimal`);
  assert.ok(best >= 0.99 * runs, `${best} of ${runs} optimal`);
});

/** The search by windows: never worse than the plan it begins with, valid, the same however a budget is cut. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Core} from '../../bindings/core/core.ts';
import type {CoreSearch} from '../../bindings/core/search.ts';
import {type Problem, toColumns} from '../../bindings/index.ts';
import {BUILDS, type Build} from '../builds.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {filled, randomProblem, type Shape, seeded} from '../random.ts';

const SHAPES: readonly Shape[] = [
  {buffers: 80, ticks: 40, sizes: 30, longest: 20},
  {buffers: 120, ticks: 90, sizes: 50, longest: 20, alignment: 16},
  {buffers: 100, ticks: 60, sizes: 40, longest: 20, gapOneIn: 3},
  {buffers: 100, ticks: 60, sizes: 40, longest: 20, alignment: 8, gapOneIn: 4, fixedOneIn: 12},
];

/** Hands a search over `problem`, begun with a heuristic's plan, to `use`. */
function begun<T>(
  {module, planner}: Build,
  problem: Problem,
  algorithm: 'naive' | 'greedy-by-size',
  seed: number,
  use: (search: CoreSearch, start: Float64Array, lowerBound: number) => T,
): T {
  const {offsets} = planner.plan(problem, {algorithm});
  return new Core(module).withProblem(toColumns(problem), undefined, core => {
    const {lowerBound} = core.lowerBound();
    return use(core.lns(offsets, lowerBound, seed), offsets, lowerBound);
  });
}

/** Steps up to `nodes`, `step` at a time; what is found by then. */
function found(search: CoreSearch, nodes: number, step: number) {
  while (search.nodes < nodes && search.step(Math.min(step, nodes - search.nodes)));
  return {nodes: search.nodes, peak: search.peak!, offsets: search.plan()!};
}

const peakOf = (problem: Problem, offsets: Float64Array) =>
  Math.max(...problem.buffers.map(({size}, i) => size + offsets[i]!));

for (const build of BUILDS) {
  test(`${build.name}: LNS returns a valid plan of the peak that it reports, never worse than the start`, () => {
    let better = 0;
    for (let seed = 0; seed < 40; seed++) {
      const problem = randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);
      begun(build, problem, 'greedy-by-size', seed, (search, start, lowerBound) => {
        const {peak, offsets} = found(search, 60_000, 5000);
        assert.deepEqual(faultsOf(problem, offsets), [], `seed ${seed}`);
        assert.equal(peak, peakOf(problem, offsets));
        assert.ok(peak <= peakOf(problem, start) && peak >= lowerBound);
        if (peak < peakOf(problem, start)) better++;
      });
    }
    assert.ok(better >= 15, `better than greedy by size in ${better} of 40`);
  });

  test(`${build.name}: of many buffers, rounds take those under the largest loads, and plans stay valid`, () => {
    let better = 0;
    for (let seed = 0; seed < 6; seed++) {
      const rules = seed % 2 === 0 ? {} : {gapOneIn: 9, fixedOneIn: 200};
      const shape = {buffers: 1400, ticks: 1400, sizes: 30, longest: 20, alignment: 4, ...rules};
      const problem = randomProblem(seeded(seed), shape);
      begun(build, problem, 'greedy-by-size', seed, (search, start) => {
        const {peak, offsets} = found(search, 300_000, 20_000);
        assert.deepEqual(faultsOf(problem, offsets), [], `seed ${seed}`);
        assert.equal(peak, peakOf(problem, offsets));
        assert.ok(peak <= peakOf(problem, start));
        if (peak < peakOf(problem, start)) better++;
      });
    }
    assert.ok(better >= 4, `better than greedy by size in ${better} of 6`);
  });

  test(`${build.name}: windows end at the bound, on problems filled to the load`, () => {
    let placed = 0;
    for (let seed = 0; seed < 20; seed++) {
      const problem = filled(seeded(seed), 12, 12, 10);
      begun(build, problem, 'naive', seed, search => {
        const {peak, offsets} = found(search, 100_000, 5000);
        assert.deepEqual(faultsOf(problem, offsets), []);
        if (peak > 12) return;
        placed++;
        assert.equal(search.step(1000), false);
      });
    }
    assert.ok(placed >= 15, `${placed} of 20 placed at the load`);
  });

  test(`${build.name}: a seed and a budget give the same plan, however the budget is cut into steps`, () => {
    for (let seed = 0; seed < 8; seed++) {
      const problem = randomProblem(seeded(seed), SHAPES[seed % SHAPES.length]!);
      const plans = [10, 977, 40_000].map(step =>
        begun(build, problem, 'naive', seed, search => found(search, 40_000, step)),
      );
      assert.deepEqual(plans[1], plans[0]);
      assert.deepEqual(plans[2], plans[0]);
    }
  });

  test(`${build.name}: windows go on from a better plan they are handed, and leave a worse one alone`, () => {
    const problem = randomProblem(seeded(5), SHAPES[1]!);
    const {offsets: naive} = build.planner.plan(problem, {algorithm: 'naive'});
    const {offsets: greedy} = build.planner.plan(problem, {algorithm: 'greedy-by-size'});
    begun(build, problem, 'naive', 1, search => {
      search.adopt(greedy);
      assert.equal(search.peak, peakOf(problem, greedy));
      search.adopt(naive);
      assert.equal(search.peak, peakOf(problem, greedy));
      assert.deepEqual(search.plan(), greedy);
      const {peak, offsets} = found(search, 60_000, 5000);
      assert.deepEqual(faultsOf(problem, offsets), []);
      assert.ok(peak <= peakOf(problem, greedy));
    });
  });
}

test('both builds find the same plan', () => {
  const problem = randomProblem(seeded(7), {buffers: 300, ticks: 200, sizes: 90, longest: 60});
  const [one, other] = [BUILDS[0]!, BUILDS.at(-1)!].map(build =>
    begun(build, problem, 'greedy-by-size', 3, search => found(search, 100_000, 5000)),
  );
  assert.deepEqual(one, other);
});

test('release: windows find the optimum of nearly all problems of up to seven buffers', t => {
  const build = BUILDS.find(({name}) => name === 'release')!;
  const runs = 200;
  let best = 0;
  for (let seed = 0; seed < runs; seed++) {
    const [gapOneIn, fixedOneIn] = seed % 2 === 0 ? [0, 0] : [3, 8];
    const alignment = 1 << (seed % 3);
    const shape = {buffers: 4 + (seed % 4), ticks: 8, sizes: 9, alignment, gapOneIn, fixedOneIn};
    const problem = randomProblem(seeded(seed), shape);
    const least = optimum(problem).peak;
    const {peak} = begun(build, problem, 'naive', seed, search => found(search, 20_000, 5000));
    assert.ok(peak >= least);
    if (peak === least) best++;
  }
  t.diagnostic(`${best} of ${runs} optimal`);
  assert.ok(best >= 0.95 * runs, `${best} of ${runs} optimal`);
});

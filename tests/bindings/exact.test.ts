/** The exact search against brute force, with every combination of its pruning rules, and on problems filled to the load. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ALL_RULES, ROLE} from '../../bindings/core/abi.ts';
import {Core} from '../../bindings/core/core.ts';
import type {Problem} from '../../bindings/index.ts';
import {toColumns} from '../../bindings/index.ts';
import {BUILDS, type Build} from '../builds.ts';
import {faultsOf, optimum} from '../oracle.ts';
import {filled, randomProblem, type Shape, seeded} from '../random.ts';
import {share} from '../share.ts';

/** The rule that prunes by buffers that are alike (`assembly/exact/state.ts`). */
const SYMMETRY = 16;

/** The result of a search that begins with the naive plan and runs to its end (its limit is one that no case reaches). */
function searched({module, planner}: Build, problem: Problem, rules = ALL_RULES, seed = 1) {
  const columns = toColumns(problem);
  const {offsets} = planner.plan(problem, {algorithm: 'naive'});
  return new Core(module).withProblem(columns, undefined, core => {
    const search = core.exact(offsets, core.lowerBound().lowerBound, seed, rules);
    let goesOn = true;
    for (let steps = 0; goesOn && steps < 2000; steps++) goesOn = search.step(500);
    return {isDone: !goesOn, peak: search.peak, lowerBound: search.lowerBound, offsets: search.plan()!};
  });
}

const SMALL: readonly Shape[] = [
  {buffers: 7, ticks: 6, sizes: 6},
  {buffers: 7, ticks: 9, sizes: 4, longest: 5},
  {buffers: 6, ticks: 6, sizes: 9, alignment: 8},
  {buffers: 7, ticks: 9, sizes: 5, gapOneIn: 2},
  {buffers: 6, ticks: 7, sizes: 6, alignment: 4, gapOneIn: 3, fixedOneIn: 4},
  // few lifetimes and sizes: many are alike, some equal
  {buffers: 7, ticks: 3, sizes: 5},
  {buffers: 7, ticks: 4, sizes: 6, alignment: 4, gapOneIn: 3, fixedOneIn: 5},
];

for (const build of BUILDS) {
  test(`${build.name}: the exact search finds the optimum of small problems, and proves it`, () => {
    let above = 0;
    for (let seed = 0; seed < share(build.name === 'debug' ? 500 : 1500); seed++) {
      const problem = randomProblem(seeded(seed), SMALL[seed % SMALL.length]!);
      const best = optimum(problem).peak;
      const {isDone, peak, lowerBound, offsets} = searched(build, problem);
      assert.deepEqual(faultsOf(problem, offsets), [], `seed ${seed}`);
      assert.deepEqual([isDone, peak, lowerBound], [true, best, best], `seed ${seed}`);
      if (best > build.planner.lowerBound(problem)) above++;
    }
    assert.ok(above > share(20), `${above} optima above the bound: too few proofs by exhaustion`);
  });

  // rejected buffers that support each other in a ring once climbed to the capacity by their own sizes
  test(`${build.name}: a huge buffer among tiny ones takes no longer than others`, () => {
    for (const size of [2 ** 30, 2 ** 40]) {
      const problem: Problem = {
        buffers: [
          {start: 0, end: 3, size: 5, alignment: 64},
          {start: 1, end: 4, size: 7},
          {start: 1, end: 4, size: 9, alignment: 2},
          {start: 0, end: 2, size, alignment: 4096},
        ],
      };
      for (const rules of [ALL_RULES, ALL_RULES & ~SYMMETRY]) {
        const {isDone, peak, lowerBound, offsets} = searched(build, problem, rules);
        assert.deepEqual(faultsOf(problem, offsets), []);
        assert.deepEqual([isDone, peak], [true, lowerBound]);
      }
    }
  });

  test(`${build.name}: no combination of pruning rules changes the optimum`, () => {
    for (let seed = 0; seed < share(120); seed++) {
      const problem = randomProblem(seeded(seed), SMALL[seed % SMALL.length]!);
      const best = optimum(problem).peak;
      for (let rules = 0; rules <= ALL_RULES; rules++) {
        const {isDone, peak, lowerBound} = searched(build, problem, rules);
        assert.deepEqual([isDone, peak, lowerBound], [true, best, best], `seed ${seed}, rules ${rules}`);
      }
    }
  });

  test(`${build.name}: problems filled to the load are placed at the load, with every combination of rules`, () => {
    for (let seed = 0; seed < share(400); seed++) {
      const problem = filled(seeded(seed), 12, 12, 14);
      for (const rules of [ALL_RULES, seed % (ALL_RULES + 1)]) {
        const {isDone, peak} = searched(build, problem, rules);
        assert.deepEqual([isDone, peak], [true, 12], `seed ${seed}, rules ${rules}`);
      }
    }
  });

  test(`${build.name}: larger problems filled to the load are placed at the load`, () => {
    for (let seed = 0; seed < share(40); seed++) {
      const problem = filled(seeded(seed), 60, 60, 60);
      const {isDone, peak, offsets} = searched(build, problem);
      assert.deepEqual(faultsOf(problem, offsets), []);
      assert.deepEqual([isDone, peak], [true, 60], `seed ${seed}`);
    }
  });
}

test('the same seed and nodes give the same plan in both builds, whatever the steps', () => {
  const problem = randomProblem(seeded(4), {buffers: 120, ticks: 80, sizes: 90, longest: 20});
  const runs = BUILDS.flatMap(({module, planner}) =>
    [1, 70, 333, 7000].map(step =>
      new Core(module).withProblem(toColumns(problem), undefined, core => {
        const {offsets} = planner.plan(problem, {algorithm: 'greedy-by-size'});
        const search = core.exact(offsets, core.lowerBound().lowerBound, 3);
        while (search.nodes < 70_000 && search.step(Math.min(step, 70_000 - search.nodes)));
        return [search.nodes, search.peak, ...search.plan()!];
      }),
    ),
  );
  for (const run of runs) assert.deepEqual(run, runs[0]);
});

for (const {name, module, planner} of BUILDS) {
  test(`${name}: a search that only dives finds the optimum of small problems, and claims no bound that is false`, () => {
    for (let seed = 0; seed < 100; seed++) {
      const problem = randomProblem(seeded(seed), SMALL[seed % SMALL.length]!);
      const best = optimum(problem).peak;
      const {offsets} = planner.plan(problem, {algorithm: 'naive'});
      new Core(module).withProblem(toColumns(problem), undefined, core => {
        const search = core.exact(offsets, core.lowerBound().lowerBound, 1, ALL_RULES, ROLE.DIVES);
        for (let steps = 0; steps < 100 && search.step(500); steps++);
        assert.deepEqual(faultsOf(problem, search.plan()!), [], `seed ${seed}`);
        assert.ok(search.lowerBound <= best, `seed ${seed}`);
        assert.equal(search.peak, best, `seed ${seed}`);
      });
    }
  });

  test(`${name}: an adopted plan is taken over where it is lower, partition by partition`, () => {
    // three partitions of three buffers each; the third is no task, since it is at the lower bound given, 6
    const hard = (at: number, size: number) =>
      (
        [
          [0, 2],
          [1, 4],
          [3, 5],
        ] as const
      ).map(([start, end]) => ({start: at + start, end: at + end, size}));
    const problem: Problem = {buffers: [...hard(0, 4), ...hard(10, 4), ...hard(20, 3)]};
    const plan = (...tops: number[][]) => Float64Array.from(tops.flat());
    const [low, high] = [
      [0, 4, 0],
      [0, 8, 20],
    ];
    new Core(module).withProblem(toColumns(problem), undefined, core => {
      const search = core.exact(plan(high!, high!, [0, 3, 0]), 6, 1);
      assert.equal(search.peak, 24);
      search.adopt(plan(low!, [0, 30, 40], [0, 30, 0]));
      assert.equal(search.peak, 24);
      search.adopt(plan([0, 30, 40], low!, [9, 30, 9]));
      assert.equal(search.peak, 8);
      assert.deepEqual([...search.plan()!], [...low!, ...low!, 0, 3, 0]);
    });
  });
}

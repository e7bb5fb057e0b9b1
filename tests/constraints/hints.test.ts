/** Hints: a warm start that is completed, repaired, and never makes a plan worse. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BufferInfo, loadPlannerSync, type Problem} from '../../bindings/index.ts';
import {faultsOf} from '../oracle.ts';
import {filled, type Random, randomProblem, type Shape, seeded} from '../random.ts';

const planner = loadPlannerSync();
const SHAPES: readonly Shape[] = [
  {buffers: 7, ticks: 6, sizes: 9, fixedOneIn: 5},
  {buffers: 25, ticks: 20, sizes: 40, longest: 10, alignment: 16, gapOneIn: 4, fixedOneIn: 6},
  {buffers: 60, ticks: 60, sizes: 100, longest: 9},
];

function hinted({buffers}: Problem, hint: (i: number) => number | undefined): Problem {
  return {
    buffers: buffers.map((buffer, i) => {
      const at = hint(i);
      return at === undefined ? buffer : {...buffer, hint: at};
    }),
  };
}

test('1000 random problems with random hints have plans as good as without, and valid ones', t => {
  let taken = 0;
  for (let seed = 0; seed < 1000; seed++) {
    const random: Random = seeded(seed);
    const problem = randomProblem(random, SHAPES[seed % SHAPES.length]!);
    const options = {nodeLimit: 500 + random(3000)};
    const without = planner.plan(problem, options);
    const earlier = planner.plan(problem, {algorithm: 'greedy-by-size'});
    const kinds = [
      () => random(200),
      (i: number) => earlier.offsets[i],
      (i: number) => (random(2) ? earlier.offsets[i] : undefined),
    ];
    const warm = hinted(problem, kinds[random(3)]!);
    const plan = planner.plan(warm, options);
    assert.deepEqual(faultsOf(problem, plan.offsets), [], `seed ${seed}`);
    assert.ok(plan.peak <= without.peak, `seed ${seed}: ${plan.peak} with hints, ${without.peak} without`);
    if (plan.algorithm === 'hints') taken++;
  }
  t.diagnostic(`${taken} plans are the hinted ones`);
  assert.ok(taken > 50);
});

test('of equal plans the hinted one is given: nothing moves', () => {
  for (let seed = 0; seed < 100; seed++) {
    const problem = filled(seeded(seed), 20, 20, 15);
    const {offsets, peak} = planner.plan(problem);
    const again = planner.plan(hinted(problem, i => offsets[i]));
    assert.deepEqual([again.peak, again.algorithm], [peak, 'hints']);
    assert.deepEqual(again.offsets, offsets);
  }
});

test('a hinted plan that no search finds in its budget is kept', () => {
  const problem = filled(seeded(3), 60, 300, 120);
  const best = planner.plan(problem, {algorithm: 'exact', nodeLimit: 3_000_000});
  const poor = planner.plan(problem, {algorithm: 'naive'});
  assert.ok(best.peak < poor.peak);
  const warm = hinted(problem, i => best.offsets[i]);
  assert.equal(planner.plan(warm, {algorithm: 'naive'}).peak, best.peak);
  const nearly = hinted(problem, i => (i === 5 ? undefined : best.offsets[i]));
  assert.ok(planner.plan(nearly, {algorithm: 'naive'}).peak < poor.peak, 'the missing one is placed');
});

test('hints that collide, are misaligned or contradict fixed offsets are left aside', () => {
  const buffers: BufferInfo[] = [
    {size: 8, start: 0, end: 4, hint: 0},
    {size: 8, start: 1, end: 5, hint: 4},
    {size: 8, start: 2, end: 6, hint: 9, alignment: 8},
    {size: 8, start: 3, end: 7, offset: 0, hint: 100},
  ];
  const plan = planner.plan({buffers});
  assert.deepEqual(faultsOf({buffers}, plan.offsets), []);
  assert.equal(plan.status, 'optimal');
});

test('a capacity is kept by the hinted plan at once', () => {
  const problem = filled(seeded(4), 60, 300, 120);
  const {offsets, peak} = planner.plan(problem, {algorithm: 'exact', nodeLimit: 3_000_000});
  const plan = planner.plan(
    hinted(problem, i => offsets[i]),
    {capacity: peak},
  );
  assert.deepEqual([plan.algorithm, plan.nodes], ['hints', 0]);
});

test('a hint that is no byte count is refused with its place', () => {
  const refused = () => planner.plan({buffers: [{size: 1, start: 0, end: 1, hint: -1}]});
  assert.throws(refused, /^UsageError: buffers\[0\]\.hint: expected an integer number of bytes .* got -1$/);
});

/** Advice: every peak is that of a plan of the changed problem, and what fits comes first. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type Advice,
  adviseFit,
  type BufferInfo,
  loadPlannerSync,
  type Problem,
} from '../../bindings/index.ts';
import {optimum} from '../oracle.ts';
import {randomProblem, seeded} from '../random.ts';

const planner = loadPlannerSync();

/** The problem with the change made by hand. */
function changed({buffers}: Problem, {index, kind, size, tick, until}: Advice): Problem {
  const old = buffers[index]!;
  const gaps = [...(old.gaps ?? [])];
  const change = (): Partial<BufferInfo> => {
    if (kind === 'offload') return {gaps: [...gaps, [tick!, until!] as const].sort((a, b) => a[0] - b[0])};
    if (kind === 'ends-earlier') return {end: tick!, gaps: []};
    if (kind === 'begins-later') return {start: tick!, gaps: []};
    return {size};
  };
  return {buffers: buffers.map((buffer, i) => (i === index ? {...buffer, ...change()} : buffer))};
}

test('the peaks of single changes are the optima of the changed problems', t => {
  let advised = 0;
  let fitting = 0;
  for (let seed = 0; seed < 300; seed++) {
    const problem = randomProblem(seeded(seed), {buffers: 6, ticks: 7, sizes: 9});
    const {peak} = planner.plan(problem);
    const capacity = Math.floor(peak * 0.8);
    const advice = adviseFit(planner, problem, capacity, {steps: 0});
    assert.deepEqual([advice.fits, advice.peak, advice.isProven], [false, peak, true]);
    let last = 0;
    for (const one of advice.single) {
      const what = `seed ${seed}: ${JSON.stringify(one)}`;
      assert.equal(one.peak, optimum(changed(problem, one)).peak, what);
      assert.equal(one.fits, one.peak <= capacity, what);
      assert.ok(one.peak < peak, what);
      if (!one.fits) {
        assert.ok(one.peak >= last, what);
        last = one.peak;
      } else fitting++;
      advised++;
    }
  }
  t.diagnostic(`${advised} changes, ${fitting} of them fit`);
  assert.ok(fitting > 100 && advised > fitting);
});

test('changes made together end where it fits, each computed on top of those before it', () => {
  let fitted = 0;
  for (let seed = 0; seed < 60; seed++) {
    let problem = randomProblem(seeded(seed), {buffers: 7, ticks: 7, sizes: 9});
    const {peak} = planner.plan(problem);
    const {together} = adviseFit(planner, problem, Math.floor(peak * 0.6));
    for (const step of together) {
      problem = changed(problem, step);
      assert.equal(step.peak, optimum(problem).peak, `seed ${seed}: ${JSON.stringify(step)}`);
    }
    assert.ok(together.slice(0, -1).every(({fits}) => !fits));
    if (together.at(-1)?.fits) fitted++;
  }
  assert.ok(fitted > 30, `${fitted} of 60`);
});

test('nothing is advised where it fits', () => {
  const problem = {buffers: [{size: 8, start: 0, end: 1}]};
  const advice = adviseFit(planner, problem, 8);
  assert.deepEqual([advice.fits, advice.peak, advice.single, advice.together], [true, 8, [], []]);
});

test('aliases do not change while buffers shrink', () => {
  const problem: Problem = {
    buffers: [
      {id: 'matrix', size: 64, start: 0, end: 4},
      {id: 'row', size: 8, start: 3, end: 6},
      {id: 'other', size: 32, start: 2, end: 5},
    ],
    views: [{buffer: 'row', of: 'matrix', offset: 56}],
  };
  const {single} = adviseFit(planner, problem, 80);
  assert.ok(single.some(({id, fits}) => id === 'other' && fits));
});

test('several arenas have no one capacity to fit', () => {
  const problem = {buffers: [{size: 8, start: 0, end: 1}], pools: [{name: 'a'}]};
  assert.throws(
    () => adviseFit(planner, problem, 8),
    /^UsageError: adviseFit: expected a problem with one arena/,
  );
  assert.throws(() => adviseFit(planner, {buffers: []}, -1), /^UsageError: capacity: expected/);
});

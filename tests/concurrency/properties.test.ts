/** What holds of plans with clocks whatever they are: against plans in ticks, of fewer waits, and of tilings whose best peak is known. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {concurrencyBoundOf, type Plan, type Problem, toColumns} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {seeded} from '../random.ts';
import {programProblem} from './problems.ts';
import {concurrentTiling} from './tilings.ts';

const {planner} = BUILDS.at(-1)!;
const SHAPE = {sizes: 50, waitOneIn: 5, elsewhereOneIn: 6, live: 8};

/** The problem as the host sees it. */
function ofHost({buffers}: Problem): Problem {
  return {buffers: buffers.map(({clocks: _, ...buffer}) => buffer)};
}

test('a plan with clocks is never below the bound of the order of the host', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const problem = programProblem(random, {...SHAPE, buffers: 4 + random(30), streams: 1 + random(4)});
    const plan = planner.plan(problem, {nodeLimit: 3000});
    assert.ok(plan.lowerBound >= planner.lowerBound(ofHost(problem)), `seed ${seed}`);
    assert.ok(plan.peak >= plan.lowerBound, `seed ${seed}`);
    assert.deepEqual(planner.verify(problem, plan), [], `seed ${seed}`);
    assert.deepEqual(planner.verify(ofHost(problem), plan), [], `seed ${seed}`);
  }
});

test('with one stream, or one clock of a device that is waited for, the plan is that of the host', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seeded(seed);
    const problem = programProblem(random, {...SHAPE, elsewhereOneIn: 0, buffers: 20, streams: 1});
    const {offsets, peak, status} = planner.plan(problem, {nodeLimit: 5000});
    const plain = planner.plan(ofHost(problem), {nodeLimit: 5000});
    assert.deepEqual(
      [peak, status, [...offsets]],
      [plain.peak, plain.status, [...plain.offsets]],
      `seed ${seed}`,
    );
  }
});

test('knowing less never lowers the bound', () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const problem = programProblem(random, {...SHAPE, buffers: 4 + random(20), streams: 2 + random(3)});
    const lost = random(problem.streams!.length);
    const less: Problem = {
      ...problem,
      buffers: problem.buffers.map(buffer => ({
        ...buffer,
        clocks: buffer.clocks!.map(piece => ({
          ...piece,
          birth: piece.birth.map((position, s) => (s === lost ? Math.min(position, 3) : position)),
        })),
      })),
    };
    const bound = (one: Problem) => concurrencyBoundOf(toColumns(one)).lowerBound;
    assert.ok(bound(less) >= bound(problem), `seed ${seed}`);
  }
});

test('a plan is no worse than an arena for each stream', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = seeded(seed);
    const problem = programProblem(random, {...SHAPE, elsewhereOneIn: 0, buffers: 40, streams: 3});
    const parts: Problem = {
      buffers: problem.buffers.map(({clocks, ...buffer}) => ({
        ...buffer,
        part: String(clocks![0]!.death.findIndex(position => position > 0)),
      })),
    };
    const options = {nodeLimit: 2000};
    assert.ok(planner.plan(problem, options).peak <= planner.plan(parts, options).peak, `seed ${seed}`);
  }
});

test('concurrent tilings are planned to their known optimum', () => {
  for (const [buffers, streams, waits] of [
    [32, 2, 4],
    [64, 2, 16],
    [64, 4, 16],
    [128, 4, 64],
  ] as const) {
    for (let seed = 0; seed < 10; seed++) {
      const capacity = streams * 2 ** 20;
      const problem = concurrentTiling(seeded(seed), {buffers, streams, waits, capacity, ticks: 1000});
      const {peak, lowerBound, status} = planner.plan(problem);
      assert.equal(lowerBound, capacity, `${buffers} on ${streams}, seed ${seed}`);
      assert.deepEqual([peak, status], [capacity, 'optimal'], `${buffers} on ${streams}, seed ${seed}`);
    }
  }
});

const MIXED = programProblem(seeded(5), {...SHAPE, live: 20, buffers: 160, streams: 4});

test('the same seed and nodes make the same plan', () => {
  const plans = [1, 2].map(() => planner.plan(MIXED, {seed: 7, nodeLimit: 8000}));
  assert.deepEqual([...plans[0]!.offsets], [...plans[1]!.offsets]);
  assert.equal(plans[0]!.nodes, plans[1]!.nodes);
});

test('every better plan is passed on, falling, and planning ends where it is told to', () => {
  const peaks: number[] = [];
  const plan = planner.plan(MIXED, {
    nodeLimit: 8000,
    onPlan: better => {
      assert.deepEqual(planner.verify(MIXED, better), []);
      peaks.push(better.peak);
      return undefined;
    },
  });
  assert.equal(peaks.at(-1), plan.peak);
  assert.deepEqual(
    peaks,
    [...peaks].sort((a, b) => b - a),
  );
  let calls = 0;
  const first = planner.plan(MIXED, {
    onPlan: () => {
      calls++;
      return false;
    },
  });
  assert.deepEqual([calls, first.peak], [1, peaks[0]]);
});

test('a capacity ends planning at the first plan that fits, and says what cannot', () => {
  const {peak, lowerBound} = planner.plan(MIXED, {nodeLimit: 8000});
  assert.equal(planner.plan(MIXED, {capacity: 2 * peak}).status, 'feasible');
  assert.ok(planner.plan(MIXED, {capacity: 2 * peak, minimize: true, nodeLimit: 8000}).peak <= peak);
  assert.equal(planner.plan(MIXED, {capacity: lowerBound - 1, nodeLimit: 2000}).status, 'infeasible');
});

test('progress begins with the bounds, which name how many pieces make them', () => {
  const seen: Plan['peak'][] = [];
  let unordered: number | undefined;
  planner.plan(MIXED, {
    nodeLimit: 5000,
    onProgress: ({bounds, lowerBound, peak}) => {
      unordered = bounds.unordered;
      assert.ok(lowerBound >= bounds.lowerBound);
      if (peak !== undefined) seen.push(peak);
    },
  });
  assert.equal(unordered, concurrencyBoundOf(toColumns(MIXED)).antichain.length);
  assert.ok(seen.length > 0);
});

test('an alignment of the call holds, and hints win among equal peaks', () => {
  const aligned = planner.plan(MIXED, {alignment: 64, nodeLimit: 5000});
  assert.ok(aligned.offsets.every(offset => offset % 64 === 0));
  assert.deepEqual(planner.verify(MIXED, aligned, {alignment: 64}), []);
  const {offsets, peak} = planner.plan(MIXED, {nodeLimit: 8000, seed: 3});
  const hinted = {...MIXED, buffers: MIXED.buffers.map((buffer, i) => ({...buffer, hint: offsets[i]!}))};
  const again = planner.plan(hinted, {nodeLimit: 1});
  assert.equal(again.algorithm, 'hints');
  assert.deepEqual([again.peak, [...again.offsets]], [peak, [...offsets]]);
});

test('an abort ends planning with the best plan so far', async () => {
  const signal = AbortSignal.timeout(150);
  const began = performance.now();
  const plan = await planner.planAsync(MIXED, {signal, timeLimitMs: 60_000});
  assert.ok(performance.now() - began < 5000);
  assert.deepEqual(planner.verify(MIXED, plan), []);
});

test('a buffer that is never live is at 0, and parts may have clocks', () => {
  const clocks = [{birth: [0, 0], death: [1, 0]}];
  const buffers = [
    {size: 4, start: 0, end: 1, clocks, part: 'a'},
    {size: 4, start: 1, end: 2, clocks: [{birth: [1, 0], death: [2, 0]}], part: 'a'},
    {size: 4, start: 3, end: 4, clocks: [{birth: [9, 9], death: [0, 9]}], part: 'b'},
  ];
  const plan = planner.plan({streams: ['0', '1'], buffers});
  assert.deepEqual([plan.peak, plan.status], [8, 'optimal']);
  assert.deepEqual(
    plan.parts?.map(({name}) => name),
    ['a', 'b'],
  );
  const empty = {...MIXED, buffers: [{...MIXED.buffers[0]!, size: 0}, ...MIXED.buffers.slice(1)]};
  assert.equal(planner.plan(empty, {nodeLimit: 1000}).offsets[0], 0);
});

test('planning in workers makes the same plan', async () => {
  const [here, elsewhere] = [
    planner.plan(MIXED, {nodeLimit: 4000}),
    await planner.planAsync(MIXED, {nodeLimit: 4000, threads: 2}),
  ];
  assert.deepEqual([elsewhere.peak, [...elsewhere.offsets]], [here.peak, [...here.offsets]]);
});

test('a heuristic makes the plan where one is asked for', () => {
  const bySize = planner.plan(MIXED, {algorithm: 'greedy-by-size'});
  const byTicks = planner.plan(MIXED, {algorithm: 'gergov'});
  assert.ok(byTicks.peak <= bySize.peak);
  for (const {algorithm} of [bySize, byTicks]) assert.notEqual(algorithm, 'local');
});

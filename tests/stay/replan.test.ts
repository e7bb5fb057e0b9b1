/** Replanning: what stays for a larger peak, large problems in seconds, and what is refused. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, type Problem, type ReplanOptions, replan, UsageError} from '../../bindings/index.ts';
import {seeded} from '../random.ts';

const planner = loadPlannerSync();
const PROBLEM: Problem = {
  buffers: [
    {id: 'a', size: 8, start: 0, end: 3},
    {id: 'b', size: 4, start: 2, end: 5},
    {id: 'new', size: 2, start: 2, end: 4},
  ],
};

test('a larger peak lets more stay', async () => {
  const two: Problem = {buffers: PROBLEM.buffers.slice(0, 2)};
  const of = async (peakSlack: NonNullable<ReplanOptions['peakSlack']>) => {
    const {moved, movedAtLeast, allowedPeak} = await replan(planner, two, {previous: [6, 0], peakSlack});
    assert.equal(moved.bytes, movedAtLeast);
    return [allowedPeak, moved.bytes];
  };
  assert.deepEqual(await of(0), [12, 8]);
  assert.deepEqual(await of(1), [13, 8]);
  assert.deepEqual(await of(2), [14, 0]);
  assert.deepEqual(await of('16.6%'), [13, 8]);
  assert.deepEqual(await of('17%'), [14, 0]);
});

test('nothing may exceed the capacity, whatever the slack', async () => {
  const {allowedPeak, plan} = await replan(planner, PROBLEM, {
    previous: [7, 0, -1],
    peakSlack: 100,
    capacity: 15,
  });
  assert.equal(allowedPeak, 15);
  assert.ok(plan.peak <= 15);
});

test('where nothing fits, the best plan is returned and nothing is said about moves', async () => {
  const {plan, moved, movedAtLeast} = await replan(planner, PROBLEM, {previous: [0, 0, 0], capacity: 3});
  assert.equal(plan.status, 'infeasible');
  assert.deepEqual([moved.bytes, movedAtLeast], [0, 0]);
});

test('hints are the earlier plan where none is given', async () => {
  const buffers = PROBLEM.buffers.map((buffer, i) => (i === 0 ? {...buffer, hint: 4} : buffer));
  const {plan, known} = await replan(planner, {buffers});
  assert.equal(plan.offsets[0], 4);
  assert.deepEqual(known, {buffers: 1, bytes: 8});
});

/** Many buffers of several sizes; a tenth of them changes. */
function large(count: number): {readonly problem: Problem; readonly previous: Float64Array} {
  const random = seeded(count);
  const buffers = Array.from({length: count}, () => {
    const start = random(count);
    return {size: 64 * (1 + random(random(8) === 0 ? 256 : 16)), start, end: start + 2 + random(60)};
  });
  const previous = planner.plan({buffers}, {nodeLimit: 1}).offsets;
  const changed = buffers.map(buffer =>
    random(10) === 0 ? {...buffer, size: buffer.size + 64 * random(3)} : buffer,
  );
  return {problem: {buffers: changed}, previous};
}

test('2,000 buffers: far less moves than in a fresh plan, the same at every run', async () => {
  const {problem, previous} = large(2000);
  const found = await replan(planner, problem, {previous, peakSlack: '2%', nodeLimit: 200_000});
  assert.deepEqual(planner.verify(problem, found.plan, {capacity: found.allowedPeak}), []);
  const fresh = planner.plan(problem, {nodeLimit: 200_000}).offsets;
  const freshMoves = problem.buffers.reduce(
    (sum, {size}, i) => sum + (fresh[i] === previous[i] ? 0 : size),
    0,
  );
  assert.ok(found.moved.bytes < freshMoves / 4, `${found.moved.bytes} of ${freshMoves}`);
  assert.ok(found.movedAtLeast <= found.moved.bytes && found.movedAtLeast > 0);
  const again = await replan(planner, problem, {previous, peakSlack: '2%', nodeLimit: 200_000});
  assert.deepEqual(again.plan.offsets, found.plan.offsets);
});

test('an abort ends it with a plan', async () => {
  const {problem, previous} = large(2000);
  const controller = new AbortController();
  const running = replan(planner, problem, {previous, peakSlack: '2%', signal: controller.signal});
  setTimeout(() => controller.abort(), 100);
  const {plan} = await running;
  assert.deepEqual(planner.verify(problem, plan), []);
});

const REFUSED: readonly [Problem, ReplanOptions, RegExp][] = [
  [PROBLEM, {}, /^options\.previous: expected the offsets of an earlier plan, or hints in the problem$/],
  [PROBLEM, {previous: [1]}, /^options\.previous: expected 3 entries, one for each buffer, got 1$/],
  [PROBLEM, {previous: [0, 0.5, 0]}, /^options\.previous\[1\]: expected an integer number of bytes/],
  [
    PROBLEM,
    {previous: [0, 0, 0], peakSlack: '1 %' as never},
    /^options\.peakSlack: expected bytes or a part such as "1%"/,
  ],
  [PROBLEM, {previous: [0, 0, 0], peakSlack: -1}, /^options\.peakSlack: expected an integer number of bytes/],
  [
    {...PROBLEM, pools: [{name: 'a'}]},
    {previous: [0, 0, 0]},
    /^replan: expected a problem of one arena .* got one with pools$/,
  ],
  [
    {buffers: PROBLEM.buffers.map((buffer, i) => ({...buffer, part: `p${i}`}))},
    {previous: [0, 0, 0]},
    /^replan: expected a problem of one arena .* got one with parts$/,
  ],
];

for (const [problem, options, message] of REFUSED) {
  test(`what is refused: ${message.source}`, async () => {
    await assert.rejects(
      () => replan(planner, problem, options),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

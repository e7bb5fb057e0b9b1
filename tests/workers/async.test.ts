/** Planning in workers: the built package, since a worker is a file of its own. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import type {AsyncPlanOptions, Plan, Problem, Progress} from '../../bindings/index.ts';
import {filled, randomProblem, seeded} from '../random.ts';

const {loadPlanner} = (await import(
  '../../dist/index.js'
)) as unknown as typeof import('../../bindings/index.ts');
const planner = await loadPlanner();

/** All that must not depend on the threads. */
function essence({offsets, peak, lowerBound, status, algorithm, nodes}: Plan): unknown {
  return {offsets: [...offsets], peak, lowerBound, status, algorithm, nodes};
}

const PROBLEMS: Readonly<Record<string, Problem>> = {
  'filled to the load': filled(seeded(3), 200, 400, 400),
  'with all constraints': randomProblem(seeded(4), {
    buffers: 90,
    ticks: 50,
    sizes: 1000,
    alignment: 16,
    gapOneIn: 5,
    fixedOneIn: 9,
  }),
  empty: {buffers: []},
};

for (const [name, problem] of Object.entries(PROBLEMS)) {
  for (const algorithm of ['auto', 'exact', 'local', 'greedy-by-size'] as const) {
    test(`the plan does not depend on the threads: ${name}, ${algorithm}`, async () => {
      const options = {algorithm, nodeLimit: 90_001, seed: 7};
      const expected = essence(planner.plan(problem, options));
      for (const threads of [1, 2, 5]) {
        assert.deepEqual(essence(await planner.planAsync(problem, {...options, threads})), expected);
      }
    });
  }
}

/** No search ends on these by itself. */
const endless = scattered(1500, 5);

test('an abort ends planning with the best plan so far', async () => {
  const controller = new AbortController();
  const plan = await planner.planAsync(endless, {
    threads: 2,
    nodeLimit: 1e12,
    signal: controller.signal,
    onProgress: ({nodes}) => nodes > 100_000 && controller.abort(),
  });
  assert.equal(plan.status, 'feasible');
  assert.ok(plan.nodes > 100_000);
  assert.deepEqual(planner.verify(endless, plan), []);
});

test('an abort before the first plan rejects with its reason', async () => {
  const reason = new Error('enough');
  const options = (signal: AbortSignal): AsyncPlanOptions => ({signal, nodeLimit: 1e12});
  await assert.rejects(planner.planAsync(endless, options(AbortSignal.abort(reason))), reason);
  const controller = new AbortController();
  const planned = planner.planAsync(endless, options(controller.signal));
  controller.abort(reason);
  await assert.rejects(planned, reason);
});

test('a time limit ends planning, and is stretched to the first plan', async () => {
  const plan = await planner.planAsync(endless, {timeLimitMs: 500, threads: 2});
  assert.equal(plan.status, 'feasible');
  const first = await planner.planAsync(endless, {timeLimitMs: 1e-3});
  assert.equal(first.nodes, 1500);
  assert.deepEqual(planner.verify(endless, first), []);
});

test('onPlan hears better and better plans, and may end planning', async () => {
  const peaks: number[] = [];
  const plan = await planner.planAsync(endless, {
    onPlan({peak}) {
      peaks.push(peak);
      return peaks.length < 2;
    },
  });
  assert.equal(peaks.length, 2);
  assert.ok(peaks[1]! < peaks[0]!);
  assert.equal(plan.peak, peaks[1]);
});

test('progress rises, from the bounds on', async () => {
  const heard: Progress[] = [];
  const plan = await planner.planAsync(endless, {
    threads: 2,
    onProgress: progress => void heard.push(progress),
  });
  assert.deepEqual(heard[0]!.bounds, planner.bounds(endless));
  assert.equal(heard[0]!.peak, undefined);
  for (const [i, {nodes, spent, peak = Number.POSITIVE_INFINITY}] of heard.entries()) {
    const before = heard[i - 1];
    assert.ok(spent >= 0 && spent <= 1);
    assert.ok(nodes >= (before?.nodes ?? 0));
    assert.ok(peak <= (before?.peak ?? Number.POSITIVE_INFINITY));
  }
  assert.equal(heard.at(-1)!.peak, plan.peak);
});

test('an error in a worker keeps its class and its text', async () => {
  const huge = {start: 0, end: 1, size: 2 ** 53 - 1};
  const problem = {buffers: [huge, huge]};
  const text = (() => {
    try {
      planner.plan(problem);
    } catch (error) {
      return (error as Error).message;
    }
    return assert.fail('it must not be planned');
  })();
  await assert.rejects(planner.planAsync(problem), {name: 'LimitError', message: text});
});

test('options that workers cannot take are named', async () => {
  await assert.rejects(
    planner.planAsync(endless, {threads: 0}),
    /options\.threads: expected an integer from 1/,
  );
  const signal = 'now' as unknown as AbortSignal;
  await assert.rejects(planner.planAsync(endless, {signal}), /options\.signal: expected an AbortSignal/);
  assert.throws(() => planner.plan(endless, {threads: 2} as object), /unknown option "threads"/);
});

test('a host that grants no workers is reported by a HostError', async () => {
  const host = globalThis as {Worker?: unknown};
  const own = host.Worker;
  host.Worker = class {
    constructor() {
      throw new DOMException('no workers here', 'SecurityError');
    }
  };
  try {
    // a planner that has no workers yet
    await assert.rejects((await loadPlanner()).planAsync(endless), {
      name: 'HostError',
      message:
        'this host starts no worker thread (no workers here): allow it to, or plan with Planner.plan, which needs none',
    });
  } finally {
    if (own === undefined) delete host.Worker;
    else host.Worker = own;
  }
});

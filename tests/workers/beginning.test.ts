/** A solve begins in the calling thread and goes on in workers, which the planner keeps. The built package. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import type {Plan, PlanOptions, Problem, ProblemColumns} from '../../bindings/index.ts';
import {filled, seeded} from '../random.ts';

type Index = typeof import('../../bindings/index.ts');
const dist = (file: string) => new URL(`../../dist/${file}`, import.meta.url).href;
const {loadPlanner, toColumns} = (await import(dist('index.js'))) as Index;
const {Solve} = (await import(dist('planner/solve.js'))) as typeof import('../../bindings/planner/solve.ts');
const {solveInPool} = (await import(
  dist('planner/solve-in-pool.js')
)) as typeof import('../../bindings/planner/solve-in-pool.ts');
const {WorkerPool} = (await import(
  dist('planner/worker-pool.js')
)) as typeof import('../../bindings/planner/worker-pool.ts');
const {IdleWorkers} = (await import(
  dist('planner/idle-workers.js')
)) as typeof import('../../bindings/planner/idle-workers.ts');
const {PLANNING_WORKER} = (await import(
  dist('planner/thread.js')
)) as typeof import('../../bindings/planner/thread.ts');
const {Executor} = (await import(
  dist('planner/executor.js')
)) as typeof import('../../bindings/planner/executor.ts');
const {keepProblem} = (await import(dist('core/core.js'))) as typeof import('../../bindings/core/core.ts');
const {compileCoreSync} = (await import(
  dist('core/compile.js')
)) as typeof import('../../bindings/core/compile.ts');
const {liveOnly} = (await import(dist('planner/live.js'))) as typeof import('../../bindings/planner/live.ts');

const planner = await loadPlanner();

/** All that must not depend on where tasks are executed. */
function essence({offsets, peak, lowerBound, status, algorithm, nodes}: Plan): unknown {
  return {offsets: [...offsets], peak, lowerBound, status, algorithm, nodes};
}

/** Longer than tasks are executed in the calling thread. */
const TOO_LONG_MS = 150;

/** Plans with the first `tasks` tasks in this thread and the others in workers. */
async function handedOver(
  columns: ProblemColumns,
  options: PlanOptions,
  threads: number,
  tasks: number,
): Promise<{plan: Plan; here: number}> {
  const module = compileCoreSync();
  const live = liveOnly(columns);
  const withProblem = keepProblem(module, live.columns, undefined);
  let executor: InstanceType<typeof Executor> | undefined;
  let here = 0;
  const pool = new WorkerPool(live.columns, undefined, module, new IdleWorkers(PLANNING_WORKER), threads);
  const execute: Parameters<typeof solveInPool>[1] = task =>
    withProblem(core => {
      executor ??= new Executor(core, live.columns);
      const result = executor.run(task);
      const end = performance.now() + (++here === tasks ? TOO_LONG_MS : 0);
      while (performance.now() < end);
      return result;
    });
  try {
    const solve = new Solve(live, undefined, options);
    return {plan: await solveInPool(solve, execute, pool, undefined, undefined), here};
  } finally {
    pool.release();
  }
}

const hard = toColumns(filled(seeded(3), 200, 400, 400));
const large = toColumns(scattered(1500, 5));

for (const [name, columns] of Object.entries({hard, large})) {
  test(`workers go on from wherever the calling thread ends: ${name}`, async () => {
    const options = {nodeLimit: 90_001, seed: 7};
    const expected = essence(planner.plan(columns, options));
    const reached = new Set<number>();
    for (const tasks of [1, 2, 3, 7, 12, 16, 17, 18, 20, 24]) {
      const {plan, here} = await handedOver(columns, options, 1 + (tasks % 3), tasks);
      assert.deepEqual(essence(plan), expected, `after ${tasks} tasks`);
      reached.add(here);
    }
    // a slow machine may hand over earlier, but not always
    assert.ok(reached.size > 2, [...reached].join());
  });
}

/** A solve whose tasks run in this thread; `onTask` is called with their number, before each. */
async function solvedHere(onTask: (task: number) => void, signal: AbortSignal): Promise<Plan> {
  const module = compileCoreSync();
  const live = liveOnly(hard);
  const withProblem = keepProblem(module, live.columns, undefined);
  const pool = new WorkerPool(live.columns, undefined, module, new IdleWorkers(PLANNING_WORKER), 1);
  let executor: InstanceType<typeof Executor> | undefined;
  let tasks = 0;
  const execute: Parameters<typeof solveInPool>[1] = task =>
    withProblem(core => {
      onTask(++tasks);
      executor ??= new Executor(core, live.columns);
      return executor.run(task);
    });
  try {
    return await solveInPool(new Solve(live, undefined, {}), execute, pool, signal, undefined);
  } finally {
    pool.release();
  }
}

test('an abort within a task of the calling thread is answered before the next task', async () => {
  for (const last of [2, 3, 4]) {
    const controller = new AbortController();
    let tasks = 0;
    const plan = await solvedHere(task => {
      tasks = task;
      if (task === last) controller.abort();
    }, controller.signal);
    assert.equal(tasks, last);
    assert.deepEqual(planner.verify(hard, plan), []);
  }
  const controller = new AbortController();
  const early = solvedHere(() => controller.abort(new Error('enough')), controller.signal);
  await assert.rejects(early, /enough/);
});

test('the calling thread hears of what happens outside of it after one task that takes long', async () => {
  const controller = new AbortController();
  let heardAfter = 0;
  let tasks = 0;
  await solvedHere(task => {
    tasks = task;
    if (task === 2)
      setTimeout(() => {
        heardAfter = tasks;
        controller.abort();
      });
    const end = performance.now() + 30;
    while (performance.now() < end);
  }, controller.signal);
  assert.ok(heardAfter >= 2 && heardAfter <= 3, `after task ${heardAfter}`);
  assert.equal(tasks, heardAfter);
});

/** The threads that start while `action` runs. */
async function threadsDuring(action: () => Promise<unknown>): Promise<number> {
  let started = 0;
  const onWorker = () => void started++;
  process.on('worker', onWorker);
  try {
    await action();
  } finally {
    process.off('worker', onWorker);
  }
  return started;
}

const small: Problem = {buffers: [1, 2, 3].map(i => ({size: 8 * i, start: i, end: i + 2}))};

test('a problem that is solved at once starts no thread, also where the host has none', async () => {
  planner.plan(small);
  let plan: Plan | undefined;
  const started = await threadsDuring(async () => {
    plan = await planner.planAsync(small, {threads: 2});
  });
  assert.equal(started, 0);
  assert.deepEqual(essence(plan!), essence(planner.plan(small)));
  assert.equal(plan!.seconds.start, 0);
});

test('a planner keeps its workers, and the waiting for them is told apart from solving', async () => {
  const own = await loadPlanner();
  const options = {nodeLimit: 300_000, threads: 2};
  const plans: Plan[] = [];
  const plan = async (problem: ProblemColumns) => void plans.push(await own.planAsync(problem, options));
  const many = toColumns(scattered(5000, 5));
  assert.equal(await threadsDuring(() => plan(many)), 2);
  assert.equal(await threadsDuring(() => plan(large)), 0);
  assert.equal(await threadsDuring(() => plan(many)), 0);
  const [first, , third] = plans as [Plan, Plan, Plan];
  assert.deepEqual(essence(third), essence(first));
  assert.deepEqual(essence(first), essence(own.plan(many, {nodeLimit: 300_000})));
  assert.ok(first.seconds.start > third.seconds.start, 'the second time nothing starts');
  assert.equal(own.plan(small).seconds.start, 0);
});

test('two plans at once have workers of their own', async () => {
  const options = {nodeLimit: 200_000, threads: 2};
  const [one, other] = await Promise.all([
    planner.planAsync(large, options),
    planner.planAsync(hard, options),
  ]);
  assert.deepEqual(essence(one!), essence(planner.plan(large, {nodeLimit: 200_000})));
  assert.deepEqual(essence(other!), essence(planner.plan(hard, {nodeLimit: 200_000})));
});

test('a worker that was ended in the middle of a task is not used again', async () => {
  const own = await loadPlanner();
  const many = toColumns(scattered(5000, 5));
  const limited = await own.planAsync(many, {timeLimitMs: 400, threads: 2});
  assert.deepEqual(own.verify(many, limited), []);
  const plan = await own.planAsync(many, {nodeLimit: 200_000, threads: 2});
  assert.deepEqual(essence(plan), essence(own.plan(many, {nodeLimit: 200_000})));
});

test('idle workers do not keep the process', () => {
  const script = `
    import {loadPlanner} from '${dist('index.js')}';
    const planner = await loadPlanner();
    const buffers = Array.from({length: 5000}, (_, i) => ({size: 1 + (i * 7919) % 997, start: i, end: i + 5 + (i * 31) % 17}));
    await planner.planAsync({buffers}, {threads: 2, nodeLimit: 50_000});
    const planned = performance.now();
    process.on('exit', () => console.log(performance.now() - planned));`;
  const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.equal(stderr, '');
  assert.ok(Number(stdout) < 2500, `it ended ${stdout} ms after the plan`);
});

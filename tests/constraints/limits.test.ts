/** Large constraints: little memory, and an answer soon after an abort or the end of the time. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {loadPlannerSync, type Problem, UsageError} from '../../bindings/index.ts';
import {large} from './large.ts';

const planner = loadPlannerSync();
const HELPER = fileURLToPath(new URL('large-plan.ts', import.meta.url));

test('8,000 buffers that share an offset, 8,000 views in a chain and 8,000 pairs in a chain take less than 250 MB', () => {
  for (const kind of ['share', 'views', 'chain'] as const) {
    const {stdout, stderr} = spawnSync(
      process.execPath,
      ['--max-old-space-size=96', '--import', 'tsx', HELPER, kind, '8000'],
      {encoding: 'utf8'},
    );
    const {megabytes, violations} = JSON.parse(stdout || `"${stderr}"`);
    assert.equal(violations, 0, kind);
    assert.ok(megabytes < 250, `${kind}: ${megabytes} MB`);
  }
});

test('an abort is answered soon, whatever is stated: with its reason, or with a plan that was near', async () => {
  for (const kind of ['share', 'views', 'chain', 'adjacent', 'scopes', 'pools'] as const) {
    const problem = large(kind, kind === 'scopes' ? 600 : 20_000);
    const controller = new AbortController();
    const planned = planner.planAsync(problem, {signal: controller.signal});
    let began = process.cpuUsage();
    setTimeout(() => {
      began = process.cpuUsage();
      controller.abort(new Error('enough'));
    }, 20);
    const answer = await planned.catch((error: Error) => error);
    const {user} = process.cpuUsage(began);
    if (answer instanceof Error) assert.equal(answer.message, 'enough', kind);
    else assert.deepEqual(planner.verify(problem, answer), [], kind);
    // processor time of all threads, cold code included, since other tests run beside this one; planning the whole takes 2.6 s and more
    assert.ok(user < 1_500_000, `${kind}: ${user / 1000} ms`);
  }
});

test('a time limit that is over ends the constraints with a valid plan', () => {
  for (const kind of ['chain', 'pools', 'adjacent'] as const) {
    const problem = large(kind, 3000);
    const began = process.cpuUsage();
    const plan = planner.plan(problem, {timeLimitMs: 1});
    const {user} = process.cpuUsage(began);
    assert.deepEqual(planner.verify(problem, plan), [], kind);
    assert.ok(plan.lowerBound <= plan.peak, kind);
    assert.ok(user < 4_000_000, `${kind}: ${user / 1000} ms`);
  }
});

test('a group that is too large for exact slices still has a valid plan and a true bound', () => {
  const problem = large('share', 3000);
  const others = problem.buffers.map(({start, end}) => ({size: 50_000, start: 3 * start, end: 3 * end}));
  const both: Problem = {...problem, buffers: [...problem.buffers, ...others.slice(0, 40)]};
  const plan = planner.plan(both, {nodeLimit: 1000});
  assert.deepEqual(planner.verify(both, plan), []);
  // the load, from all sizes at each tick
  const load = Math.max(...both.buffers.map(({start}) => loadAt(both, problem.buffers.length, start)));
  assert.ok(
    plan.lowerBound >= load && plan.lowerBound <= plan.peak,
    `${load} ${plan.lowerBound} ${plan.peak}`,
  );
});

function loadAt({buffers}: Problem, shared: number, tick: number): number {
  let group = 0;
  let others = 0;
  buffers.forEach(({size, start, end}, i) => {
    if (start > tick || end <= tick) return;
    if (i < shared) group = Math.max(group, size);
    else others += size;
  });
  return group + others;
}

test('scopes that keep more than a million pairs apart are refused with the limit', () => {
  assert.throws(
    () => planner.plan(large('scopes', 1100)),
    (error: Error) => error instanceof UsageError && /more than 1000000 pairs/.test(error.message),
  );
});

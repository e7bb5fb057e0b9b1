/** Constraints and hints in workers: the plans of this thread. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Plan, Problem} from '../../bindings/index.ts';
import {constrained, KINDS, type Kind} from '../constraints/problems.ts';
import {randomProblem, seeded} from '../random.ts';

const {loadPlanner} = (await import(
  '../../dist/index.js'
)) as unknown as typeof import('../../bindings/index.ts');
const planner = await loadPlanner();

function essence({seconds: _, ...plan}: Plan): unknown {
  return {...plan, offsets: [...plan.offsets], arenaOf: plan.arenaOf && [...plan.arenaOf]};
}

for (const kind of Object.keys(KINDS) as Kind[]) {
  test(`${kind}: workers give the plan that one thread gives`, async () => {
    const problem = constrained(kind, seeded(5));
    const there = await planner.planAsync(problem, {threads: 2});
    assert.deepEqual(essence(there), essence(planner.plan(problem)));
  });
}

test('hinted problems have the same plan in workers', async () => {
  const plain = randomProblem(seeded(9), {buffers: 60, ticks: 60, sizes: 100, longest: 9});
  const {offsets} = planner.plan(plain, {algorithm: 'naive'});
  const problem: Problem = {buffers: plain.buffers.map((buffer, i) => ({...buffer, hint: offsets[i]!}))};
  const options = {nodeLimit: 2000};
  assert.deepEqual(
    essence(await planner.planAsync(problem, options)),
    essence(planner.plan(problem, options)),
  );
});

test('an abort ends a constrained plan with the best so far', async () => {
  const plain = randomProblem(seeded(2), {buffers: 600, ticks: 600, sizes: 1000, longest: 20});
  const capacity = Math.floor(planner.lowerBound(plain) / 2);
  const problem: Problem = {...plain, pools: [{name: 'fast', capacity}, {name: 'slow'}]};
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  const plan = await planner.planAsync(problem, {signal: abort.signal});
  assert.deepEqual(planner.verify(problem, plan), []);
});

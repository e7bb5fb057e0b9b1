/** Many buffers on many streams: planned within seconds, with the exact bound. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {concurrencyBoundOf, toColumns} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {seeded} from '../random.ts';
import {doConflict, programProblem} from './problems.ts';

const {planner} = BUILDS.at(-1)!;
const SHAPE = {sizes: 5000, waitOneIn: 8, elsewhereOneIn: 8, streams: 8, live: 100};

test('8,000 buffers on 8 streams have an exact bound and a plan in seconds', () => {
  const problem = programProblem(seeded(1), {...SHAPE, buffers: 8000});
  const columns = toColumns(problem);
  const began = process.cpuUsage();
  const {antichain, lowerBound, isHeaviest} = concurrencyBoundOf(columns);
  const plan = planner.plan(columns, {nodeLimit: 1});
  const {user} = process.cpuUsage(began);
  assert.ok(isHeaviest);
  assert.ok(lowerBound > planner.lowerBound({buffers: problem.buffers.map(({clocks: _, ...rest}) => rest)}));
  const buffers = antichain.map(({buffer}) => problem.buffers[buffer]!);
  assert.equal(
    buffers.reduce((sum, {size}) => sum + size, 0),
    lowerBound,
  );
  for (const [k, a] of buffers.entries()) for (const b of buffers.slice(k + 1)) assert.ok(doConflict(a, b));
  assert.deepEqual(planner.verify(columns, plan), []);
  assert.equal(plan.lowerBound, lowerBound);
  assert.ok(plan.peak < 1.6 * lowerBound, `${plan.peak} of ${lowerBound}`);
  assert.ok(user < 20e6, `${user / 1e6} s`);
});

test('more pieces than have rows of conflicts are planned by ticks and streams', () => {
  const problem = programProblem(seeded(2), {...SHAPE, buffers: 40_100, streams: 2, live: 80});
  const plan = planner.plan(problem, {nodeLimit: 1});
  assert.deepEqual(planner.verify(problem, plan), []);
  assert.ok(plan.lowerBound <= plan.peak && plan.peak < 2 * plan.lowerBound);
});

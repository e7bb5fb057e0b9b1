/** Many buffers whose sizes change: better than the largest size for all, near the bound, the same at every run. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, type SizeFrom} from '../../bindings/index.ts';
import {varying} from './varying.ts';

const planner = loadPlannerSync();

test('300 buffers: well below the largest size for all', () => {
  const buffers = varying(300);
  const options = {nodeLimit: 20_000};
  const plan = planner.plan({buffers}, options);
  assert.deepEqual(planner.verify({buffers}, plan), []);
  const largest = planner.plan({buffers: buffers.map(({sizes: _, ...buffer}) => buffer)}, options);
  assert.ok(plan.peak < 0.85 * largest.peak, `${plan.peak} of ${largest.peak}`);
  assert.ok(plan.peak < 1.25 * plan.lowerBound, `${plan.peak} and at least ${plan.lowerBound}`);
  assert.deepEqual(planner.plan({buffers}, options).offsets, plan.offsets);
});

test('4,000 buffers, more than the exact search takes', () => {
  const buffers = varying(4000);
  const began = performance.now();
  const plan = planner.plan({buffers}, {nodeLimit: 20_000});
  assert.ok(performance.now() - began < 30_000);
  assert.deepEqual(planner.verify({buffers}, plan), []);
  assert.equal(plan.algorithm, 'rigid');
  assert.ok(plan.peak < 1.25 * plan.lowerBound, `${plan.peak} and at least ${plan.lowerBound}`);
});

test('a buffer that grows a thousand times beside one that shrinks as often', () => {
  const steps = 1000;
  const grows = Array.from({length: steps}, (_, tick): SizeFrom => [tick, 64 * (tick + 1)]);
  const shrinks = Array.from({length: steps}, (_, tick): SizeFrom => [tick, 64 * tick, 64 * steps]);
  const buffer = {size: 64 * steps, start: 0, end: steps};
  const plan = planner.plan({
    buffers: [
      {...buffer, sizes: grows},
      {...buffer, sizes: shrinks},
    ],
  });
  // together they use 64 × 1001 bytes at every tick
  assert.ok(
    plan.peak >= plan.lowerBound && plan.peak <= 64 * steps * 1.01,
    `${plan.peak} and at least ${plan.lowerBound}`,
  );
});

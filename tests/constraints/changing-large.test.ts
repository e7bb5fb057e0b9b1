/** Many buffers whose sizes change: better than the largest size for all, near the bound, the same at every run. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BufferInfo, loadPlannerSync, type SizeFrom} from '../../bindings/index.ts';
import {seeded} from '../random.ts';

const planner = loadPlannerSync();

function varying(count: number): BufferInfo[] {
  const random = seeded(count);
  return Array.from({length: count}, () => {
    const start = random(count);
    const [end, size] = [start + 2 + random(60), 64 * (1 + random(200))];
    const sizes: SizeFrom[] = [];
    for (let tick = start + random(2); tick < end && sizes.length < 3; tick += 1 + random(20))
      sizes.push([tick, 64 + 64 * Math.floor(random(size) / 64)]);
    return random(4) === 0 ? {size, start, end} : {size, start, end, sizes};
  });
}

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

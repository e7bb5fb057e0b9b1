/** The inputs of the savings bench: a step worked out by hand, and steps recorded at several batch sizes. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BatchStep, checkLinear, recordedSteps, stepAt} from '../../bench/batches.ts';
import {bestSettings, partsOf, planStep, requestsOfStep, roundStep, steadyOf} from '../../bench/steady.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {stepProblem, type Trace} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';

/** Three iterations of blocks a, b and c; with two streams, b is of another. */
function log(streams: 1 | 2): Promise<Trace> {
  const lines = [{schema: 'stowage.events/1'}] as object[];
  for (let number = 0; number < 3; number++) {
    lines.push({event: 'iteration', number});
    lines.push({event: 'malloc', address: 1, size: 1000});
    lines.push({event: 'malloc', address: 2, size: 3000, stream: streams - 1});
    lines.push({event: 'free', address: 1}, {event: 'malloc', address: 3, size: 2000});
    lines.push({event: 'free', address: 2}, {event: 'free', address: 3});
  }
  lines.push({event: 'end'});
  return importTrace(lines.map(line => `${JSON.stringify(line)}\n`).join(''));
}

test('pool, caching allocator and plan of a step by hand, rounded alike', async () => {
  const trace = await log(1);
  const step = roundStep(stepProblem(trace));
  const parts = partsOf(step);
  const requests = requestsOfStep(step, parts);
  // 8 × 6 except the last free, which is at the end
  assert.equal(requests.requests.count, 47);
  // 1024 and 3072 of the device; 2048 fits into no free chunk; then each finds its own again
  assert.deepEqual(steadyOf(requests, 'cupy'), {reserved: 6144, isSteady: true});
  assert.deepEqual(steadyOf(requests, 'pytorch-cuda'), {reserved: 2 << 20, isSteady: true});
  assert.equal(bestSettings(requests).most.reserved, 2 << 20);
  // b and c: 3072 + 2048
  const plan = {lowerBound: 5120, peak: 5120, isProven: true};
  assert.deepEqual(planStep(loadPlannerSync(), step), plan);
});

test('streams share memory neither in an allocator nor in a plan', async () => {
  const trace = await log(2);
  const step = roundStep(stepProblem(trace));
  const parts = partsOf(step);
  assert.deepEqual(parts, [[0, 2], [1]]);
  assert.equal(steadyOf(requestsOfStep(step, parts), 'pytorch-cuda').reserved, 4 << 20);
  // 2048 of a and c, one after the other, and 3072
  assert.equal(planStep(loadPlannerSync(), step).peak, 5120);
});

test('an allocator that still grows in the last iteration is not steady', async () => {
  const trace = await log(1);
  const requests = requestsOfStep(roundStep(stepProblem(trace)), [[0, 1, 2]]);
  assert.deepEqual(steadyOf(requests, 'no-reuse'), {reserved: 8 * 6144, isSteady: false});
});

test('with the batch every block of the recorded steps grows linearly; other steps are refused', async () => {
  for (const [name, sizes] of [
    ['gpt', [2, 8, 32]],
    ['resnet50', [16, 24, 32]],
  ] as const) {
    const steps = await recordedSteps(name);
    assert.deepEqual(
      steps.map(({batch}) => batch),
      sizes,
    );
    checkLinear(steps);
    const [first, middle, last] = steps as [BatchStep, BatchStep, BatchStep];
    assert.deepEqual(stepAt(first, last, middle.batch).problem.size, middle.step.problem.size);
    assert.throws(
      () => checkLinear([first, {...middle, batch: middle.batch + 1}, last]),
      /not linear between/,
    );
  }
});

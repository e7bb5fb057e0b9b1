/** A plan of a repeating step can be run step after step: unrolled three times, nothing collides. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type StepProblem, stepProblem, unroll} from '../bindings/trace.ts';
import {BUILDS} from './builds.ts';
import {example, importTrace, sharedData} from './trace/inputs.ts';

const RECORDINGS = [
  ...['alexnet', 'gpt2_small', 'mobilenet_v2', 'resnet50'].flatMap(net => [
    `traces/pytorch-cpu/${net}.inference.json.gz`,
    `traces/pytorch-cpu/${net}.training.json.gz`,
  ]),
  'traces/pytorch-cpu/vgg16.inference.json.gz',
  'traces/kineto-gpu/v100x2_nccl_training.json.gz',
  'traces/singa/vgg_cifar100_b128.log.gz',
  'traces/singa/resnet_imagenet_b16.log.gz',
  'traces/singa/googlenet_imagenet_b16.log.gz',
];

/** Plans the step and verifies three of it in a row at the plan's offsets. */
function runThrice(step: StepProblem): void {
  const {problem, buffer} = unroll(step, 3);
  assert.ok(problem.count > 2 * step.problem.count);
  for (const {planner} of BUILDS) {
    const {offsets, peak} = planner.plan(step.problem);
    const placed = {offsets: Float64Array.from(buffer, i => offsets[i]!)};
    assert.deepEqual(planner.verify(problem, placed, {capacity: peak}), []);
  }
}

for (const name of ['resnet50.training.json.gz', 'mobilenet_v2.inference.json.gz']) {
  test(`the cyclic plan of examples/${name} holds for three steps in a row`, async () => {
    const step = stepProblem(await importTrace(example(name)));
    assert.equal(step.lifetimes, 'cyclic');
    runThrice(step);
  });
}

test('two carried buffers at one offset collide in the next step: the test detects it', async () => {
  const step = stepProblem(await importTrace(example('resnet50.training.json.gz')));
  const {problem, buffer} = unroll(step, 3);
  const {planner} = BUILDS[1]!;
  const {offsets} = planner.plan(step.problem);
  const [a, b] = step.twins;
  offsets[a!.buffer] = offsets[b!.buffer]!;
  const placed = {offsets: Float64Array.from(buffer, i => offsets[i]!)};
  assert.equal(planner.verify(problem, placed)[0]?.kind, 'overlap');
});

for (const name of RECORDINGS) {
  test(`the cyclic plan of ${name} holds for three steps in a row`, async t => {
    const data = sharedData(t, name);
    if (data === undefined) return;
    const step = stepProblem(await importTrace(data));
    assert.equal(step.lifetimes, 'cyclic');
    runThrice(step);
  });
}

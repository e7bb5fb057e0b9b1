/** Training: the weights outlive every step, and all else of it is served from the plan. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Tensor} from '@tensorflow/tfjs-core';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {loadLibraries} from './libraries.ts';
import {randomTensor, trainer} from './networks.ts';

const libraries = await loadLibraries();
const {tf} = libraries;
const planner = loadPlannerSync();

const bits = (tensor: Tensor) => Buffer.from(tensor.dataSync().slice().buffer).toString('hex');

/** A batch of so many examples with their classes. */
function batch(examples: number, seed: number): [Tensor, Tensor] {
  const x = randomTensor(tf, [examples, 16], seed);
  const y = tf.tidy(() => {
    const classes = Array.from({length: examples}, (_, i) => (i * 7 + seed) % 4);
    return tf.cast(tf.oneHot(tf.tensor1d(classes, 'int32'), 4), 'float32');
  });
  return [x, y];
}

for (const kind of ['sgd', 'adam'] as const) {
  test(`a perceptron trained by ${kind} has the same losses and weights, bit for bit, poisoned and guarded`, () => {
    const [plain, planned] = [trainer(libraries, kind), trainer(libraries, kind)];
    const memoized = memoize(planned.step, {tf, planner, poison: true, canaries: true});
    const losses: number[] = [];
    for (let step = 0; step < 30; step++) {
      const [x, y] = batch(step % 10 === 9 ? 5 : 8, step); // the last batch of an epoch is smaller
      const [expected, loss] = [plain.step(x, y), memoized.predict(x, y)];
      assert.equal(bits(loss), bits(expected), `step ${step}`);
      losses.push(loss.dataSync()[0]!);
      tf.dispose([x, y, expected, loss]);
    }
    assert.ok(losses.at(-2)! < losses[0]!, 'it learns');
    for (const [i, weight] of planned.weights.entries()) assert.equal(bits(weight), bits(plain.weights[i]!));
    const {served, missed, kept, broken, plans} = memoized.statistics;
    assert.deepEqual({missed, broken, plans}, {missed: 0, broken: 0, plans: 2});
    assert.ok(served > 5 * kept && kept >= 4 * 20, `${served} served, ${kept} kept`);
    memoized.dispose();
    for (const [i, weight] of planned.weights.entries()) assert.equal(bits(weight), bits(plain.weights[i]!));
    plain.dispose();
    planned.dispose();
  });
}

test('convolutions cannot be trained on this backend, planned or not: it lacks the kernels', () => {
  const kernels = new Set(tf.getKernelsForBackend('wasm').map(({kernelName}) => kernelName));
  const missing = [
    'Conv2DBackpropFilter',
    'DepthwiseConv2dNativeBackpropFilter',
    'DepthwiseConv2dNativeBackpropInput',
  ];
  assert.deepEqual(
    missing.filter(name => kernels.has(name)),
    [],
  );
  const x = randomTensor(tf, [1, 8, 8, 3], 1) as import('@tensorflow/tfjs-core').Tensor4D;
  const filter = randomTensor(tf, [3, 3, 3, 4], 2);
  const gradient = tf.grad((w: Tensor) => tf.sum(tf.conv2d(x, w as typeof x, 1, 'same')));
  const memoized = memoize(gradient, {tf, planner});
  /** Tensors that stay behind: what was saved for the gradient, which TensorFlow.js keeps. */
  const leftBy = (call: (w: Tensor) => Tensor) => {
    const before = tf.memory().numTensors;
    assert.throws(() => call(filter), /Kernel 'Conv2DBackpropFilter' not registered/);
    return tf.memory().numTensors - before;
  };
  const plain = leftBy(w => tf.tidy(() => gradient(w)));
  for (let i = 0; i < 3; i++) assert.equal(leftBy(memoized.predict.bind(memoized)), plain);
  memoized.dispose();
  tf.dispose([x, filter]);
});

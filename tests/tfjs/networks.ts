/**
 * Networks with seeded random weights, for tests and benches: a MobileNet, a ResNet and an LSTM of layers, a
 * transformer of operations, and a training step. Each is small enough for a test; the benches ask for larger ones.
 */
import type * as Core from '@tensorflow/tfjs-core';
import type * as LayersModule from '@tensorflow/tfjs-layers';
import type {layers as Layers, LayersModel, SymbolicTensor} from '@tensorflow/tfjs-layers';
import {seeded} from '../random.ts';

/** The modules, which every host loads in its own way. */
export interface Libraries {
  readonly tf: typeof Core;
  readonly tfl: typeof LayersModule;
}

/** A network, and its input tensors. */
export interface Network {
  readonly name: string;
  run(input: Core.Tensor): Core.Tensor;
  /** An input of so many examples, the same for the same seed. */
  input(examples: number, seed: number): Core.Tensor;
  dispose(): void;
}

/** Numbers in [−1, 1), the same for the same seed. */
export function values(count: number, seed: number): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({length: count}, () => random(2 ** 32) / 2 ** 31 - 1);
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);

export function randomTensor(tf: typeof Core, shape: number[], seed: number, scale = 1): Core.Tensor {
  return tf.tensor(
    values(sizeOf(shape), seed).map(value => value * scale),
    shape,
  );
}

/** Gives every weight values of its own, scaled so that signals neither die nor explode; variances stay positive. */
function seedWeights(tf: typeof Core, model: LayersModel): void {
  const weights = model.getWeights().map((weight, i) => {
    const {name} = model.weights[i]!;
    // what one output is summed up of; a depthwise kernel, height × width × channels × 1, sums no channels
    const summed = weight.shape.slice(0, name.includes('depthwise') ? 2 : -1);
    if (summed.length > 0) return randomTensor(tf, weight.shape, i + 1, Math.sqrt(6 / sizeOf(summed)));
    const around = name.includes('variance') || name.includes('gamma') ? 1 : 0;
    return tf.tensor(
      values(sizeOf(weight.shape), i + 1).map(value => around + value / 4),
      weight.shape,
    );
  });
  model.setWeights(weights);
  tf.dispose(weights);
}

function networkOf({tf}: Libraries, name: string, model: LayersModel): Network {
  seedWeights(tf, model);
  const shape = model.inputs[0]!.shape.slice(1) as number[];
  return {
    name,
    run: input => model.predict(input) as Core.Tensor,
    input: (examples, seed) => randomTensor(tf, [examples, ...shape], seed),
    dispose: () => void model.dispose(),
  };
}

type LayerFactory = typeof Layers;

/** Depthwise-separable convolutions with batch normalisation, as in MobileNet's first version. */
export function mobileNet(libraries: Libraries, size = 32, width = 0.25): Network {
  const {layers} = libraries.tfl;
  const channels = (count: number) => Math.max(8, Math.round(count * width));
  const input = libraries.tfl.input({shape: [size, size, 3]});
  let at = normalised(layers, convolution(layers, channels(32), 3, 2).apply(input) as SymbolicTensor);
  for (const [count, stride] of [
    [64, 1],
    [128, 2],
    [128, 1],
    [256, 2],
    [256, 1],
    [512, 2],
    ...Array.from({length: 5}, () => [512, 1] as const),
    [1024, 2],
    [1024, 1],
  ] as const) {
    const depthwise = layers.depthwiseConv2d({
      kernelSize: 3,
      strides: stride,
      padding: 'same',
      useBias: false,
    });
    at = normalised(layers, depthwise.apply(at) as SymbolicTensor);
    at = normalised(layers, convolution(layers, channels(count), 1, 1).apply(at) as SymbolicTensor);
  }
  return networkOf(libraries, `MobileNet ${width} ${size}`, classifier(libraries, input, at));
}

function convolution(layers: LayerFactory, filters: number, kernelSize: number, strides: number) {
  return layers.conv2d({filters, kernelSize, strides, padding: 'same', useBias: false});
}

function normalised(layers: LayerFactory, at: SymbolicTensor): SymbolicTensor {
  const normalisedAt = layers.batchNormalization({}).apply(at);
  return layers.reLU({maxValue: 6}).apply(normalisedAt) as SymbolicTensor;
}

function classifier({tfl}: Libraries, input: SymbolicTensor, at: SymbolicTensor): LayersModel {
  const pooled = tfl.layers.globalAveragePooling2d({}).apply(at);
  const outputs = tfl.layers.dense({units: 10, activation: 'softmax'}).apply(pooled) as SymbolicTensor;
  return tfl.model({inputs: input, outputs});
}

/** Residual blocks of two convolutions, three stages of two blocks. */
export function resNet(libraries: Libraries, size = 32, width = 8): Network {
  const {layers} = libraries.tfl;
  const input = libraries.tfl.input({shape: [size, size, 3]});
  let at = normalised(layers, convolution(layers, width, 3, 1).apply(input) as SymbolicTensor);
  for (const [stage, filters] of [width, 2 * width, 4 * width].entries()) {
    for (let block = 0; block < 2; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = normalised(layers, convolution(layers, filters, 3, stride).apply(at) as SymbolicTensor);
      const second = layers
        .batchNormalization({})
        .apply(convolution(layers, filters, 3, 1).apply(first)) as SymbolicTensor;
      const skip = stride === 1 ? at : (convolution(layers, filters, 1, stride).apply(at) as SymbolicTensor);
      at = layers.reLU().apply(layers.add().apply([second, skip])) as SymbolicTensor;
    }
  }
  return networkOf(libraries, `ResNet ${width} ${size}`, classifier(libraries, input, at));
}

/** An LSTM over a sequence, and a dense layer on its last state. */
export function lstm(libraries: Libraries, steps = 12, units = 32): Network {
  const {layers} = libraries.tfl;
  const model = libraries.tfl.sequential();
  model.add(layers.lstm({units, inputShape: [steps, 16], recurrentInitializer: 'glorotUniform'}));
  model.add(layers.dense({units: 10}));
  return networkOf(libraries, `LSTM ${units} × ${steps}`, model);
}

/** Blocks of attention and a feed-forward part with residual connections, of operations; no layer for it exists. */
export function transformer({tf}: Libraries, length = 16, width = 32, blocks = 2): Network {
  const heads = 4;
  const weight = (shape: number[], seed: number) =>
    randomTensor(tf, shape, seed, Math.sqrt(3 / shape[0]!)) as Core.Tensor2D;
  const parts = Array.from({length: blocks}, (_, i) => ({
    query: weight([width, width], 10 * i + 1),
    key: weight([width, width], 10 * i + 2),
    value: weight([width, width], 10 * i + 3),
    output: weight([width, width], 10 * i + 4),
    widen: weight([width, 4 * width], 10 * i + 5),
    narrow: weight([4 * width, width], 10 * i + 6),
  }));
  type Part = (typeof parts)[number];

  const project = (x: Core.Tensor, by: Core.Tensor2D) =>
    tf.tidy(() => {
      const [examples, tokens, from] = x.shape as [number, number, number];
      return tf.reshape(tf.matMul(tf.reshape(x, [examples * tokens, from]), by), [
        examples,
        tokens,
        by.shape[1],
      ]);
    });
  const normalise = (x: Core.Tensor) =>
    tf.tidy(() => {
      const {mean, variance} = tf.moments(x, -1, true);
      return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
    });
  const split = (x: Core.Tensor) =>
    tf.tidy(() =>
      tf.transpose(tf.reshape(x, [x.shape[0]!, x.shape[1]!, heads, width / heads]), [0, 2, 1, 3]),
    );
  const attend = (x: Core.Tensor, part: Part) =>
    tf.tidy(() => {
      const [query, key, value] = [part.query, part.key, part.value].map(by => split(project(x, by)));
      const scores = tf.mul(tf.matMul(query!, key!, false, true), 1 / Math.sqrt(width / heads));
      const mixed = tf.transpose(tf.matMul(tf.softmax(scores), value!), [0, 2, 1, 3]);
      return project(tf.reshape(mixed, x.shape), part.output);
    });
  const feed = (x: Core.Tensor, part: Part) =>
    tf.tidy(() => project(tf.relu(project(x, part.widen)), part.narrow));
  const block = (x: Core.Tensor, part: Part) =>
    tf.tidy(() => {
      const attended = tf.tidy(() => tf.add(x, attend(normalise(x), part)));
      return tf.add(attended, feed(normalise(attended), part));
    });
  return {
    name: `transformer ${blocks} × ${width}, ${length} tokens`,
    run: input =>
      tf.tidy(() => {
        let at = input.clone();
        for (const part of parts) {
          const next = block(at, part);
          at.dispose();
          at = next;
        }
        return normalise(at);
      }),
    input: (examples, seed) => randomTensor(tf, [examples, length, width], seed),
    dispose: () => tf.dispose(parts),
  };
}

/** One step of gradient descent of a perceptron of two layers; gives the loss, and has new weights. */
export interface Trainer {
  step(x: Core.Tensor, y: Core.Tensor): Core.Scalar;
  readonly weights: readonly Core.Variable[];
  dispose(): void;
}

export function trainer({tf}: Libraries, kind: 'sgd' | 'adam' = 'sgd', width = 32): Trainer {
  const shapes = [[16, width], [width], [width, 4], [4]];
  const weights = shapes.map((shape, i) => {
    const initial = randomTensor(tf, shape, i + 1, 0.3);
    const variable = tf.variable(initial);
    initial.dispose();
    return variable;
  });
  const [first, firstBias, second, secondBias] = weights as [
    Core.Variable,
    Core.Variable,
    Core.Variable,
    Core.Variable,
  ];
  const optimizer = kind === 'sgd' ? tf.train.sgd(0.05) : tf.train.adam(0.01);
  const loss = (x: Core.Tensor, y: Core.Tensor) => () => {
    const hidden = tf.relu(tf.add(tf.matMul(x, first), firstBias));
    return tf.losses.softmaxCrossEntropy(y, tf.add(tf.matMul(hidden, second), secondBias)) as Core.Scalar;
  };
  return {
    step: (x, y) => optimizer.minimize(loss(x, y), true, weights)!,
    weights,
    dispose: () => {
      optimizer.dispose();
      tf.dispose(weights);
    },
  };
}

/** The networks as the tests run them. */
export function networks(libraries: Libraries): Network[] {
  return [mobileNet(libraries), resNet(libraries), lstm(libraries), transformer(libraries)];
}

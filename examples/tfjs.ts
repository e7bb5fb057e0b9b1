/** Runs a TensorFlow.js model from a plan: `npx tsx examples/tfjs.ts` after `npm run build`. */
import {createRequire} from 'node:module';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import {layers, sequential} from '@tensorflow/tfjs-layers';
import {loadPlanner} from 'stowage';
import {memoize} from 'stowage/tfjs';

setWasmPaths(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm').replace(/[^/\\]*$/, ''));
await tf.setBackend('wasm');

const model = sequential();
model.add(layers.conv2d({inputShape: [32, 32, 3], filters: 16, kernelSize: 3, padding: 'same', activation: 'relu'}));
model.add(layers.depthwiseConv2d({kernelSize: 3, strides: 2, padding: 'same', activation: 'relu'}));
model.add(layers.conv2d({filters: 32, kernelSize: 1, activation: 'relu'}));
model.add(layers.globalAveragePooling2d({}));
model.add(layers.dense({units: 10, activation: 'softmax'}));

const memoized = memoize(model, {tf, planner: await loadPlanner()});
const input = tf.ones([1, 32, 32, 3]);
let isSame = true;
for (let call = 0; call < 10; call++) {
  const [planned, unplanned] = [memoized.predict(input), model.predict(input)] as tf.Tensor[];
  const expected = await unplanned!.data();
  isSame &&= (await planned!.data()).every((value, i) => Object.is(value, expected[i]));
  tf.dispose([planned, unplanned]);
}
const {unplanned, served, kept, peak} = memoized.statistics;
console.log(`${unplanned} tensors recorded, ${served} served from one block of ${peak} bytes, ${kept} results kept`);
console.log(`the same bits: ${isSame}`);
memoized.dispose();

/** TensorFlow.js in Node, on its WebAssembly backend. */
import {createRequire} from 'node:module';
import {dirname} from 'node:path';
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import type {HeapModule} from '../../bindings/tfjs/tensorflow.ts';
import type {Libraries} from './networks.ts';

const require = createRequire(import.meta.url);

export interface Loaded extends Libraries {
  /** The module of the backend, whose heap holds the tensors. */
  readonly module: HeapModule;
}

export async function loadLibraries(): Promise<Loaded> {
  // as CommonJS, which they are in Node, so that all of them share one core
  const tf = require('@tensorflow/tfjs-core') as Libraries['tf'];
  const wasm = require('@tensorflow/tfjs-backend-wasm') as typeof import('@tensorflow/tfjs-backend-wasm');
  const tfl = require('@tensorflow/tfjs-layers') as Libraries['tfl'];
  wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
  await tf.setBackend('wasm');
  await tf.ready();
  return {tf, tfl, module: (tf.backend() as BackendWasm).wasm as unknown as HeapModule};
}

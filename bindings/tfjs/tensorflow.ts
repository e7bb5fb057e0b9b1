/**
 * What of TensorFlow.js is used, by its shape: the caller hands over the module that the model was made with, so that
 * there is never a second copy of it, and nothing of it is imported here.
 */
import {UsageError} from '../model/errors.ts';

/** `@tensorflow/tfjs-core`, or `@tensorflow/tfjs`, which holds all of it. */
export interface TensorFlow {
  getBackend(): string;
  backend(): object;
  engine(): object;
  tidy(scope: () => never): unknown;
  dispose(tensors: never): void;
}

/** What runs kernels: every operation calls this one function by its name. */
export interface Engine {
  runKernel(kernel: string, inputs: unknown, attributes?: unknown): unknown;
}

/** The Emscripten module in the backend, whose heap holds the tensors. */
export interface HeapModule {
  /** Bytes to address; signed, 0 where there is no memory. */
  _malloc: (bytes: number) => number;
  _free: (address: number) => void;
  /** Replaced whenever the memory grows. */
  readonly HEAPU8: Uint8Array;
}

/** @throws UsageError if it is not TensorFlow.js */
export function engineOf(tf: TensorFlow): Engine {
  const missing = (['getBackend', 'backend', 'engine', 'tidy', 'dispose'] as const).find(
    name => typeof (tf as Partial<TensorFlow> | undefined)?.[name] !== 'function',
  );
  const engine = missing === undefined ? (tf.engine() as Partial<Engine>) : {};
  if (typeof engine.runKernel !== 'function') {
    throw new UsageError(
      `options.tf: expected TensorFlow.js 4, as in import * as tf from '@tensorflow/tfjs-core'; it has no ${missing ?? 'engine().runKernel'}`,
    );
  }
  return engine as Engine;
}

/** @throws UsageError unless the backend in use is the WebAssembly one, ready */
export function moduleOf(tf: TensorFlow): HeapModule {
  const name = tf.getBackend();
  if (name !== 'wasm') {
    throw new UsageError(
      `the backend in use is ${JSON.stringify(name)}: plans are for "wasm", of @tensorflow/tfjs-backend-wasm; ` +
        'await tf.setBackend("wasm") first',
    );
  }
  const module = (tf.backend() as {readonly wasm?: Partial<HeapModule>}).wasm;
  if (typeof module?._malloc !== 'function' || typeof module._free !== 'function' || !module.HEAPU8) {
    throw new UsageError('the backend "wasm" shows no heap: expected @tensorflow/tfjs-backend-wasm 4');
  }
  return module as HeapModule;
}

/** TensorFlow.js on its WebAssembly backend, run from plans: the entry `stowage/tfjs`. */
export {CoreError, LimitError, UsageError} from './model/errors.ts';
export {type Memoized, type MemoizeOptions, type Model, memoize} from './tfjs/memoize.ts';
export type {KernelStatistics, MemoizedStatistics, SignatureStatistics} from './tfjs/statistics.ts';
export type {TensorFlow} from './tfjs/tensorflow.ts';

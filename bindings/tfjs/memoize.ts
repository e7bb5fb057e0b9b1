/**
 * A model whose tensors are served from a plan: its first calls are recorded, one is planned, and those that follow
 * find every tensor's place in one block of the backend's heap.
 */
import {LimitError, UsageError} from '../model/errors.ts';
import {type Bytes, checkCount} from '../model/numbers.ts';
import type {PlanOptions} from '../model/plan.ts';
import type {Planner} from '../planner/planner.ts';
import {Blocks} from './blocks.ts';
import {signatureOf} from './signature.ts';
import type {MemoizedStatistics} from './statistics.ts';
import {engineOf, type HeapModule, moduleOf, type TensorFlow} from './tensorflow.ts';

/** What memoising needs, and how it is to be done. */
export interface MemoizeOptions {
  /** The module that the model was made with: `import * as tf from '@tensorflow/tfjs-core'`. */
  readonly tf: TensorFlow;
  /** The planner of `stowage`: `await loadPlanner()`. */
  readonly planner: Pick<Planner, 'plan'>;
  readonly planOptions?: PlanOptions;
  /** Plans kept, one for each set of input shapes; the one not used for longest goes. 8 where absent. */
  readonly maxPlans?: number;
  /** Bytes, a power of two from 16 to 2^20, that tensors' addresses are multiples of; 16 where absent. */
  readonly alignment?: Bytes;
  /** Bytes for tables, which are not in the backend's heap; 16 MiB where absent: for 20,000 tensors per call. */
  readonly tableBytes?: Bytes;
  /** What `save` gave for this model: it is served from the first call on. */
  readonly plans?: string;
  /** Writes a pattern behind every tensor and counts those found changed. Slow. */
  readonly canaries?: boolean;
  /** Fills new tensors with NaN, and dead ones with another pattern. Slow. */
  readonly poison?: boolean;
  /** Counts by kernel, too. */
  readonly verbose?: boolean;
}

/** A model as its user sees it, with statistics of its memory. */
export interface Memoized<Args extends unknown[], Result> {
  /**
   * The model's `predict`, or the function, within a `tf.tidy`. Tensors that it returns, and all that is alive when it
   * returns, are the caller's: they never lie in a plan's block.
   */
  predict(...args: Args): Result;
  readonly statistics: MemoizedStatistics;
  /** The plans as text, for `MemoizeOptions.plans`. */
  save(): string;
  /** Gives the memory back. The model itself, its weights and its outputs are left alone. */
  dispose(): void;
}

/** What has a `predict`: a `LayersModel` or a `GraphModel`. */
export interface Model<Args extends unknown[], Result> {
  predict(...args: Args): Result;
}

const MOST_PLANS = 8;
const NO_RECORDING = 'no memory to record a call of so many tensors: options.tableBytes';

/**
 * Memoises a model of the WebAssembly backend, or a function that computes tensors of tensors.
 * @throws UsageError where another backend is in use
 */
export function memoize<Args extends unknown[], Result>(
  model: Model<Args, Result> | ((...args: Args) => Result),
  options: MemoizeOptions,
): Memoized<Args, Result> {
  const {maxPlans = MOST_PLANS} = options;
  checkCount(maxPlans, 'options.maxPlans', 1);
  if (
    typeof model !== 'function' &&
    typeof (model as Partial<Model<Args, Result>> | undefined)?.predict !== 'function'
  ) {
    throw new UsageError('model: expected a model with a predict, or a function');
  }
  const call = typeof model === 'function' ? model : (...args: Args) => model.predict(...args);
  return new MemoizedModel(call, options);
}

/** One set of input shapes. */
interface InputShapes {
  calls: number;
  /** Why it has no plan. */
  refused?: string;
}

class MemoizedModel<Args extends unknown[], Result> implements Memoized<Args, Result> {
  readonly #call: (...args: Args) => Result;
  readonly #options: MemoizeOptions;
  readonly #module: HeapModule;
  readonly #blocks: Blocks;
  /** By signature, the one used last behind all others. */
  readonly #byShapes = new Map<string, InputShapes>();
  #calls = 0;
  #nested = 0;
  #isDisposed = false;

  constructor(call: (...args: Args) => Result, options: MemoizeOptions) {
    this.#call = call;
    this.#options = options;
    const engine = engineOf(options.tf);
    this.#module = moduleOf(options.tf);
    this.#blocks = new Blocks(this.#module, engine, options);
    try {
      for (const signature of this.#blocks.load(options.plans)) this.#shapesOf(signature);
    } catch (error) {
      this.#blocks.dispose();
      throw error;
    }
  }

  predict(...args: Args): Result {
    if (this.#isDisposed) throw new UsageError('predict: the memoised model was disposed of');
    if (moduleOf(this.#options.tf) !== this.#module) {
      throw new UsageError('predict: the backend was made anew since: memoise the model again');
    }
    this.#calls++;
    if (this.#blocks.isHeapBusy) {
      this.#nested++;
      return this.#compute(args);
    }
    const signature = signatureOf(args);
    const shapes = this.#shapesOf(signature);
    shapes.calls++;
    return shapes.refused === undefined ? this.#serve(signature, args) : this.#compute(args);
  }

  #compute(args: Args): Result {
    return this.#options.tf.tidy(() => this.#call(...args) as never) as Result;
  }

  #serve(signature: string, args: Args): Result {
    this.#blocks.begin(signature);
    let result: Result;
    try {
      result = this.#blocks.follow(() => this.#compute(args));
      checkNoPromise(result);
    } catch (error) {
      this.#blocks.cancel();
      throw error;
    }
    this.#blocks.end();
    if (this.#blocks.isBeyondRecording(signature)) this.#refuse(signature, NO_RECORDING);
    try {
      this.#plan();
    } catch (error) {
      this.#options.tf.dispose(result as never);
      throw error;
    }
    return result;
  }

  /** Works without a plan if there is no memory for it: the computed result must not be lost. */
  #plan(): void {
    for (let isDone = false; !isDone; ) {
      try {
        this.#blocks.plan();
        isDone = true;
      } catch (error) {
        // they are planned in order, so the first that still wants a plan is the one that failed
        const [failed] = this.#blocks.wanting;
        if (!(error instanceof LimitError) || failed === undefined) throw error;
        this.#refuse(failed, error.message);
      }
    }
  }

  #refuse(signature: string, reason: string): void {
    this.#blocks.forget(signature);
    const shapes = this.#byShapes.get(signature);
    if (shapes) shapes.refused = reason;
  }

  /** The kind of a signature, now the one used last; the one not used for longest goes where there are too many. */
  #shapesOf(signature: string): InputShapes {
    const shapes = this.#byShapes.get(signature) ?? {calls: 0};
    this.#byShapes.delete(signature);
    this.#byShapes.set(signature, shapes);
    const {maxPlans = MOST_PLANS} = this.#options;
    for (const oldest of this.#byShapes.keys()) {
      if (this.#byShapes.size <= maxPlans) break;
      this.#byShapes.delete(oldest);
      this.#blocks.forget(oldest);
    }
    return shapes;
  }

  get statistics(): MemoizedStatistics {
    const planned = new Set(this.#blocks.planned);
    return {
      calls: this.#calls,
      nested: this.#nested,
      signatures: [...this.#byShapes].map(([signature, shapes]) => ({
        signature,
        isPlanned: planned.has(signature),
        ...shapes,
      })),
      ...this.#blocks.statistics,
    };
  }

  save(): string {
    return this.#blocks.save();
  }

  dispose(): void {
    if (this.#isDisposed) return;
    if (this.#blocks.isRunning) throw new UsageError('dispose: the memoised model runs');
    this.#isDisposed = true;
    this.#blocks.dispose();
  }
}

function checkNoPromise(result: unknown): void {
  if (typeof (result as Partial<Promise<unknown>> | null | undefined)?.then !== 'function') return;
  throw new UsageError(
    'memoize: the function returned a promise: its later computations cannot be distinguished from others',
  );
}

/** The running kernel and the number of blocks it has allocated: the parts of keys. */
import type {Engine} from './tensorflow.ts';

/** What tensors made by values, outside of any kernel, are allocated by. */
export const NO_KERNEL = 'tensor';

export class Kernels {
  /** The innermost one that runs. */
  running = NO_KERNEL;
  /** Blocks that it has allocated. */
  #count = 0;
  /** By name, the key of the k-th allocation. */
  readonly #keys = new Map<string, number[]>();
  readonly #keyOf: (kernel: string, nth: string) => number;
  readonly #engine: Engine;
  /** The engine's own, while `#followed` replaces it. */
  #runKernel: Engine['runKernel'];
  readonly #followed: Engine['runKernel'];

  constructor(engine: Engine, keyOf: (kernel: string, nth: string) => number) {
    this.#engine = engine;
    this.#keyOf = keyOf;
    this.#runKernel = engine.runKernel;
    this.#followed = (name, inputs, attributes) => {
      const {running} = this;
      const count = this.#count;
      this.running = name;
      this.#count = 0;
      try {
        return this.#runKernel.call(engine, name, inputs, attributes);
      } finally {
        this.running = running;
        this.#count = count;
      }
    };
  }

  /** The key of the next allocation. */
  nextKey(): number {
    const name = this.running;
    let keys = this.#keys.get(name);
    if (!keys) {
      keys = [];
      this.#keys.set(name, keys);
    }
    const nth = this.#count++;
    keys[nth] ??= this.#keyOf(name, String(nth));
    return keys[nth];
  }

  /** Follows the kernels that the engine runs during `call`. */
  follow<T>(call: () => T): T {
    this.#runKernel = this.#engine.runKernel;
    this.#engine.runKernel = this.#followed;
    this.running = NO_KERNEL;
    this.#count = 0;
    try {
      return call();
    } finally {
      // not deleted where it was inherited: that would make every property access of the object slow
      if (this.#engine.runKernel === this.#followed) this.#engine.runKernel = this.#runKernel;
    }
  }
}

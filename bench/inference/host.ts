/** A network and an allocator in one memory, inside one thread. */
import {loadPlannerSync} from '../../bindings/index.ts';
import type {Instance, RuntimeExports} from '../../bindings/runtime/instance.ts';
import {Runtime} from '../../bindings/runtime/runtime.ts';
import {instantiate, PAGE, type ReplayExports} from '../runtime/subject.ts';

export const NETWORKS = ['MLP', 'LSTM', 'transformer'] as const;

/** An allocator's module and the network's, and the memory where workers share one. */
export interface Pair {
  readonly name: string;
  readonly allocator: Uint8Array<ArrayBuffer>;
  readonly network: Uint8Array<ArrayBuffer>;
  readonly memory?: WebAssembly.Memory;
}

interface NetworkExports {
  numWeights(network: number): number;
  fillWeights(at: number, count: number): void;
  startProbe(): void;
  endProbe(): number;
  infer(
    network: number,
    weights: number,
    allocator: number,
    alloc: number,
    release: number,
    border: number,
    dry: number,
  ): number;
}

interface AllocatorExports extends ReplayExports {
  readonly table?: WebAssembly.Table;
  readonly __indirect_function_table?: WebAssembly.Table;
  noBorderIndex?(): number;
}

/** Bytes of a worker's region, and of its weights; all weights are behind all regions. */
export const REGION = 4 << 20;
export const WEIGHTS = 1 << 20;
/** Iterations that are recorded before the plan is made. */
const RECORDED = 4;

/** Nanoseconds per millisecond. */
const NS = 1e6;

/** One network, ready to run. */
export class Host {
  readonly #network: NetworkExports;
  readonly #arguments: readonly [number, number, number, number, number, number];
  readonly #allocator: AllocatorExports;
  readonly #memory: WebAssembly.Memory;
  readonly #runtime: Runtime | undefined;

  /** @param index the worker's number, which determines its region of a shared memory */
  constructor(
    {name, allocator, network, memory: shared}: Pair,
    which: number,
    index: number,
    workers: number,
  ) {
    const exports = instantiate(allocator, shared) as AllocatorExports;
    const memory = shared ?? exports.memory!;
    this.#allocator = exports;
    this.#memory = memory;
    const table = exports.table ?? exports.__indirect_function_table!;
    const imports = {env: {memory, table}};
    this.#network = new WebAssembly.Instance(new WebAssembly.Module(network), imports)
      .exports as unknown as NetworkExports;
    const base = PAGE + index * REGION;
    const weights = exports.reserve
      ? exports.reserve(WEIGHTS) >>> 0
      : PAGE + workers * REGION + index * WEIGHTS;
    this.#network.fillWeights(weights, this.#network.numWeights(which));
    const self = name === 'general' ? PAGE : base;
    const functions = [exports.allocIndex(), exports.releaseIndex(), exports.borderIndex()] as const;
    const [alloc, release, border] = functions.map(at => this.#placeOf(at)) as [number, number, number];
    this.#arguments = [which, weights, self, alloc, release, border];
    if (name === 'planned') this.#runtime = this.#memoize(base, exports);
    else if (name !== 'general') exports.make?.(base, base + REGION);
  }

  /** A function of AssemblyScript is an object, whose first word is its place in the table; of C it is that place. */
  #placeOf(address: number): number {
    return this.#allocator.__indirect_function_table
      ? address
      : new Uint32Array(this.#memory.buffer)[address >> 2]!;
  }

  /** Records and plans. */
  #memoize(base: number, exports: AllocatorExports): Runtime {
    const core = exports as unknown as RuntimeExports;
    const worker = core.create(base, REGION, 6, 0) >>> 0;
    if (worker === 0) throw new Error(`no worker at ${base}`);
    const instance: Instance = {exports: core, memory: this.#memory, worker};
    const runtime = new Runtime({instance, alignment: 64, mode: 0}, {});
    const [which, weights, self, alloc, release] = this.#arguments;
    const border = this.#placeOf(exports.noBorderIndex!());
    for (let i = 0; i < RECORDED; i++) {
      runtime.begin();
      this.#network.infer(which, weights, self, alloc, release, border, 0);
      runtime.end();
    }
    runtime.plan(loadPlannerSync());
    // an iteration that asks for nothing: the recording ends before it
    runtime.begin();
    runtime.end();
    return runtime;
  }

  /** @returns the hash of the output */
  infer(isDry: boolean): number {
    return this.#network.infer(...this.#arguments, isDry ? 1 : 0) >>> 0;
  }

  /** Runs so many inferences. @returns nanoseconds of each, and a hash of all outputs */
  run(count: number): {latencies: Float64Array; hash: number} {
    const latencies = new Float64Array(count);
    let hash = 0;
    for (let i = 0; i < count; i++) {
      const began = performance.now();
      const output = this.infer(false);
      latencies[i] = (performance.now() - began) * NS;
      hash = (Math.imul(hash, 31) + output) >>> 0;
    }
    return {latencies, hash};
  }

  /** Runs so many inferences without arithmetic. @returns nanoseconds of one */
  dry(count: number): number {
    const began = performance.now();
    for (let i = 0; i < count; i++) this.infer(true);
    return ((performance.now() - began) * NS) / count;
  }

  /** Bytes from the lowest to the highest that its tensors have. */
  span(): number {
    this.#network.startProbe();
    this.infer(true);
    return this.#network.endProbe() >>> 0;
  }

  /** Share of the allocations since the plan was made that it served; nothing for other allocators. */
  get served(): number | undefined {
    if (!this.#runtime) return undefined;
    const {served, larger, blocked, extra, unknown, unmanaged} = this.#runtime.statistics;
    return served / (served + larger + blocked + extra + unknown + unmanaged);
  }
}

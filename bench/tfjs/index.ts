/** What a plan saves a network of TensorFlow.js: bytes touched, peak, growth of the heap, time. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Tensor} from '@tensorflow/tfjs-core';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs/index.ts';
import type {HeapModule} from '../../bindings/tfjs/tensorflow.ts';
import {bytesTouched, observe} from '../../tests/tfjs/heap.ts';
import {type Loaded, loadLibraries} from '../../tests/tfjs/libraries.ts';
import type {Network} from '../../tests/tfjs/networks.ts';
import {median, ms, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import type {HeapGrowth, HeapJob} from './heap.ts';
import {type Arm, ratioOf, takeTurns} from './latency.ts';
import {NETWORKS} from './networks.ts';

const CHILD = fileURLToPath(new URL('heap.ts', import.meta.url));
const ROUNDS = 21;
/** Of fewer, even the least and the greatest do not hold the median with 95 % confidence. */
const LEAST_ROUNDS = 6;
const planner = loadPlannerSync();

export async function benchTfjs({only, samples = ROUNDS}: BenchOptions): Promise<void> {
  const rounds = Math.max(LEAST_ROUNDS, samples);
  const libraries = await loadLibraries();
  const {tf} = libraries;
  console.log(
    `tfjs: TensorFlow.js ${tf.version_core} on its WebAssembly backend, ${backendOf(libraries)}, random weights, ` +
      'one example per call;\nmemory in bytes, time in milliseconds per call',
  );
  const memory: (string | number)[][] = [];
  const heaps: (string | number)[][] = [];
  const times: (string | number)[][] = [];
  for (const [name, make] of Object.entries(NETWORKS)) {
    if (!only.test(name)) continue;
    const network = make(libraries);
    const plans = plansOf(libraries, network);
    memory.push([name, ...memoryOf(libraries, network, plans)]);
    heaps.push([name, ...heapsOf(name, plans)]);
    times.push([name, ...timesOf(libraries, network, plans, rounds)]);
    network.dispose();
  }
  printMemory(memory, heaps);
  printTimes(times, rounds);
}

function printMemory(memory: readonly (string | number)[][], heaps: readonly (string | number)[][]): void {
  console.log(
    'tfjs: one call: tensors that it allocates, the most of them live at once, its plan, what outlives it (results,\n' +
      'new weights) and so is not in the plan; and bytes that lie in a tensor at some time, with and without plan',
  );
  const head = ['network', 'tensors', 'live at once', 'plan', 'outliving', 'touched unplanned', 'planned'];
  printTable([...head, 'planned ÷ unplanned'], memory);
  console.log(
    'tfjs: growth in 20 calls of a fresh process: the highest address in use; in brackets the memory itself.\n' +
      'What the kernels allocate within C++ (packed weights, work space) is in all of them',
  );
  printTable(['network', 'unplanned', 'recorded, then planned', 'plan loaded', 'loaded ÷ unplanned'], heaps);
}

function printTimes(times: readonly (string | number)[][], rounds: number): void {
  console.log(
    `tfjs: ${rounds} rounds, planned and unplanned in turns, the order swapped from round to round: minimum (median);\n` +
      'planned ÷ unplanned within a round: median, and an interval that holds it with 95 % confidence',
  );
  printTable(['network', 'unplanned', 'planned', 'planned ÷ unplanned'], times);
}

function backendOf({tf}: Loaded): string {
  const {WASM_HAS_SIMD_SUPPORT: simd, WASM_HAS_MULTITHREAD_SUPPORT: threads} = tf.env().getFlags();
  return `${simd ? 'SIMD' : 'no SIMD'}, ${threads ? 'threads' : 'no threads'}`;
}

/** The plans after two recorded calls. */
function plansOf({tf}: Loaded, network: Network): string {
  const memoized = memoize(network.run, {tf, planner});
  const input = network.input(1, 1);
  for (let i = 0; i < 3; i++) memoized.predict(input).dispose();
  const plans = memoized.save();
  memoized.dispose();
  input.dispose();
  return plans;
}

function memoryOf({tf, module}: Loaded, network: Network, plans: string): (string | number)[] {
  const input = network.input(1, 1);
  let live = 0;
  const unplanned = observe(module, () => {
    live = mostLive(module, () => network.run(input).dispose());
  });
  const memoized = memoize(network.run, {tf, planner, plans});
  memoized.predict(input).dispose();
  const planned = observe(module, () => memoized.predict(input).dispose());
  const {peak, missed} = memoized.statistics;
  if (missed > 0) throw new Error(`${missed} tensors were not served from the plan`);
  memoized.dispose();
  input.dispose();
  const [before, after] = [bytesTouched(unplanned), bytesTouched(planned)];
  return [planned.length, live, peak, keptBytes(plans), before, after, (after / before).toFixed(3)];
}

/** Bytes of the tensors that outlive a call. */
function keptBytes(plans: string): number {
  const [plan] = (JSON.parse(plans) as {plans: {sizes: number[]; ends: (number | null)[]}[]}).plans;
  return plan!.sizes.reduce((sum, bytes, row) => sum + (plan!.ends[row] === null ? bytes : 0), 0);
}

/** The most bytes of tensors that are live at once during `call`. */
function mostLive(module: HeapModule, call: () => void): number {
  const {_malloc, _free} = module;
  const sizes = new Map<number, number>();
  let [live, most] = [0, 0];
  module._malloc = bytes => {
    const address = _malloc(bytes);
    sizes.set(address, bytes);
    live += bytes;
    most = Math.max(most, live);
    return address;
  };
  module._free = address => {
    live -= sizes.get(address) ?? 0;
    sizes.delete(address);
    _free(address);
  };
  try {
    call();
  } finally {
    Object.assign(module, {_malloc, _free});
  }
  return most;
}

function heapsOf(network: string, plans: string): string[] {
  const [unplanned, recorded, loaded] = [
    growthOf({network, kind: 'unplanned'}),
    growthOf({network, kind: 'recorded'}),
    growthOf({network, kind: 'loaded', plans}),
  ];
  const cell = ({top, memory}: HeapGrowth) => `${top} (${memory})`;
  return [cell(unplanned), cell(recorded), cell(loaded), (loaded.top / unplanned.top).toFixed(3)];
}

function growthOf(job: HeapJob): HeapGrowth {
  const {status, stdout, stderr} = spawnSync(process.execPath, ['--import', 'tsx', CHILD], {
    input: JSON.stringify(job),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a process of ${job.network} failed: ${stderr.slice(-400)}`);
  return JSON.parse(stdout) as HeapGrowth;
}

function timesOf({tf}: Loaded, network: Network, plans: string, rounds: number): string[] {
  const input = network.input(1, 1);
  const unplanned: Arm = () => ({run: network.run, end: () => {}});
  const planned: Arm = () => {
    const memoized = memoize((x: Tensor) => network.run(x), {tf, planner, plans});
    return {run: x => memoized.predict(x), end: () => memoized.dispose()};
  };
  const turns = takeTurns({unplanned, planned}, input, rounds);
  input.dispose();
  const cell = (values: readonly number[]) => `${ms(Math.min(...values))} (${ms(median(values))})`;
  const {middle, low, high} = ratioOf(turns);
  return [
    cell(turns.unplanned),
    cell(turns.planned),
    `${middle.toFixed(3)}, ${low.toFixed(3)} to ${high.toFixed(3)}`,
  ];
}

/** Savings of a plan for a network of TensorFlow.js: bytes touched, peak, growth of the heap, time. */
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import type {Tensor} from '@tensorflow/tfjs-core';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {bytesTouched, observe} from '../../tests/tfjs/heap.ts';
import {type Loaded, loadLibraries} from '../../tests/tfjs/libraries.ts';
import type {Network} from '../../tests/tfjs/networks.ts';
import {median, ms, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import type {HeapGrowth, HeapJob} from './heap.ts';
import {ratioOf, type Turns, takeTurns} from './latency.ts';
import {NETWORKS} from './networks.ts';
import {mostLive, replay, scriptOf} from './replay.ts';

const CHILD = fileURLToPath(new URL('heap.ts', import.meta.url));
const ROUNDS = 21;
/** With fewer, even the least and the greatest do not enclose the median with 95 % confidence. */
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
      'planned ÷ unplanned within a round: median, and an interval that holds it with 95 % confidence. Then microseconds\n' +
      'for all of malloc and free of a call, replayed without the kernels, and what share of the call that is unplanned',
  );
  const head = ['network', 'unplanned', 'planned', 'planned ÷ unplanned'];
  printTable([...head, 'malloc + free unplanned', 'planned', 'share'], times);
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
  const live = mostLive(scriptOf(module, () => network.run(input).dispose()));
  const unplanned = observe(module, () => network.run(input).dispose());
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

function timesOf(libraries: Loaded, network: Network, plans: string, rounds: number): string[] {
  const {tf, module} = libraries;
  const input = network.input(1, 1);
  const call = () => network.run(input);
  const read = (output: Tensor) => {
    output.dataSync(); // as its user would
    output.dispose();
  };
  const script = scriptOf(module, () => read(call()));
  const addresses: number[] = [];
  const calls = inTurns(libraries, rounds, call, read, plans);
  const allocations = inTurns(
    libraries,
    rounds,
    () => replay(module, script, addresses),
    () => {},
  );
  tf.dispose(input);
  const cell = (values: readonly number[]) => `${ms(Math.min(...values))} (${ms(median(values))})`;
  const {middle, low, high} = ratioOf(calls);
  return [
    cell(calls.unplanned),
    cell(calls.planned),
    `${middle.toFixed(3)}, ${low.toFixed(3)} to ${high.toFixed(3)}`,
    ...[allocations.unplanned, allocations.planned].map(times => (1000 * Math.min(...times)).toFixed(1)),
    `${((100 * Math.min(...allocations.unplanned)) / Math.min(...calls.unplanned)).toFixed(2)} %`,
  ];
}

/** A call memoised, and as it is: then on a heap without a tap. What it allocates it frees within its turn. */
function inTurns<T>(
  {tf, module}: Loaded,
  rounds: number,
  call: () => T,
  use: (result: T) => void,
  plans?: string,
): Turns {
  const {_malloc, _free} = module;
  const model = memoize(call, {tf, planner, ...(plans === undefined ? {} : {plans})});
  const tapped = {_malloc: module._malloc, _free: module._free};
  for (let i = 0; i < 3; i++) use(model.predict());
  const turns = takeTurns(
    {
      unplanned: () => {
        Object.assign(module, {_malloc, _free});
        return {run: () => use(call()), end: () => Object.assign(module, tapped)};
      },
      planned: () => ({run: () => use(model.predict()), end: () => {}}),
    },
    rounds,
  );
  model.dispose();
  return turns;
}

/**
 * Measures a heap's growth in a process of its own: `{network, kind, plans?}` on standard input, one JSON line out. The
 * heap never shrinks, so that each way of running needs a fresh one.
 */
import {readFileSync} from 'node:fs';
import {loadPlannerSync} from '../../bindings/index.ts';
import {memoize} from '../../bindings/tfjs.ts';
import {walkHeap} from '../../tests/tfjs/heap.ts';
import {loadLibraries} from '../../tests/tfjs/libraries.ts';
import {NETWORKS} from './networks.ts';

export interface HeapJob {
  readonly network: string;
  /** Without a plan; with one that is made in this process; with one that is loaded. */
  readonly kind: 'unplanned' | 'recorded' | 'loaded';
  readonly plans?: string;
}

/** Growth of the heap by the calls, after the network was loaded, bytes. */
export interface HeapGrowth {
  /** Growth of the highest address in use. */
  readonly top: number;
  /** In use after the last call: packed weights of the kernels, and the plan. */
  readonly used: number;
  /** Growth of the memory itself. */
  readonly memory: number;
}

const CALLS = 20;

const {network: name, kind, plans} = JSON.parse(readFileSync(0, 'utf8')) as HeapJob;
const {tf, tfl, module} = await loadLibraries();
module._free(module._malloc(8));
const first = module._malloc(8);
const network = NETWORKS[name]!({tf, tfl});
const inputs = Array.from({length: CALLS}, (_, seed) => network.input(1, seed));
const before = {...walkHeap(module, first), memory: module.HEAPU8.length};
const memoized =
  kind === 'unplanned'
    ? undefined
    : memoize(network.run, {tf, planner: loadPlannerSync(), ...(plans === undefined ? {} : {plans})});
for (const input of inputs) tf.dispose(memoized ? memoized.predict(input) : network.run(input));
const after = {...walkHeap(module, first), memory: module.HEAPU8.length};
const growth: HeapGrowth = {
  top: Math.max(0, after.top - before.top),
  used: after.used - before.used,
  memory: after.memory - before.memory,
};
console.log(JSON.stringify(growth));

/**
 * Networks that run inside wasm at batch 1, in one worker, two and four, their tensors from each allocator: latency, the
 * share of it that allocation takes, bytes. One binary of the network for all; the outputs must be the same bits.
 */
import {median, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {compile, compileDlmalloc} from '../runtime/modules.ts';
import {NETWORKS} from './host.ts';
import {type Allocator, type Measured, measure} from './threads.ts';

const WORKERS = [1, 2, 4];
const WORK = {rounds: 30, count: 100, dry: 200};
const NAMES: Readonly<Record<string, string>> = {
  planned: 'stowage',
  bump: 'bump',
  general: "stowage's TLSF, locked",
  standard: "AssemblyScript's TLSF",
  dlmalloc: 'dlmalloc',
};

export async function benchInference({only, quick}: BenchOptions): Promise<void> {
  const allocators = compileAll();
  const work = quick ? {...WORK, rounds: 3} : WORK;
  console.log(
    `inference: batch 1, f32, ${work.rounds * work.count} inferences per worker and allocator, in turns of ${work.count}; microseconds.\n` +
      'Allocation is the time of the same inference without its arithmetic, loop and calls included, as a share of it, minima of both.\n' +
      'stowage and bump have an arena per worker in one shared memory, its TLSF is one heap there; the others, which cannot\n' +
      "share a memory, have one for each worker. Peak is the distance from the first to the last byte of one worker's tensors",
  );
  for (const [which, network] of NETWORKS.entries()) {
    if (!only.test(network)) continue;
    const rows: (string | number)[][] = [];
    const hashes = new Set<string>();
    for (const workers of WORKERS) {
      const measured = await measure(allocators, which, workers, work);
      for (const one of measured) {
        if (one.hashes.size !== work.rounds) throw new Error(`${network}: workers of ${one.name} differ`);
        hashes.add([...one.hashes].join());
        rows.push(rowOf(one, measured[0]!, workers));
      }
    }
    if (hashes.size !== 1) throw new Error(`${network}: the outputs depend on the allocator`);
    console.log(`${network}: all outputs the same bits`);
    printTable(
      ['workers', 'allocator', 'p50', 'p99', '÷ stowage', 'allocation', 'peak × workers, B', 'served'],
      rows,
    );
  }
}

function compileAll(): Allocator[] {
  const sharedNetwork = compile('network', 'shared guest');
  const network = compile('network', 'guest');
  const allocators = ['planned', 'bump', 'general'].map(
    (name): Allocator => ({name, allocator: compile(name, 'shared'), network: sharedNetwork, isShared: true}),
  );
  allocators.push({name: 'standard', allocator: compile('standard'), network, isShared: false});
  const dlmalloc = compileDlmalloc();
  if (typeof dlmalloc === 'string') console.log(`inference: dlmalloc is not measured: ${dlmalloc}\n`);
  else allocators.push({name: 'dlmalloc', allocator: dlmalloc, network, isShared: false});
  return allocators;
}

function rowOf(one: Measured, planned: Measured, workers: number): (string | number)[] {
  const p50 = median(one.latencies);
  const sorted = Float64Array.from(one.latencies).sort();
  const p99 = sorted[Math.floor(sorted.length * 0.99)]!;
  return [
    workers,
    NAMES[one.name]!,
    (p50 / 1000).toFixed(1),
    (p99 / 1000).toFixed(1),
    (p50 / median(planned.latencies)).toFixed(3),
    `${((100 * Math.min(...one.dry)) / sorted[0]!).toFixed(1)} %`,
    // in a heap for all, a worker's tensors lie among the others'
    one.name === 'general' ? one.span : `${one.span} × ${workers} = ${one.span * workers}`,
    one.served === undefined ? '' : `${(100 * one.served).toFixed(1)} %`,
  ];
}

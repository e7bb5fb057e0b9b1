/**
 * The only file of the runtime that knows WebAssembly: modules, memories, regions. `assembly/runtime/index.ts` is the
 * other side; `tests/runtime/abi.test.ts` compares the two.
 */
import {decodeBase64} from '../model/base64.ts';
import {LimitError, memoryRefused, UsageError} from '../model/errors.ts';
import type {Bytes} from '../model/problem.ts';
import {RUNTIME_SHARED_WASM_BASE64, RUNTIME_WASM_BASE64} from './runtime-wasm.ts';

/** What the runtime exports. Addresses come as i32: `>>> 0` before use. */
export interface RuntimeExports {
  /** Present in the build with a memory of its own. */
  readonly memory?: WebAssembly.Memory;
  create(base: number, bytes: number, alignmentBits: number, mode: number): number;
  introduce(worker: number, peers: number, numPeers: number): void;
  begin(worker: number, signature: number): number;
  malloc(worker: number, key: number, size: number): number;
  free(worker: number, address: number): number;
  reclaim(worker: number, address: number): number;
  retain(worker: number, address: number): number;
  end(worker: number): void;
  servedNow(worker: number): number;
  misses(worker: number): number;
  interrupt(worker: number): void;
  resume(worker: number): void;
  collect(worker: number): void;
  record(worker: number): number;
  stopRecording(worker: number): number;
  died(worker: number, row: number): void;
  rows(worker: number): number;
  numRows(worker: number): number;
  borders(worker: number): number;
  numBorders(worker: number): number;
  newPlan(
    worker: number,
    signature: number,
    numSlots: number,
    numPhases: number,
    arena: number,
    arenaBytes: number,
  ): number;
  columns(plan: number): number;
  wanted(plan: number): number;
  seal(worker: number, plan: number): number;
  retire(worker: number, signature: number): void;
  isHeld(worker: number, plan: number): number;
  newTable(worker: number, bytes: number): number;
  dropTable(worker: number, table: number): void;
  offsetsAt(table: number): number;
  counters(worker: number): number;
  usedBytes(worker: number): number;
  highWater(worker: number): number;
  broken(worker: number): number;
  covers(worker: number, address: number, bytes: number): number;
  live(worker: number): number;
}

/** Answers, modes and counters of `assembly/runtime/status.ts`. */
export const ANSWER = {DONE: 0, NOT_OURS: 1, INVALID_FREE: 2, QUEUE_FULL: 3} as const;
export const MODE = {CANARIES: 1, POISON: 2, FOREIGN: 4} as const;
export const COUNTERS = [
  'served',
  'larger',
  'blocked',
  'extra',
  'unknown',
  'unmanaged',
  'unplanned',
  'missing',
  'failed',
  'strays',
  'remote',
  'broken',
  'bypassed',
] as const;
/** Most bytes of one allocation, and of all memory that 32-bit WebAssembly can address here. */
export const MOST_BYTES = 0xfff00000;
export const MOST_MEMORY = 0xffff0000;
/** Least bytes of a region. */
export const LEAST_REGION = 1 << 18;

const PAGE = 1 << 16;
/** Regions begin behind the first page, which holds the list of them. */
const FIRST_REGION = PAGE;
const PEERS = 64;
const MOST_WORKERS = (PAGE - PEERS) / 8;

/** Part of a memory that one worker manages. */
export interface Region {
  readonly base: Bytes;
  readonly bytes: Bytes;
}

/** An instance of the runtime, the memory it works in, and its worker there. */
export interface Instance {
  readonly exports: RuntimeExports;
  readonly memory: WebAssembly.Memory;
  readonly worker: number;
}

/** A shared memory with regions, as it is posted to threads. */
export interface SharedRegions {
  readonly memory: WebAssembly.Memory;
  readonly regions: readonly Region[];
  readonly alignment: Bytes;
  readonly mode: number;
}

/** An instance with a memory of its own, of so many bytes, that never grows. */
export function ownInstance(bytes: Bytes, alignment: Bytes, mode: number): Instance {
  const exports = instantiateOwn();
  const memory = exports.memory!;
  const region = {base: FIRST_REGION, bytes: Math.ceil(bytes / PAGE) * PAGE};
  checkMemory(region.base + region.bytes);
  const pages = (region.base + region.bytes) / PAGE - memory.buffer.byteLength / PAGE;
  try {
    if (pages > 0) memory.grow(pages);
  } catch {
    throw new LimitError(`the host grants no memory of ${region.bytes} bytes`);
  }
  return {exports, memory, worker: createWorker(exports, region, alignment, mode)};
}

/** Lays out a shared memory for so many workers, each with so many bytes. */
export function shareMemory(workers: number, bytes: Bytes, alignment: Bytes, mode: number): SharedRegions {
  if (!Number.isSafeInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
    throw new UsageError(`workers: expected an integer from 1 to ${MOST_WORKERS}, got ${workers}`);
  }
  const each = Math.ceil(bytes / PAGE) * PAGE;
  const all = FIRST_REGION + workers * each;
  checkMemory(all);
  checkIsolation();
  const memory = sharedMemory(all / PAGE);
  const regions = Array.from({length: workers}, (_, i) => ({base: FIRST_REGION + i * each, bytes: each}));
  new Uint32Array(memory.buffer, PEERS, 2 * workers).set(
    regions.flatMap(region => [region.base, region.bytes]),
  );
  const exports = instantiateShared(memory);
  for (const region of regions) {
    exports.introduce(createWorker(exports, region, alignment, mode), PEERS, workers);
  }
  return {memory, regions, alignment, mode};
}

/** An instance over a shared memory, for the worker of that number. */
export function sharedInstance(shared: SharedRegions, index: number): Instance {
  const region = shared.regions[index];
  if (!region) throw new UsageError(`worker: expected an index below ${shared.regions.length}, got ${index}`);
  return {exports: instantiateShared(shared.memory), memory: shared.memory, worker: region.base};
}

/** A view of words in an instance's memory. */
export function words(instance: Instance, address: number, length: number): Uint32Array {
  return new Uint32Array(instance.memory.buffer, address >>> 0, length);
}

/** The counters by their names, including the current iteration. */
export function readCounters(instance: Instance): Record<(typeof COUNTERS)[number], number> {
  const at = instance.exports.counters(instance.worker) >>> 0;
  const values = new BigUint64Array(instance.memory.buffer, at, COUNTERS.length);
  const counters = Object.fromEntries(COUNTERS.map((name, i) => [name, Number(values[i])])) as Record<
    (typeof COUNTERS)[number],
    number
  >;
  counters.served += instance.exports.servedNow(instance.worker);
  return counters;
}

function createWorker(
  exports: RuntimeExports,
  {base, bytes}: Region,
  alignment: Bytes,
  mode: number,
): number {
  const worker = exports.create(base, bytes, Math.log2(alignment), mode) >>> 0;
  if (worker === 0) {
    throw new UsageError(
      `bytes: expected at least ${LEAST_REGION} for a worker, and more than its alignment, got ${bytes}`,
    );
  }
  return worker;
}

function checkMemory(bytes: Bytes): void {
  if (bytes > MOST_MEMORY) {
    throw new LimitError(
      `${bytes} bytes of memory are more than 32-bit WebAssembly can address (${MOST_MEMORY})`,
    );
  }
}

/** In a page, shared memory can be made but not posted to workers unless the page is isolated. */
function checkIsolation(): void {
  if ((globalThis as {crossOriginIsolated?: boolean}).crossOriginIsolated === false) {
    throw new UsageError(
      'shared memory needs a page served with the headers "Cross-Origin-Opener-Policy: same-origin" and ' +
        '"Cross-Origin-Embedder-Policy: require-corp"; without them the browser does not pass it to workers',
    );
  }
}

function sharedMemory(pages: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({initial: pages, maximum: 65536, shared: true});
  } catch {
    throw new LimitError(`the host grants no shared memory of ${pages * PAGE} bytes`);
  }
}

/** @throws HostError where the host refuses the memory that an instance begins with. */
function instantiateOwn(): RuntimeExports {
  try {
    return new WebAssembly.Instance(compiled('own')).exports as unknown as RuntimeExports;
  } catch (error) {
    if (error instanceof RangeError) throw memoryRefused(error);
    throw error;
  }
}

function instantiateShared(memory: WebAssembly.Memory): RuntimeExports {
  return new WebAssembly.Instance(compiled('shared'), {env: {memory}}).exports as unknown as RuntimeExports;
}

const BUILDS = {own: RUNTIME_WASM_BASE64, shared: RUNTIME_SHARED_WASM_BASE64};
const modules: {own?: WebAssembly.Module; shared?: WebAssembly.Module} = {};

/** A build, compiled once: every instance uses the code that the engine has optimised. */
function compiled(build: keyof typeof BUILDS): WebAssembly.Module {
  modules[build] ??= new WebAssembly.Module(decodeBase64(BUILDS[build]));
  return modules[build];
}

/** One allocator with one script in its memory, ready to replay it. */
import type {Planner} from '../../bindings/index.ts';
import type {Instance, RuntimeExports} from '../../bindings/runtime/instance.ts';
import {Runtime} from '../../bindings/runtime/runtime.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {give} from './oracle.ts';

/** Exports of every module of the bench. */
export interface ReplayExports {
  readonly memory?: WebAssembly.Memory;
  replay(
    steps: number,
    numSteps: number,
    blocks: number,
    numRows: number,
    iterations: number,
    self: number,
    alloc: number,
    release: number,
    border: number,
  ): number;
  allocIndex(): number;
  releaseIndex(): number;
  borderIndex(): number;
  /** For allocators over a stretch of memory. */
  make?(base: number, end: number): void;
  /** For allocators that manage all of their memory. */
  reserve?(bytes: number): number;
  _initialize?(): void;
}

const FREE = 0x80000000;
const LAG = 0x40000000;
export const PAGE = 1 << 16;
/** Nanoseconds per millisecond. */
const NS = 1e6;

/** The position of a script in memory. */
export interface Placed {
  readonly steps: number;
  readonly numSteps: number;
  readonly blocks: number;
  readonly numRows: number;
  /** Mallocs, each with its free, of one iteration. */
  readonly pairs: number;
  /** The root of the allocator's state. */
  readonly self: number;
}

/** Bytes that `place` needs. */
export function bytesOf(script: Script): number {
  return 12 * script.events.length + 8 * script.rows.length + 64;
}

/** Writes a script for the loop. */
export function place(memory: WebAssembly.Memory, at: number, script: Script, self: number): Placed {
  const keys = keysOf(script);
  const {events} = script;
  const words = new Uint32Array(memory.buffer, at, 3 * events.length);
  for (const [i, {kind, row, lag}] of events.entries()) {
    words[3 * i] = (row | (kind === 'free' ? FREE : 0) | (lag > 0 ? LAG : 0)) >>> 0;
    words[3 * i + 1] = keys[row]!;
    words[3 * i + 2] = script.rows[row]!.size;
  }
  const blocks = at + 12 * events.length;
  new Uint32Array(memory.buffer, blocks, 2 * script.rows.length).fill(0);
  return {
    steps: at,
    numSteps: events.length,
    blocks,
    numRows: script.rows.length,
    pairs: events.length / 2,
    self,
  };
}

/** Bytes for allocators over a stretch of memory. */
const STRETCH = 2 ** 31 - 2 * PAGE;

/** An allocator in an instance of its own. */
export interface Subject {
  readonly name: string;
  readonly exports: ReplayExports;
  readonly placed: Placed;
  readonly runtime?: Runtime;
  /** Nanoseconds per pair. */
  readonly times: number[];
}

export function newSubject(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  script: Script,
  planner: Planner,
): Subject {
  const exports = instantiate(bytes);
  const memory = exports.memory!;
  if (exports.reserve) {
    const at = exports.reserve(bytesOf(script)) >>> 0;
    return {name, exports, placed: place(memory, at, script, 0), times: []};
  }
  const scriptBytes = Math.ceil(bytesOf(script) / PAGE) * PAGE;
  memory.grow((PAGE + STRETCH + scriptBytes - memory.buffer.byteLength) / PAGE);
  let runtime: Runtime | undefined;
  if (name === 'planned') runtime = memoize(exports, memory, {base: PAGE, bytes: STRETCH}, script, planner);
  else exports.make!(PAGE, PAGE + STRETCH);
  const region = {base: PAGE, bytes: STRETCH};
  const self = name === 'oracle' ? give(memory, PAGE + STRETCH, region, script, planner) : PAGE;
  const placed = place(memory, PAGE + STRETCH, script, self);
  return {name, exports, placed, times: [], ...(runtime ? {runtime} : {})};
}

/** Share of the allocations served from the plan since it was made. */
export function servedShare(subjects: readonly Pick<Subject, 'runtime'>[]): string {
  let [served, others] = [0, 0];
  for (const {runtime} of subjects) {
    if (!runtime) continue;
    const {statistics} = runtime;
    const {larger, blocked, extra, unknown, unmanaged} = statistics;
    served += statistics.served;
    others += larger + blocked + extra + unknown + unmanaged;
  }
  return `${((100 * served) / (served + others)).toFixed(2)} %`;
}

/** Nanoseconds per pair of malloc and free. @param iterations even, so that the blocks carried over are found again */
export function measure(exports: ReplayExports, placed: Placed, iterations: number): number {
  const {steps, numSteps, blocks, numRows, pairs, self} = placed;
  const functions = [exports.allocIndex(), exports.releaseIndex(), exports.borderIndex()] as const;
  const began = performance.now();
  exports.replay(steps, numSteps, blocks, numRows, iterations, self, ...functions);
  return ((performance.now() - began) * NS) / (iterations * pairs);
}

/** The key of each row. */
export function keysOf({rows}: Script): number[] {
  return rows.map((_, i) => i + 1);
}

/** Instantiates a module, whose imports, if it has any, nobody calls. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, memory?: WebAssembly.Memory): ReplayExports {
  const module = new WebAssembly.Module(bytes);
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const {module: from, name, kind} of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = kind === 'memory' ? memory! : () => 0;
  }
  const exports = new WebAssembly.Instance(module, imports).exports as unknown as ReplayExports;
  exports._initialize?.();
  return exports;
}

/** Records the script with the runtime in `exports`, plans it, and leaves nothing live. */
export function memoize(
  exports: ReplayExports,
  memory: WebAssembly.Memory,
  region: {base: number; bytes: number},
  script: Script,
  planner: Planner,
): Runtime {
  const core = exports as unknown as RuntimeExports;
  const worker = core.create(region.base, region.bytes, 6, 0);
  if (worker === 0) throw new Error(`no worker of ${region.bytes} bytes at ${region.base}`);
  const instance: Instance = {exports: core, memory, worker};
  const runtime = new Runtime({instance, alignment: 64, mode: 0}, {});
  const keys = keysOf(script);
  const live = script.rows.map((): number[] => []);
  for (let iteration = 0; iteration < 4; iteration++) {
    runtime.begin();
    for (const {kind, row, held} of script.events) {
      if (kind === 'malloc') live[row]!.push(runtime.malloc(keys[row]!, script.rows[row]!.size));
      else if (live[row]!.length >= held) runtime.free(live[row]!.shift()!);
    }
    runtime.end();
  }
  for (const address of live.flat()) runtime.free(address);
  runtime.plan(planner, {algorithm: 'portfolio'});
  // an iteration that asks for nothing: the recording ends before it
  runtime.begin();
  runtime.end();
  return runtime;
}

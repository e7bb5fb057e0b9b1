/**
 * Calls of the runtime in WebAssembly, written down with their arguments, answers and what they leave in memory, for
 * `replay.c` to repeat in the C that wasm2c makes of the same module.
 */
import {spawnSync} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ForeignHeap} from '../../bindings/runtime/install.ts';
import {COUNTERS, MODE, type RuntimeExports} from '../../bindings/runtime/instance.ts';
import {Runtime, type RuntimeOptions} from '../../bindings/runtime/runtime.ts';
import {NAMES, RECORD} from './call-names.ts';
import {compile, type Program} from './compile.ts';

/** The module of which `build/native/runtime.inc` is made. */
const WASM = new URL('../../build/runtime.wasm', import.meta.url);
const PAGE = 1 << 16;
/** Bytes that a worker has for its tables beside a heap that is not its own. */
const TABLES = 4 << 20;
const RUN_MS = 120_000;

/** Compared at the end of each iteration, beside the counters. */
const SUMS = ['servedNow', 'misses', 'usedBytes', 'highWater', 'live'] as const;
type Name = (typeof NAMES)[number];
type Calls = Record<Name, (...args: number[]) => number>;

type OwnOptions = RuntimeOptions & {readonly bytes: number; readonly canaries?: boolean};

export class CallLog {
  calls = 0;
  readonly #module = new WebAssembly.Module(readFileSync(WASM));
  readonly #folder = mkdtempSync(join(tmpdir(), 'stowage-calls-'));
  readonly #path = join(this.#folder, 'calls');
  readonly #file = openSync(this.#path, 'w');
  readonly #words = new Uint32Array(1 << 18);
  #used = 0;

  /** A runtime over a memory of its own. */
  newRuntime({bytes, canaries = false, ...options}: OwnOptions): Runtime {
    const mode = canaries ? MODE.CANARIES : 0;
    const exports = this.#instance(PAGE + bytes);
    const worker = exports.create(PAGE, bytes, 6, mode) >>> 0;
    return new Runtime({instance: {exports, memory: exports.memory!, worker}, alignment: 64, mode}, options);
  }

  /** A runtime over a heap, which is in the same memory, behind the tables. */
  newRuntimeOver({bytes, ...options}: OwnOptions): Runtime {
    const exports = this.#instance(PAGE + TABLES + bytes);
    const worker = exports.create(PAGE, TABLES, 6, MODE.FOREIGN) >>> 0;
    const heap = new Heap(PAGE + TABLES, bytes);
    const instance = {exports, memory: exports.memory!, worker};
    return new RuntimeOverHeap({instance, alignment: 64, mode: MODE.FOREIGN, heap}, options);
  }

  /** Has a build of the C repeat all calls. @throws Error with the first that differs */
  replay(flags: Program['flags']): void {
    this.#flush();
    const program = compile({sources: ['replay.c', 'wasm-rt.c'], flags});
    const {stdout, stderr, status, signal} = spawnSync(program, [this.#path, NAMES.join(' ')], {
      encoding: 'utf8',
      timeout: RUN_MS,
    });
    if (status !== 0) throw new Error(`the replay ended with ${signal ?? status}: ${stderr.slice(0, 4000)}`);
    const repeated = Number(stdout);
    if (repeated !== this.calls) throw new Error(`${repeated} of ${this.calls} calls were repeated`);
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #instance(bytes: number): RuntimeExports {
    const exports = new WebAssembly.Instance(this.#module).exports as unknown as RuntimeExports;
    const memory = exports.memory!;
    memory.grow(bytes / PAGE - memory.buffer.byteLength / PAGE);
    this.#write([RECORD.NEW, bytes / PAGE]);
    return this.#logged(exports);
  }

  /** The exports; what the caller reads and writes in the memory is logged as well. */
  #logged(exports: RuntimeExports): RuntimeExports {
    const memory = exports.memory!;
    const words = (at: number, count: number) => new Uint32Array(memory.buffer, at >>> 0, count);
    const expect = (at: number, count: number) =>
      this.#write([RECORD.EXPECT, at >>> 0, count], words(at, count));
    const logged = Object.fromEntries(
      NAMES.map((name, i) => {
        const call = exports[name] as (...args: number[]) => number | undefined;
        const answered = (...args: number[]) => {
          const answer = (call(...args) ?? 0) >>> 0;
          this.calls++;
          this.#write([RECORD.FIRST_CALL + i, ...args, answer]);
          return answer;
        };
        return [name, answered];
      }),
    ) as Calls;
    /** Slots of a phase, and phases, by plan; the plan that was sealed last. */
    const shapes = new Map<number, readonly [slots: number, phases: number]>();
    let latest = 0;
    const wanted = (plan: number) => {
      const [slots, phases] = shapes.get(plan)!;
      const at = logged.wanted(plan);
      expect(at, (slots + 1) * phases);
      return at;
    };
    const also: Partial<Calls> = {
      wanted: (plan = 0) => wanted(plan),
      newPlan: (worker = 0, signature = 0, slots = 0, phases = 0, ...arena) => {
        const plan = logged.newPlan(worker, signature, slots, phases, ...arena);
        shapes.set(plan, [slots, phases]);
        return plan;
      },
      seal: (worker = 0, plan = 0) => {
        const [slots, phases] = shapes.get(plan)!;
        const [at, length] = [exports.columns(plan) >>> 0, 3 * slots * phases];
        this.#write([RECORD.WRITE, at, length], words(at, length));
        latest = plan;
        return logged.seal(worker, plan);
      },
      stopRecording: (worker = 0) => {
        const isWhole = logged.stopRecording(worker);
        expect(logged.rows(worker), 3 * logged.numRows(worker));
        expect(logged.borders(worker), logged.numBorders(worker));
        return isWhole;
      },
      end: (worker = 0) => {
        logged.end(worker);
        expect(logged.counters(worker), 2 * COUNTERS.length);
        for (const name of SUMS) logged[name](worker);
        if (latest > 0 && logged.isHeld(worker, latest)) wanted(latest);
        return 0;
      },
    };
    return {...exports, ...logged, ...also} as unknown as RuntimeExports;
  }

  /** The next call must answer so, which need not be true. */
  expectAnswer(name: Name, answer: number): void {
    this.calls++;
    this.#write([RECORD.FIRST_CALL + NAMES.indexOf(name), PAGE, answer]);
  }

  /** All bytes of the tables must be the same, at this place of the log. */
  expectTables(runtime: Runtime): void {
    const words = new Uint32Array(runtime.buffer, PAGE, TABLES / 4);
    let hash = 0;
    for (const word of words) hash = (Math.imul(hash, 31) + word) >>> 0;
    this.#write([RECORD.HASH, PAGE, TABLES / 4, hash]);
  }

  #write(head: readonly number[], rest: Uint32Array = NOTHING): void {
    const length = head.length + rest.length;
    if (this.#used + length > this.#words.length) this.#flush();
    if (length > this.#words.length) throw new Error(`a record of ${length} words`);
    this.#words.set(head, this.#used);
    this.#words.set(rest, this.#used + head.length);
    this.#used += length;
  }

  #flush(): void {
    writeSync(this.#file, this.#words, 0, 4 * this.#used);
    this.#used = 0;
  }
}

const NOTHING = new Uint32Array(0);

/** Blocks of a part of the memory, by their sizes; the first half is set apart for arenas. */
class Heap implements ForeignHeap {
  readonly base: number;
  readonly length: number;
  /** Owners of each live block, and its bytes. */
  readonly owners = new Map<number, number>();
  readonly #bytes = new Map<number, number>();
  readonly #free = new Map<number, number[]>();
  #next: number;

  constructor(from: number, bytes: number) {
    this.base = from;
    this.length = bytes / 2;
    this.#next = from + bytes / 2;
  }

  has(address: number): boolean {
    return address >= this.base + this.length;
  }

  malloc(bytes: number): number {
    const size = Math.max(64, Math.ceil(bytes / 64) * 64);
    let address = this.#free.get(size)?.pop();
    if (address === undefined) {
      address = this.#next;
      this.#next += size;
    }
    if (this.#next > this.base + 2 * this.length) return 0;
    this.owners.set(address, 1);
    this.#bytes.set(address, size);
    return address;
  }

  free(address: number): void {
    const size = this.#bytes.get(address)!;
    const all = this.#free.get(size) ?? [];
    if (!this.owners.delete(address)) throw new Error('freed by the wrong allocator');
    this.#free.set(size, [...all, address]);
  }
}

/** The owner of the heap counts the owners of its blocks itself. */
class RuntimeOverHeap extends Runtime {
  readonly #heap: Heap;

  constructor(foundation: ConstructorParameters<typeof Runtime>[0] & {heap: Heap}, options: RuntimeOptions) {
    super(foundation, options);
    this.#heap = foundation.heap;
  }

  override free(address: number): boolean {
    if (!this.#heap.has(address)) return super.free(address);
    const owners = this.#heap.owners.get(address) ?? 0;
    if (owners > 1) this.#heap.owners.set(address, owners - 1);
    return owners > 1 || (owners === 1 && super.free(address));
  }

  override retain(address: number): boolean {
    const owners = this.#heap.owners.get(address);
    if (!this.#heap.has(address) || owners === undefined) return super.retain(address);
    this.#heap.owners.set(address, owners + 1);
    return true;
  }
}

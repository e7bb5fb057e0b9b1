/** The module in a memory of its own or of several workers, with a list of all that was called and written. */
import {readFileSync} from 'node:fs';
import {NAMES, RECORD} from '../../native/call-names.ts';

const PAGE = 1 << 16;
/** Where the list of regions is. */
const PEERS = 64;

export type Exports = Record<string, (...args: number[]) => number | undefined>;

/** In the order of `assembly/runtime/status.ts`, stated anew: a judge does not take it from what it judges. */
export const COUNTERS = [
  ...[
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
  ],
  ...['remote', 'broken', 'bypassed'],
] as const;

const FOLDER = process.env.STOWAGE_WASM ?? new URL('../../../build', import.meta.url).pathname;
const modules = new Map<string, WebAssembly.Module>();

/** A build of the runtime, from the last build of the project or from the folder in STOWAGE_WASM. */
export function moduleOf(build: string): WebAssembly.Module {
  const module = modules.get(build) ?? new WebAssembly.Module(readFileSync(`${FOLDER}/${build}.wasm`));
  modules.set(build, module);
  return module;
}

export interface Region {
  readonly base: number;
  readonly bytes: number;
}

export class Engine {
  readonly regions: readonly Region[];
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  readonly #exports: readonly Exports[];
  /** What was called and written, as words; undefined where nobody repeats it. */
  readonly log: number[] | undefined;
  calls = 0;

  constructor(build: string, workers: number, bytes: number, isLogged = false) {
    const each = Math.ceil(bytes / PAGE) * PAGE;
    const pages = 1 + (workers * each) / PAGE;
    const module = moduleOf(build);
    const isShared = build.endsWith('.shared');
    const own = isShared ? sharedMemory(pages) : undefined;
    const imports = own ? {env: {memory: own}} : {};
    this.#exports = Array.from(
      {length: workers},
      () => new WebAssembly.Instance(module, imports).exports as Exports,
    );
    this.memory = own ?? (this.#exports[0] as unknown as {memory: WebAssembly.Memory}).memory;
    if (!own) this.memory.grow(pages - this.memory.buffer.byteLength / PAGE);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.regions = Array.from({length: workers}, (_, i) => ({base: PAGE + i * each, bytes}));
    this.log = isLogged ? [RECORD.NEW, pages] : undefined;
  }

  /** Makes a worker, which knows the others. */
  create(worker: number, alignmentBits: number, mode: number): boolean {
    const {base, bytes} = this.regions[worker]!;
    const isMade = this.call(worker, 'create', base, bytes, alignmentBits, mode) === base;
    if (this.regions.length === 1 || !isMade) return isMade;
    const list = new Uint32Array(this.memory.buffer, PEERS, 2 * this.regions.length);
    list.set(this.regions.flatMap(region => [region.base, region.bytes]));
    this.#exports[worker]!.introduce!(base, PEERS, this.regions.length);
    return true;
  }

  /** Calls a function of a worker's instance. @returns its answer as an unsigned number */
  call(worker: number, name: (typeof NAMES)[number], ...args: number[]): number {
    const answer = (this.#exports[worker]![name]!(...args) ?? 0) >>> 0;
    this.calls++;
    this.log?.push(RECORD.FIRST_CALL + NAMES.indexOf(name), ...args.map(word => word >>> 0), answer);
    return answer;
  }

  /** The same on the worker itself. */
  of(worker: number, name: (typeof NAMES)[number], ...args: number[]): number {
    return this.call(worker, name, this.regions[worker]!.base, ...args);
  }

  words(at: number, count: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, at, count);
  }

  setWords(at: number, words: readonly number[]): void {
    this.words(at, words.length).set(words);
    this.#wrote(at, words.length);
  }

  fill(value: number, at: number, bytes: number): void {
    this.bytes.fill(value, at, at + bytes);
    if (bytes > 0) this.#wrote(at - (at % 4), Math.ceil(((at % 4) + bytes) / 4));
  }

  #wrote(at: number, count: number): void {
    if (!this.log) return;
    this.log.push(RECORD.WRITE, at, count);
    for (const word of this.words(at, count)) this.log.push(word);
  }

  counters(worker: number): Record<(typeof COUNTERS)[number], number> {
    const at = this.of(worker, 'counters');
    const values = new BigUint64Array(this.memory.buffer, at, COUNTERS.length);
    return Object.fromEntries(COUNTERS.map((name, i) => [name, Number(values[i])])) as never;
  }

  /** What is in the list when every byte has to be as it is here. */
  hashAll(): void {
    let hash = 0;
    const words = this.words(0, this.bytes.length / 4);
    for (let i = 0; i < words.length; i++) hash = (Math.imul(hash, 31) + words[i]!) >>> 0;
    this.log?.push(RECORD.HASH, 0, words.length, hash);
  }
}

function sharedMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({initial: pages, maximum: 65536, shared: true});
}

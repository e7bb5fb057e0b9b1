/** Has threads run a program's workers at once. */
import {Worker} from 'node:worker_threads';
import type {CallName, RawCase} from './case.ts';
import {Engine, moduleOf} from './engine.ts';
import {Failure} from './failure.ts';

const BUILD = 'runtime.shared';
const LIMIT_MS = 30_000;
/** What makes no sense, or has no certain answer, while others work. */
const LEFT_OUT: ReadonlySet<CallName> = new Set([
  'create',
  'damage',
  'covers',
  'freeAt',
  'retainAt',
  'freeThere',
  'flood',
]);
const ALLOCATIONS = ['larger', 'blocked', 'extra', 'unknown', 'unmanaged', 'unplanned'] as const;

interface Answer {
  readonly fault?: string;
  readonly mallocs?: number;
}

export class Threads {
  #threads: Worker[] = [];

  async judge(task: RawCase): Promise<Record<string, number>> {
    const engine = new Engine(BUILD, task.workers, task.bytes);
    for (let i = 0; i < task.workers; i++) engine.create(i, task.alignmentBits, task.mode & 2);
    const {calls, ids} = callsOf(task);
    const shared = sharedOf(ids.size, engine.bytes.length);
    const sizes = [...ids.values()];
    const stamps = sizes.map((_, id) => (41 * id + 7) & 255);
    const {memory, regions} = engine;
    const common = {module: moduleOf(BUILD), memory, regions, sizes, stamps, shared, plans: task.plans};
    const answers = await Promise.all(
      calls.map((own, index) => this.#ask(index, {...common, index, calls: own})),
    );
    for (const {fault} of answers) if (fault) throw new Failure(`threads ${fault.split(':')[0]}`, fault);
    finish(engine, new Int32Array(shared.addresses), new Int32Array(shared.owners), sizes, stamps);
    for (const [index, {mallocs}] of answers.entries()) checkCounters(engine, index, mallocs!);
    return {'threads: calls': calls.flat().length};
  }

  #ask(index: number, message: object): Promise<Answer> {
    this.#threads[index] ??= new Worker(new URL('thread.mjs', import.meta.url), {execArgv: []});
    const thread = this.#threads[index]!;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.close();
        resolve({fault: 'hang: a thread does not answer'});
      }, LIMIT_MS);
      thread.once('message', (answer: Answer) => {
        clearTimeout(late);
        thread.off('error', reject);
        resolve(answer);
      });
      thread.once('error', reject);
      thread.postMessage(message);
    });
  }

  close(): void {
    for (const thread of this.#threads) void thread?.terminate();
    this.#threads = [];
  }
}

/** The calls of each worker; blocks have new numbers, and are allocated before they are named. */
function callsOf({calls, workers}: RawCase) {
  /** Number and bytes of the blocks so far. */
  const numbers = new Map<number, number>();
  const ids = new Map<number, number>();
  const own: [CallName, ...number[]][][] = Array.from({length: workers}, () => []);
  for (const [worker, name, ...rest] of calls) {
    if (LEFT_OUT.has(name)) continue;
    if (name === 'malloc') {
      numbers.set(rest[0]!, ids.size);
      ids.set(ids.size, rest[2]!);
    } else if (name === 'free' || name === 'reclaim' || name === 'retain') {
      if (!numbers.has(rest[0]!)) continue;
    } else {
      own[worker]!.push([name, ...rest]);
      continue;
    }
    own[worker]!.push([name, numbers.get(rest[0]!)!, ...rest.slice(1)]);
  }
  return {calls: own, ids};
}

function sharedOf(numIds: number, bytes: number) {
  const words = (count: number) => new SharedArrayBuffer(4 * Math.max(1, count));
  return {addresses: words(numIds), owners: words(numIds), locks: words(numIds), granules: words(bytes >> 4)};
}

/** All threads are done: each worker takes what others freed, then all is freed. */
function finish(
  engine: Engine,
  addresses: Int32Array,
  owners: Int32Array,
  sizes: readonly number[],
  stamps: readonly number[],
): void {
  const {regions} = engine;
  const all = regions.map((_, index) => index);
  for (const index of all) engine.of(index, 'end');
  for (const index of all) engine.of(index, 'collect');
  for (const [id, address] of addresses.entries()) {
    if (address <= 0 || owners[id]! <= 0) continue;
    if (engine.bytes.subarray(address, address + sizes[id]!).some(byte => byte !== stamps[id]))
      throw new Failure('threads lost byte', `of block ${id}`);
    const index = regions.findIndex(({base, bytes}) => address >= base && address < base + bytes);
    for (let k = 0; k < owners[id]!; k++)
      if (engine.of(index, 'free', address) !== 0)
        throw new Failure('threads free', `block ${id} at ${address}`);
  }
  for (const index of all) {
    const live = engine.of(index, 'live');
    if (live !== 0) throw new Failure('threads live', `${live} blocks of worker ${index} are left`);
    const {strays} = engine.counters(index);
    if (strays !== 0)
      throw new Failure('threads strays', `${strays} frees of worker ${index} found no block`);
  }
}

function checkCounters(engine: Engine, index: number, mallocs: number): void {
  const counters = engine.counters(index);
  const all = counters.served + ALLOCATIONS.reduce((sum, name) => sum + counters[name], 0);
  if (all !== mallocs) throw new Failure('threads counters', `${all} of ${mallocs} allocations are counted`);
}

/** Runs a program over `Runtime` and judges it: which blocks are live, what each call has to answer, that no byte is lost. */
import {LimitError, UsageError} from '../../../bindings/model/errors.ts';
import {
  attachRuntime,
  createRuntime,
  type Runtime,
  runtimeOver,
  shareMemory,
} from '../../../bindings/runtime.ts';
import {ALL_SIGNATURES, type ApiCall, type ApiCase, type ApiName} from './api-case.ts';
import {Failure} from './failure.ts';
import {ForeignHeap} from './foreign-heap.ts';
import {OwnPlanner, PlannerError} from './own-planner.ts';

const ALLOCATIONS = ['served', 'larger', 'blocked', 'extra', 'unknown', 'unmanaged', 'unplanned'] as const;
const FALLBACKS = ['larger', 'blocked', 'extra', 'unknown'] as const;
const LOOK = 64;
/** Repetitions until all is served: recorded, planned, widened. */
const STEADY = 14;
const STEADY_SIGNATURE = 'steady';

interface Block {
  readonly id: number;
  readonly worker: number;
  readonly address: number;
  readonly bytes: number;
  readonly isOfHeap: boolean;
  owners: number;
  pending: number;
  isDamaged: boolean;
}

interface State {
  readonly runtime: Runtime;
  isIterating: boolean;
  isInterrupted: boolean;
  /** It has no plan for the present iteration. */
  isUnplanned: boolean;
  served: number;
  mallocs: number;
  saved: string | undefined;
  queued: number;
}

export async function judgeApi(task: ApiCase): Promise<Record<string, number>> {
  const run = new ApiRun(task);
  await run.all();
  return run.counts;
}

class ApiRun {
  readonly counts: Record<string, number> = {
    'api: calls': 0,
    'api: mallocs': 0,
    'api: served': 0,
    'api: steady': 0,
  };
  readonly #task: ApiCase;
  readonly #heap: ForeignHeap | undefined;
  readonly #workers: State[];
  readonly #planner = new OwnPlanner();
  readonly #blocks = new Map<number, Block>();
  readonly #live = new Set<Block>();
  #at = 0;

  constructor(task: ApiCase) {
    this.#task = task;
    const isForeign = task.heap === 'foreign' || task.heap === 'part of a foreign';
    this.#heap = isForeign ? new ForeignHeap(task.heap === 'foreign') : undefined;
    this.#workers = this.#newRuntimes().map(runtime => ({
      runtime,
      isIterating: false,
      isInterrupted: false,
      isUnplanned: true,
      served: 0,
      mallocs: 0,
      saved: undefined,
      queued: 0,
    }));
  }

  #newRuntimes(): Runtime[] {
    const {bytes, alignment, canaries, poison, padding, identity, carries, plans, workers, heap} = this.#task;
    const options = {padding, identity, carries, ...(plans ? {planner: this.#planner.of(0)} : {})};
    if (this.#heap) return [runtimeOver(this.#heap, {alignment, ...options})];
    if (heap === 'own') return [createRuntime({bytes, alignment, canaries, poison, ...options})];
    const shared = shareMemory({workers, bytes, alignment, canaries, poison});
    return Array.from({length: workers}, (_, i) => attachRuntime(shared, i, options));
  }

  async all(): Promise<void> {
    try {
      for (const call of this.#task.calls) {
        await this.#perform(call);
        this.#at++;
        this.counts['api: calls']!++;
        if (this.#at % LOOK === 0) this.#lookAtAll();
      }
      this.#finish();
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure(`api ${(error as Error).name}`, `${this.#where()}: ${(error as Error).stack}`);
    }
  }

  #where(): string {
    return `call ${this.#at} ${JSON.stringify(this.#task.calls[this.#at] ?? 'end')}`;
  }

  #fail(kind: string, message: string): never {
    throw new Failure(`api ${kind}`, `${this.#where()}: ${message}`);
  }

  #expect<T>(kind: string, got: T, expected: T): void {
    if (got !== expected) this.#fail(kind, `expected ${expected}, got ${got}`);
  }

  async #perform([index, name, ...numbers]: ApiCall): Promise<void> {
    const [a = 0, b = 0, c = 0] = numbers;
    const state = this.#workers[index]!;
    const {runtime} = state;
    const calls: Readonly<Record<ApiName, () => void | Promise<void>>> = {
      begin: () => this.#begin(index, `${a}`),
      end: () => this.#end(index, 'end'),
      cancel: () => this.#end(index, 'cancel'),
      interrupt: () => {
        runtime.interrupt();
        state.isInterrupted = true;
      },
      resume: () => {
        runtime.resume();
        state.isInterrupted = false;
      },
      collect: () => {
        runtime.collect();
        this.#drained(index);
      },
      read: () => this.#read(index),
      malloc: () => this.#malloc(index, a, b, c),
      free: () => this.#free(index, a),
      retain: () => this.#retain(index, a),
      view: () => this.#view(index, a),
      damage: () => this.#damage(a),
      freeAt: () => this.#stray(index, a, b),
      plan: () => this.#plan(runtime, a),
      planAsync: () => this.#planner.start(runtime, a),
      settle: () => this.#planner.settle(),
      forget: () => this.#forget(runtime, a),
      save: () => {
        state.saved = runtime.save();
      },
      load: () => this.#load(state),
    };
    await calls[name]();
    this.#checkUnplanned(state);
  }

  #begin(index: number, signature: string): void {
    const state = this.#workers[index]!;
    if (state.isIterating) this.#end(index, 'end');
    state.isUnplanned = !state.runtime.signatures.includes(signature);
    state.runtime.begin(signature);
    state.isIterating = true;
    this.#drained(index);
    state.served = state.runtime.statistics.served;
  }

  /** Without a plan nothing is served. */
  #checkUnplanned({runtime, isUnplanned, isIterating, served}: State): void {
    if (isIterating && isUnplanned && runtime.statistics.served !== served)
      this.#fail('served', 'without a plan');
  }

  #end(index: number, how: 'end' | 'cancel'): void {
    const state = this.#workers[index]!;
    const {isIterating} = state;
    if (isIterating) {
      state.isIterating = false;
      state.isInterrupted = false;
    }
    try {
      state.runtime[how]();
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
    }
    if (isIterating) this.#drained(index);
  }

  #drained(index: number): void {
    for (const block of this.#live) {
      if (block.worker !== index || block.pending === 0) continue;
      block.owners -= block.pending;
      block.pending = 0;
      if (block.owners === 0) this.#live.delete(block);
    }
    this.#workers[index]!.queued = 0;
  }

  #malloc(index: number, id: number, key: number, bytes: number): void {
    const state = this.#workers[index]!;
    let address: number;
    const heapBlocks = this.#heap?.taken ?? 0;
    try {
      address = state.runtime.malloc(key, bytes);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      if (bytes >= 0 && bytes <= 0xfff00000 - this.#task.padding) state.mallocs++;
      if (bytes >= 0 && bytes < 1000 && !this.#heap) this.#checkShortage(state, bytes);
      return;
    }
    state.mallocs++;
    this.counts['api: mallocs']!++;
    const isOfHeap = this.#heap !== undefined && this.#heap.taken > heapBlocks;
    const block = {id, worker: index, address, bytes, isOfHeap, owners: 1, pending: 0, isDamaged: false};
    this.#checkPlace(block);
    this.#blocks.set(id, block);
    this.#live.add(block);
    if (!this.#heap) this.#bytesOf(block).fill(stampOf(id));
  }

  #checkShortage({runtime}: State, bytes: number): void {
    const {usedBytes} = runtime.statistics;
    if (usedBytes + bytes < (this.#task.bytes - 40_000) / 4)
      this.#fail('refused', `${bytes} of ${usedBytes} in use`);
  }

  #checkPlace({id, address, bytes, worker, isOfHeap}: Block): void {
    const {alignment, canaries, padding} = this.#task;
    const least = Math.max(1, bytes + padding) + (canaries ? 16 : 0);
    if (address % (isOfHeap ? 16 : alignment) !== 0) this.#fail('alignment', `${address}`);
    if (!this.#heap && address + least > this.#workers[worker]!.runtime.buffer.byteLength)
      this.#fail('place', `${address} is beyond the memory`);
    for (const other of this.#live) {
      if (other.owners - other.pending <= 0) continue;
      const end = other.address + Math.max(1, other.bytes + padding) + (canaries ? 16 : 0);
      if (other.address < address + least && address < end)
        this.#fail(
          'overlap',
          `block ${id} at ${address} shares bytes with block ${other.id} at ${other.address}`,
        );
    }
  }

  #bytesOf({worker, address, bytes}: Block): Uint8Array {
    return new Uint8Array(this.#workers[worker]!.runtime.buffer, address, bytes);
  }

  #free(index: number, id: number): void {
    const block = this.#blocks.get(id);
    if (!block) return;
    const {runtime} = this.#workers[index]!;
    const certain = block.owners - block.pending;
    if (certain === 0) {
      if (block.owners === 0 && !block.isOfHeap) this.#freeDead(index, block.address);
      return;
    }
    if (certain === 1) this.#checkBytes(block);
    this.#expect('free', runtime.free(block.address), true);
    if (index === block.worker) {
      block.owners--;
      if (block.owners === 0) this.#live.delete(block);
    } else {
      block.pending++;
      this.#workers[block.worker]!.queued++;
    }
  }

  /** Where nothing is live; an address of another worker is for that one to judge. */
  #freeDead(index: number, address: number): void {
    for (const block of this.#live) if (block.address === address) return;
    if (this.#workers.length > 1) return;
    if (this.#heap) return; // what is in no arena is the heap's to judge
    this.#expect('stray free', this.#workers[index]!.runtime.free(address), false);
  }

  #stray(index: number, form: number, offset: number): void {
    const block = this.#blocks.get(form - 2);
    this.#freeDead(index, (form > 1 ? (block?.address ?? 0) : 0) + offset);
  }

  #retain(index: number, id: number): void {
    const block = this.#blocks.get(id);
    if (!block || block.owners - block.pending <= 0) return;
    const isOurs = index === block.worker && !block.isOfHeap;
    this.#expect('retain', this.#workers[index]!.runtime.retain(block.address), isOurs);
    if (isOurs) block.owners++;
  }

  #view(index: number, id: number): void {
    const block = this.#blocks.get(id);
    if (!block || index !== block.worker || this.#heap) return;
    const {runtime} = this.#workers[index]!;
    const isLive = block.owners - block.pending > 0;
    if (isLive) {
      if (runtime.view(block.address, block.bytes).length !== block.bytes)
        this.#fail('view', 'another length');
      return;
    }
    const {canaries, poison} = this.#task;
    const isNear = [...this.#live].some(
      ({address, bytes}) => address <= block.address && block.address < address + bytes + 4096,
    );
    if (!(canaries || poison) || block.owners > 0 || isNear) return;
    try {
      runtime.view(block.address, 1);
    } catch (error) {
      if (error instanceof UsageError) return;
      throw error;
    }
    this.#fail('view', 'of a dead block');
  }

  #damage(id: number): void {
    const block = this.#blocks.get(id);
    if (!this.#task.canaries || !block || block.owners - block.pending <= 0 || block.isDamaged) return;
    const bytes = new Uint8Array(this.#workers[block.worker]!.runtime.buffer);
    const at = block.address + block.bytes + this.#task.padding;
    bytes[at] = bytes[at]! ^ 0xff;
    block.isDamaged = true;
  }

  #checkBytes(block: Block): void {
    if (this.#heap) return;
    const stamp = stampOf(block.id);
    const at = this.#bytesOf(block).findIndex(byte => byte !== stamp);
    if (at >= 0) this.#fail('lost byte', `byte ${at} of block ${block.id}`);
  }

  #lookAtAll(): void {
    for (const block of this.#live) if (block.owners - block.pending > 0) this.#checkBytes(block);
  }

  #plan(runtime: Runtime, quality: number): void {
    try {
      runtime.plan(this.#planner.of(quality));
    } catch (error) {
      if (!(error instanceof LimitError || error instanceof PlannerError)) throw error;
    }
  }

  #forget(runtime: Runtime, signature: number): void {
    const name = `${signature}`;
    runtime.forget(signature === ALL_SIGNATURES ? undefined : name);
    const left = runtime.signatures;
    if (signature === ALL_SIGNATURES ? left.length > 0 : left.includes(name))
      this.#fail('forget', `${left} are left`);
  }

  #load({runtime, saved}: State): void {
    if (saved === undefined) return;
    try {
      runtime.load(saved);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
    }
  }

  #read(index: number): void {
    const {runtime, mallocs, queued} = this.#workers[index]!;
    const {statistics} = runtime;
    const all = ALLOCATIONS.reduce((sum, name) => sum + statistics[name], 0);
    this.#expect('counters', all, mallocs);
    if (queued > 0) return;
    const own = [...this.#live].filter(({worker, isOfHeap}) => worker === index && !isOfHeap);
    this.#expect('live', statistics.live, own.length);
    this.#expect('check', runtime.check(), own.filter(({isDamaged}) => isDamaged).length);
  }

  #finish(): void {
    this.#lookAtAll();
    for (const [index, {runtime}] of this.#workers.entries()) {
      runtime.resume();
      this.#end(index, 'end');
      runtime.collect();
      this.#drained(index);
    }
    for (const block of this.#live) while (block.owners > 0) this.#free(block.worker, block.id);
    for (const [index, state] of this.#workers.entries()) {
      this.#read(index);
      this.counts['api: served']! += state.runtime.statistics.served;
      this.#repeat(state);
      state.runtime.forget();
      state.runtime.collect();
      this.#expect('live at the end', state.runtime.statistics.live, 0);
    }
    this.#heap?.checkEmpty();
  }

  /** The same iteration again and again: in the end all of it is served. */
  #repeat(state: State): void {
    const {steady} = this.#task;
    if (steady.length === 0) return;
    const {runtime} = state;
    runtime.forget();
    runtime.collect();
    let fallbacks = -1;
    const held = new Map<number, number[]>();
    try {
      for (let i = 0; i < STEADY; i++) fallbacks = this.#iterateSteadily(runtime, held);
    } catch (error) {
      if (!(error instanceof LimitError)) throw error;
      fallbacks = 0; // memory is short
    }
    for (const addresses of held.values()) for (const address of addresses) runtime.free(address);
    if (fallbacks > 0)
      this.#fail('steady', `${fallbacks} fallbacks in the ${STEADY}th of the same iterations`);
    this.counts['api: steady']!++;
  }

  #iterateSteadily(runtime: Runtime, held: Map<number, number[]>): number {
    const before = runtime.statistics;
    runtime.begin(STEADY_SIGNATURE);
    for (const [row, bytes] of this.#task.steady) {
      const addresses = held.get(row) ?? [];
      held.set(row, addresses);
      if (bytes >= 0) addresses.push(runtime.malloc(1000 + row, bytes));
      else if (bytes === -1) {
        const address = addresses.shift();
        if (address !== undefined) runtime.free(address);
      } else {
        runtime.interrupt();
        runtime.free(runtime.malloc(1000 + row, 100));
        runtime.resume();
      }
    }
    runtime.end();
    if (runtime.wantsPlan) runtime.plan(this.#planner.of(0));
    const after = runtime.statistics;
    return FALLBACKS.reduce((sum, name) => sum + after[name] - before[name], 0);
  }
}

function stampOf(id: number): number {
  return (37 * id + 11) & 255;
}

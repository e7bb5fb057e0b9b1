/** The tensors of one memoised model: whatever it allocates goes through a runtime over the backend's heap. */
import type {PlanOptions} from '../model/plan.ts';
import type {Bytes} from '../model/problem.ts';
import type {Planner} from '../planner/planner.ts';
import {runtimeOver} from '../runtime/create.ts';
import type {Runtime} from '../runtime/runtime.ts';
import {Guard} from './guard.ts';
import {Kernels} from './kernels.ts';
import {type HeapClient, MallocHook} from './malloc-hook.ts';
import {type BlockStatistics, Tally} from './statistics.ts';
import type {Engine, HeapModule} from './tensorflow.ts';

/** See `MemoizeOptions`. */
export interface BlocksOptions {
  readonly planner: Pick<Planner, 'plan'>;
  readonly planOptions?: PlanOptions;
  readonly alignment?: Bytes;
  readonly tableBytes?: Bytes;
  readonly canaries?: boolean;
  readonly poison?: boolean;
  readonly verbose?: boolean;
}

const TABLE_BYTES = 16 << 20;

export class Blocks implements HeapClient {
  readonly #options: BlocksOptions;
  readonly #hook: MallocHook;
  readonly #runtime: Runtime;
  readonly #kernels: Kernels;
  readonly #guard: Guard | undefined;
  readonly #tally: Tally | undefined;
  /** Blocks taken of the heap so far. */
  #taken = 0;
  #isDisposed = false;
  #isRunning = false;

  constructor(module: HeapModule, engine: Engine, options: BlocksOptions) {
    const {alignment = 16, tableBytes = TABLE_BYTES} = options;
    const {canaries = false, poison = false, verbose = false} = options;
    this.#options = options;
    this.#hook = MallocHook.on(module);
    this.#guard = canaries || poison ? new Guard(canaries, poison) : undefined;
    this.#tally = verbose ? new Tally() : undefined;
    const heap = {
      malloc: (bytes: Bytes) => this.#take(bytes),
      free: (at: number) => this.#hook.freeBeyond(this, at),
    };
    const padding = this.#guard?.padding ?? 0;
    this.#runtime = runtimeOver(heap, {bytes: tableBytes, alignment, padding, carries: false});
    this.#kernels = new Kernels(engine, (kernel, nth) => this.#runtime.key(kernel, nth));
    this.#hook.add(this);
  }

  #take(bytes: Bytes): number {
    this.#taken++;
    return this.#hook.malloc(bytes);
  }

  malloc(bytes: Bytes): number {
    const taken = this.#taken;
    const address = this.#runtime.malloc(this.#kernels.nextKey(), bytes);
    this.#guard?.enter(this.#hook.bytes, address, bytes);
    this.#tally?.count(this.#kernels.running, bytes, taken === this.#taken);
    return address;
  }

  free(address: number): void {
    this.#guard?.leave(this.#hook.bytes, address);
    this.#runtime.free(address);
    if (this.#isDisposed) this.#leave();
  }

  /** Whether a memoised model runs on this heap; and whether that is this one. */
  get isHeapBusy(): boolean {
    return this.#hook.isBusy;
  }
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** A call begins, with inputs of that signature. */
  begin(signature: string): void {
    this.#runtime.begin(signature);
    this.#isRunning = true;
  }

  /** What `call` allocates on this heap comes by here, with the kernel that it is for. */
  follow<T>(call: () => T): T {
    return this.#hook.run(this, () => this.#kernels.follow(call));
  }

  /** The call ended as it should. */
  end(): void {
    this.#isRunning = false;
    this.#runtime.end();
  }

  /** The call ended by an error. */
  cancel(): void {
    this.#isRunning = false;
    this.#runtime.cancel();
  }

  /** Signatures that want a plan, in the order in which `plan` makes them. */
  get wanting(): readonly string[] {
    return this.#runtime.wanting;
  }

  /** @throws LimitError where there is no memory for one */
  plan(): void {
    this.#runtime.plan(this.#options.planner, this.#options.planOptions);
  }

  /** Signatures that have a plan. */
  get planned(): readonly string[] {
    return this.#runtime.signatures;
  }

  /** Whether the call that ended had no plan, and was not recorded for one either. */
  isBeyondRecording(signature: string): boolean {
    return !this.#runtime.isRecording && !this.planned.includes(signature);
  }

  forget(signature: string): void {
    this.#runtime.forget(signature);
  }

  /** @returns the signatures of the plans */
  load(plans: string | undefined): readonly string[] {
    if (plans !== undefined) this.#runtime.load(plans);
    return this.planned;
  }

  save(): string {
    return this.#runtime.save();
  }

  get statistics(): BlockStatistics {
    const allocator = this.#runtime.statistics;
    const {served, larger, blocked, extra, unknown, unmanaged, unplanned, plans, peak} = allocator;
    return {
      served,
      missed: larger + blocked + extra + unknown,
      kept: unmanaged,
      unplanned,
      plans,
      peak,
      broken: this.#guard?.broken ?? 0,
      ...(this.#tally ? {kernels: this.#tally.kernels} : {}),
      allocator,
    };
  }

  /** Gives the plans' memory back, at the latest when the last tensor in it is freed. */
  dispose(): void {
    this.#isDisposed = true;
    this.#runtime.forget();
    this.#leave();
  }

  #leave(): void {
    if (this.#runtime.statistics.live > 0) return;
    this.#runtime.collect();
    this.#hook.remove(this);
  }
}

/**
 * The memoising allocator: records what an iteration allocates, has it planned, and serves the iterations after it
 * from the plan. Whatever differs from the plan is served by a general allocator, and counted.
 */
import {LimitError, UsageError} from '../model/errors.ts';
import {type Bytes, checkBytes} from '../model/numbers.ts';
import type {AsyncPlanOptions, PlanOptions} from '../model/plan.ts';
import type {Dimension, DimensionValues} from '../model/symbolic.ts';
import type {Planner} from '../planner/planner.ts';
import {type AsyncFamilyPlanner, Family, type FamilyPlanner} from './family.ts';
import {hashText} from './hash.ts';
import type {ForeignHeap} from './install.ts';
import {ANSWER, type COUNTERS, type Instance, MODE, MOST_BYTES, readCounters} from './instance.ts';
import type {PlanSetting} from './plan-file.ts';
import {Plans} from './plans.ts';
import {type Profile, profileOf} from './profile.ts';
import {Recorder} from './recorder.ts';
import type {SignaturePlan} from './signature-plan.ts';

/** What a runtime is made with. */
export interface RuntimeOptions {
  /** Makes a plan, at the end of an iteration, whenever one is wanted; without it, call `plan` or `planAsync`. */
  readonly planner?: Pick<Planner, 'plan'> & Partial<Pick<Planner, 'lowerBound'>>;
  readonly planOptions?: PlanOptions;
  /** By key, or by the place in the sequence alone. */
  readonly identity?: 'key' | 'sequence';
  /** Bytes that every block is larger than asked for, for kernels that read beyond the end. */
  readonly padding?: Bytes;
  /**
   * Whether blocks that outlive their iteration are planned, too, as they are where absent. Otherwise they are left to
   * the general allocator, so that arenas are empty between iterations; in a foreign heap all plans then share one.
   */
  readonly carries?: boolean;
  /**
   * What the sizes of an iteration depend on, such as `batch` and `seq`: `begin` then takes values of them. Once iterations at two values
   * were recorded, one plan serves all values; `planner` needs `lowerBound` for that.
   */
  readonly dimensions?: readonly Dimension[];
}

/** Counters and state, for people and tests. */
export interface Statistics extends Readonly<Record<(typeof COUNTERS)[number], number>> {
  /** Plans made or loaded. */
  readonly plans: number;
  /** Peak of the arenas of all signatures, bytes. */
  readonly peak: Bytes;
  /** Bytes of the worker's memory in use, and the most there were: arenas, tables, headers, general blocks. */
  readonly usedBytes: Bytes;
  readonly highWater: Bytes;
  /** Blocks that callers hold. */
  readonly live: number;
}

/** @internal The parts that a runtime is made of. */
export interface Foundation {
  readonly instance: Instance;
  readonly alignment: Bytes;
  readonly mode: number;
  readonly heap?: ForeignHeap;
}

export class Runtime {
  /** The memory that addresses are offsets in; it never grows, so that views stay valid. */
  readonly buffer: ArrayBufferLike;
  readonly #instance: Instance;
  readonly #worker: number;
  readonly #heap: ForeignHeap | undefined;
  readonly #mode: number;
  readonly #setting: PlanSetting;
  readonly #options: RuntimeOptions;
  readonly #plans: Plans;
  readonly #recorder: Recorder;
  /** Recorded blocks of a foreign heap: address to row. */
  readonly #rows = new Map<number, number>();
  /** Addresses that wait for room in another worker's queue. */
  #deferred: number[] = [];
  readonly #family: Family | undefined;
  /** Values of the iterations whose recordings are not read yet, by signature. */
  readonly #values = new Map<string, DimensionValues>();
  #current: SignaturePlan | undefined;
  #isInterrupted = false;

  /** @internal Use `createRuntime`, `attachRuntime` or `runtimeOver`. */
  constructor({instance, alignment, mode, heap}: Foundation, options: RuntimeOptions) {
    this.#instance = instance;
    this.#worker = instance.worker;
    this.#heap = heap;
    this.#mode = mode;
    this.#options = options;
    this.buffer = instance.memory.buffer;
    const {padding = 0, identity = 'key', carries = true} = options;
    checkBytes(padding, 'options.padding');
    this.#setting = {alignment, padding, identity, canaries: (mode & MODE.CANARIES) !== 0};
    this.#family = options.dimensions && new Family(instance, alignment, options.dimensions);
    this.#recorder = new Recorder(instance, carries);
    this.#plans = new Plans(instance, heap, this.#setting, !carries && heap?.base === undefined);
  }

  /**
   * The key of a source operation, by its path or program counter, and the kind of allocation. Two names may share a
   * key, by chance one in 2^32: then they are served in order, which is as safe.
   */
  key(operation: string, kind = ''): number {
    return hashText(`${operation}\n${kind}`) & 0x7fffffff;
  }

  /**
   * An iteration begins; those of one signature, such as the shapes of the inputs, have one plan. With values of the option `dimensions`
   * all have one: offsets at the values are computed in one pass.
   * @throws UsageError for values without that option, or outside of their ranges
   * @example
   * ```js
   * import {loadPlanner} from 'stowage';
   * import {createRuntime} from 'stowage/runtime';
   *
   * const planner = await loadPlanner();
   * const runtime = createRuntime({bytes: 1 << 20, planner, dimensions: [{name: 'seq', min: 1, max: 64}]});
   * for (const seq of [8, 16, 33, 40]) {
   *   runtime.begin({seq});
   *   const tokens = runtime.malloc(1, 256 * seq);
   *   const scores = runtime.malloc(2, 4 * seq * seq);
   *   runtime.free(tokens);
   *   runtime.free(scores);
   *   runtime.end();
   *   console.log(seq, runtime.statistics.served);
   * }
   * // prints 8 0
   * // prints 16 0
   * // prints 33 2
   * // prints 40 4
   * ```
   */
  begin(iteration: string | DimensionValues = ''): void {
    if (this.#current) this.end();
    this.#retryDeferred();
    const signature = typeof iteration === 'string' ? iteration : this.#signatureAt(iteration);
    const entry = this.#plans.of(signature);
    // blocks of an earlier recording have no row in this one
    if (this.#recorder.begin(signature, entry.wantsRecording)) this.#rows.clear();
    this.#current = entry;
    this.#instance.exports.begin(this.#worker, entry.number);
  }

  /** The signature at values; its plan is installed where the family has one and it has none of its own. */
  #signatureAt(values: DimensionValues): string {
    const family = this.#family;
    if (!family)
      throw new UsageError(
        'begin: expected a signature, or values with the option dimensions, got an object',
      );
    const signature = family.signatureOf(values);
    this.#values.set(signature, values);
    const installed = this.#plans.has(signature) ? undefined : family.at(values);
    if (!installed) return signature;
    const outdated = family.use(signature);
    if (outdated !== undefined) this.#forget(outdated);
    this.#plans.install(signature, installed);
    return signature;
  }

  /**
   * Address of `bytes` for the next allocation of that key.
   * @throws LimitError where memory is short
   */
  malloc(key: number, bytes: Bytes): number {
    const {exports} = this.#instance;
    const size = bytes + this.#setting.padding;
    if (!(bytes >= 0 && size <= MOST_BYTES)) throw new LimitError(`no block can have ${size} bytes`);
    const address = exports.malloc(this.#worker, this.#setting.identity === 'key' ? key : 0, size) >>> 0;
    return address === 0 ? this.#mallocElsewhere(size) : address;
  }

  #mallocElsewhere(size: Bytes): number {
    const address = this.#heap ? this.#heap.malloc(size) >>> 0 : 0;
    if (address === 0) throw new LimitError(`no memory for a block of ${size} bytes`);
    // outside an iteration, and interrupted, an allocation has no row
    const isRecorded = this.#recorder.isOn && this.#current !== undefined && !this.#isInterrupted;
    const rows = isRecorded ? this.#instance.exports.numRows(this.#worker) : 0;
    if (rows > 0) this.#rows.set(address, rows - 1);
    return address;
  }

  /**
   * One owner gives the block up.
   * @returns false where no live block begins there, as in a double free: nothing changes. A block whose address
   * was handed out again looks like that newer block.
   */
  free(address: number): boolean {
    const answer = this.#instance.exports.free(this.#worker, address);
    return answer === ANSWER.DONE || this.#freeElsewhere(address, answer);
  }

  #freeElsewhere(address: number, answer: number): boolean {
    if (answer === ANSWER.QUEUE_FULL) {
      this.#deferred.push(address);
      return true;
    }
    if (answer !== ANSWER.NOT_OURS || !this.#heap) return false;
    const row = this.#rows.get(address);
    if (row !== undefined) {
      this.#rows.delete(address);
      this.#instance.exports.died(this.#worker, row);
    }
    this.#heap.free(address);
    return true;
  }

  /** One more owner, a view or an output in place: the block lives until each has freed it. */
  retain(address: number): boolean {
    return this.#instance.exports.retain(this.#worker, address) === ANSWER.DONE;
  }

  /** The iteration ends. What is due of planning is done here, if the runtime was given a planner. */
  end(): void {
    const entry = this.#current;
    if (!entry) return;
    this.#leave();
    const {exports} = this.#instance;
    if (this.#recorder.isOn) {
      this.#recorder.digest(
        signature => this.#plans.of(signature).profile !== undefined,
        (signature, seen) => this.#learn(signature, profileOf(seen)),
      );
    }
    const fallbacks = exports.misses(this.#worker);
    if (fallbacks > 0 && this.#family?.isInstance(entry.signature)) {
      this.#family.doubt(entry.signature);
      this.#forget(entry.signature);
    } else {
      if (fallbacks > 0) this.#plans.readWanted(entry);
      entry.ended(fallbacks, this.#recorder.isOn);
    }
    this.#plans.sweep();
    if (this.#options.planner && this.wantsPlan) this.plan(this.#options.planner, this.#options.planOptions);
  }

  /** Whether one plan serves all values of the dimensions; else why not, as far as it was tried. */
  get family(): {readonly isPlanned: boolean; readonly reason?: string} {
    const {isPlanned = false, reason} = this.#family ?? {};
    return {isPlanned, ...(reason === undefined ? {} : {reason})};
  }

  /** Forgets an instance of the plan of all values. */
  #forget(signature: string): void {
    this.#plans.forget(signature, forgotten => this.#recorder.forget(forgotten));
    this.#values.delete(signature);
  }

  #learn(signature: string, seen: Profile): void {
    const entry = this.#plans.of(signature);
    entry.absorb(seen);
    const values = this.#values.get(signature);
    if (values) this.#family!.learn(values, entry.profile!);
  }

  /** The iteration ends by an error: nothing is learned of it, nor of recorded ones that wait for it. */
  cancel(): void {
    if (!this.#current) return;
    this.#recorder.stop();
    this.#leave();
    this.#plans.sweep();
  }

  #leave(): void {
    this.#current = undefined;
    this.#isInterrupted = false;
    this.#instance.exports.end(this.#worker);
  }

  /** What is allocated until `resume` belongs to no iteration: it does not repeat. */
  interrupt(): void {
    this.#isInterrupted = true;
    this.#instance.exports.interrupt(this.#worker);
  }

  /** The iteration goes on. */
  resume(): void {
    this.#isInterrupted = false;
    this.#instance.exports.resume(this.#worker);
  }

  /** Whether a signature has no plan yet, or was found to need a wider one. */
  get wantsPlan(): boolean {
    return this.#plans.isWanted || (this.#family?.wantsPlan ?? false);
  }

  /** Those that want a plan, in the order in which `plan` makes them. */
  get wanting(): string[] {
    return this.#plans.wanting;
  }

  /**
   * Has all that is wanted planned, and serves from it from the next iteration on.
   * @throws LimitError where a plan cannot be run in this memory; the planner's errors
   */
  plan(
    planner: Pick<Planner, 'plan'> & Partial<Pick<Planner, 'lowerBound'>>,
    options: PlanOptions = {},
  ): void {
    this.#plans.make(planner, options);
    const family = this.#family;
    if (!family?.wantsPlan) return;
    if (planner.lowerBound) family.plan(planner as FamilyPlanner, options);
    else family.decline();
  }

  /** As `plan`, in workers: iterations go on in the meantime. */
  async planAsync(
    planner: Pick<Planner, 'planAsync'> & Partial<Pick<Planner, 'lowerBound'>>,
    options: AsyncPlanOptions = {},
  ): Promise<void> {
    await this.#plans.makeAsync(planner, options);
    const family = this.#family;
    if (!family?.wantsPlan) return;
    if (planner.lowerBound) await family.planAsync(planner as AsyncFamilyPlanner, options);
    else family.decline();
  }

  /** Those that have a plan. */
  get signatures(): string[] {
    return this.#plans.signatures;
  }

  /** Whether iterations are recorded at present: those without a plan are, unless memory ran short. */
  get isRecording(): boolean {
    return this.#recorder.isOn;
  }

  /**
   * Forgets a signature, or all, between two iterations. Where blocks in its arena are live, that is given back by the
   * first `begin`, `end` or `collect` after they were freed.
   */
  forget(signature?: string): void {
    this.#plans.forget(signature, forgotten => this.#recorder.forget(forgotten));
    this.#family?.forget(signature);
    if (signature === undefined) this.#values.clear();
    else this.#values.delete(signature);
  }

  /** The plans as text, for `load`. */
  save(): string {
    return this.#plans.save();
  }

  /** Identifies the input of the plans: equal for equal keys, sizes, lifetimes and alignment. */
  get fingerprint(): string {
    return this.#plans.fingerprint;
  }

  /**
   * Serves from saved plans from the next iteration on.
   * @param expected the fingerprint that the plans must have
   * @throws UsageError for a text that is no plan file, damaged, or stale; LimitError as `plan`
   */
  load(text: string, expected?: string): void {
    this.#plans.load(text, expected);
  }

  /** A view of a block's bytes. @throws UsageError, where blocks are guarded, unless all of it is live */
  view(address: number, bytes: Bytes): Uint8Array {
    const isGuarded = (this.#mode & (MODE.CANARIES | MODE.POISON)) !== 0;
    if (isGuarded && !this.#instance.exports.covers(this.#worker, address, bytes)) {
      throw new UsageError(`no live block holds the ${bytes} bytes at ${address}`);
    }
    return new Uint8Array(this.buffer, address, bytes);
  }

  /** Live blocks whose canaries are overwritten; 0 without canaries. */
  check(): number {
    return this.#instance.exports.broken(this.#worker);
  }

  /** Takes the blocks that other workers have freed, and gives back arenas out of use; every `begin` and `end` does. */
  collect(): void {
    this.#retryDeferred();
    this.#instance.exports.collect(this.#worker);
    this.#plans.sweep();
  }

  get statistics(): Statistics {
    const {exports} = this.#instance;
    return {
      ...readCounters(this.#instance),
      ...this.#plans.totals,
      usedBytes: exports.usedBytes(this.#worker) >>> 0,
      highWater: exports.highWater(this.#worker) >>> 0,
      live: exports.live(this.#worker),
    };
  }

  #retryDeferred(): void {
    if (this.#deferred.length === 0) return;
    const waiting = this.#deferred;
    this.#deferred = [];
    for (const address of waiting) this.free(address);
  }
}

/** Puts a plan's offsets into the core's tables, its arena in the worker's own memory or in a foreign heap. */
import {LimitError} from '../model/errors.ts';
import type {Bytes} from '../model/problem.ts';
import {type Instance, MOST_MEMORY, words} from './instance.ts';
import {NEVER} from './profile.ts';
import type {InstalledPlan, SignaturePlan} from './signature-plan.ts';

/** The heap of another module: its bytes are its own, this only hands out addresses in a part of it. */
export interface ForeignHeap {
  /** Its own general allocator, for the arena and for all that is not served from a plan; 0 for no memory. */
  malloc(bytes: Bytes): number;
  free(address: number): void;
  /** A part that is already set apart for arenas, in place of asking `malloc` for one. */
  readonly base?: number;
  readonly length?: Bytes;
}

/** Memory that was taken from a foreign heap for an arena. */
interface HeapBlock {
  /** As the heap gave it. */
  readonly address: number;
  /** The first aligned address in it, and the bytes from there on. */
  readonly start: number;
  readonly bytes: Bytes;
}

export class Installer {
  readonly #instance: Instance;
  readonly #heap: ForeignHeap | undefined;
  readonly #alignment: Bytes;
  readonly #shares: boolean;
  /** By the plan in it. */
  readonly #blocks = new Map<number, HeapBlock>();
  /** The block of all plans, if they share one. */
  #shared: HeapBlock | undefined;

  /** @param shares whether all plans share an arena of a foreign heap, as they can if it is empty between iterations */
  constructor(instance: Instance, heap: ForeignHeap | undefined, alignment: Bytes, shares: boolean) {
    this.#instance = instance;
    this.#heap = heap;
    this.#alignment = alignment;
    this.#shares = shares;
  }

  /**
   * Installs a plan; it serves from the next border on.
   * @returns whether there was memory for it
   * @throws LimitError for an arena that 32-bit memory cannot hold
   */
  install(entry: SignaturePlan, {profile, phases, offsets, peak}: InstalledPlan): boolean {
    const {exports, worker} = this.#instance;
    const count = profile.length;
    this.sweep();
    if (peak > MOST_MEMORY) {
      throw new LimitError(
        `the plan needs ${peak} bytes; 32-bit WebAssembly addresses ${MOST_MEMORY}: it can be made but not run here`,
      );
    }
    const {block, start} = this.#arenaFor(peak);
    if (start === undefined) return false;
    const plan = exports.newPlan(worker, entry.number, count, phases, start, peak) >>> 0;
    if (plan === 0) {
      if (block && block !== this.#shared) this.#heap!.free(block.address);
      return false;
    }
    if (block) this.#blocks.set(plan, block);
    if (this.#shares) this.#shared = block;
    const columns = words(this.#instance, exports.columns(plan), 3 * count * phases);
    for (let i = 0; i < count * phases; i++) {
      const row = profile[i % count]!;
      columns[i] = row.key;
      columns[count * phases + i] = row.end === NEVER ? 0 : row.size;
      columns[2 * count * phases + i] = offsets[i]!;
    }
    if (!exports.seal(worker, plan)) {
      this.sweep();
      throw new LimitError(
        `the plan of ${JSON.stringify(entry.signature)} does not fit its arena of ${peak} bytes`,
      );
    }
    entry.plan = plan;
    return true;
  }

  /** The place of an arena in the foreign heap, and the block taken for it; 0 to have the core take memory. */
  #arenaFor(peak: Bytes): {block?: HeapBlock; start?: number} {
    const heap = this.#heap;
    if (!heap) return {start: 0};
    const up = (address: number) => Math.ceil(address / this.#alignment) * this.#alignment;
    if (heap.base !== undefined) {
      const start = up(heap.base);
      return start + peak <= heap.base + (heap.length ?? 0) ? {start} : {};
    }
    const shared = this.#shared;
    if (shared && shared.bytes >= peak) return {block: shared, start: shared.start};
    const address = heap.malloc(peak + this.#alignment) >>> 0;
    if (address === 0) return {};
    const start = up(address);
    return {block: {address, start, bytes: peak}, start};
  }

  /** Whether the plans share an arena, and this plan is not in it yet. */
  isBehind({plan}: SignaturePlan): boolean {
    return this.#shared !== undefined && this.#blocks.get(plan) !== this.#shared;
  }

  /** Bytes of all arenas taken from a foreign heap; undefined without one. */
  get takenBytes(): Bytes | undefined {
    if (!this.#heap || this.#heap.base !== undefined) return undefined;
    return [...new Set(this.#blocks.values())].reduce((sum, {bytes}) => sum + bytes, 0);
  }

  /** Gives the arenas of plans that are gone back to the foreign heap. */
  sweep(): void {
    for (const [plan, block] of this.#blocks) {
      if (this.#instance.exports.isHeld(this.#instance.worker, plan)) continue;
      this.#blocks.delete(plan);
      if ([...this.#blocks.values()].includes(block)) continue;
      if (block === this.#shared) this.#shared = undefined;
      this.#heap!.free(block.address);
    }
  }
}

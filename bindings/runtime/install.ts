/** Puts a plan's offsets into the core's tables, its arena in the worker's own memory or in a foreign heap. */
import {LimitError} from '../model/errors.ts';
import type {Bytes} from '../model/problem.ts';
import {type Instance, MOST_MEMORY, words} from './instance.ts';
import {NEVER} from './profile.ts';
import type {Known, Made} from './signature-plan.ts';

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
interface Taken {
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
  /** By the plan that stands in it. */
  readonly #taken = new Map<number, Taken>();
  /** Where all plans stand, if they share. */
  #shared: Taken | undefined;

  /** @param shares whether all plans stand in one arena of a foreign heap, as they can where it is empty between iterations */
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
  install(known: Known, {profile, phases, offsets, peak}: Made): boolean {
    const {exports, worker} = this.#instance;
    const count = profile.length;
    this.sweep();
    if (peak > MOST_MEMORY) {
      throw new LimitError(
        `the plan needs ${peak} bytes; 32-bit WebAssembly addresses ${MOST_MEMORY}: it can be made but not run here`,
      );
    }
    const {taken, start} = this.#arenaFor(peak);
    if (start === undefined) return false;
    const plan = exports.newPlan(worker, known.number, count, phases, start, peak) >>> 0;
    if (plan === 0) {
      if (taken && taken !== this.#shared) this.#heap!.free(taken.address);
      return false;
    }
    if (taken) this.#taken.set(plan, taken);
    if (this.#shares) this.#shared = taken;
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
        `the plan of ${JSON.stringify(known.signature)} does not fit its arena of ${peak} bytes`,
      );
    }
    known.plan = plan;
    return true;
  }

  /** Where an arena may stand: in the foreign heap, and what was taken of it for that; 0 to have the core take it. */
  #arenaFor(peak: Bytes): {taken?: Taken; start?: number} {
    const heap = this.#heap;
    if (!heap) return {start: 0};
    const up = (address: number) => Math.ceil(address / this.#alignment) * this.#alignment;
    if (heap.base !== undefined) {
      const start = up(heap.base);
      return start + peak <= heap.base + (heap.length ?? 0) ? {start} : {};
    }
    const shared = this.#shared;
    if (shared && shared.bytes >= peak) return {taken: shared, start: shared.start};
    const address = heap.malloc(peak + this.#alignment) >>> 0;
    if (address === 0) return {};
    const start = up(address);
    return {taken: {address, start, bytes: peak}, start};
  }

  /** Whether a plan stands where those that share an arena stood before. */
  isBehind({plan}: Known): boolean {
    return this.#shared !== undefined && this.#taken.get(plan) !== this.#shared;
  }

  /** Of all arenas that were taken from a foreign heap; undefined where none ever is. */
  get takenBytes(): Bytes | undefined {
    if (!this.#heap || this.#heap.base !== undefined) return undefined;
    return [...new Set(this.#taken.values())].reduce((sum, {bytes}) => sum + bytes, 0);
  }

  /** Gives the arenas of plans that are gone back to the foreign heap. */
  sweep(): void {
    for (const [plan, taken] of this.#taken) {
      if (this.#instance.exports.isHeld(this.#instance.worker, plan)) continue;
      this.#taken.delete(plan);
      if ([...this.#taken.values()].includes(taken)) continue;
      if (taken === this.#shared) this.#shared = undefined;
      this.#heap!.free(taken.address);
    }
  }
}

/** A plan's arena without a runtime: one view per buffer, and scratch memory above them. */
import {LimitError, UsageError} from '../model/errors.ts';
import type {Plan} from '../model/plan.ts';
import {type Bytes, checkAlignment, checkBytes, type Problem, type ProblemColumns} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';

export interface ArenaOptions {
  /** Bytes of scratch memory above the plan, for `alloc`; none where absent. */
  readonly headroom?: Bytes;
  /** The buffer that holds the arena; a new `ArrayBuffer` where absent. */
  readonly buffer?: ArrayBufferLike;
  /** Where in it, bytes: a multiple of every alignment. */
  readonly byteOffset?: Bytes;
}

/** A plan made runnable. It never grows, so that views stay valid. */
export class Arena {
  /** Plan and headroom, bytes. */
  readonly byteLength: Bytes;
  readonly #buffer: ArrayBufferLike;
  readonly #base: Bytes;
  readonly #offsets: Float64Array;
  readonly #sizes: Float64Array;
  #top: Bytes;
  #highWater: Bytes;

  /**
   * @throws UsageError where plan, problem and options do not fit each other; LimitError where the host grants no
   * such buffer.
   */
  constructor(
    problem: Problem | ProblemColumns,
    plan: Pick<Plan, 'offsets' | 'peak'>,
    {headroom = 0, buffer, byteOffset = 0}: ArenaOptions = {},
  ) {
    const columns = toColumns(problem);
    if (plan.offsets.length !== columns.count) {
      throw new UsageError(`plan.offsets: expected ${columns.count} entries, got ${plan.offsets.length}`);
    }
    checkBytes(headroom, 'options.headroom');
    checkBytes(byteOffset, 'options.byteOffset');
    this.byteLength = plan.peak + headroom;
    this.#offsets = plan.offsets;
    this.#sizes = columns.size;
    this.#buffer = buffer ?? reserve(this.byteLength);
    this.#base = byteOffset;
    if (byteOffset + this.byteLength > this.#buffer.byteLength) {
      throw new UsageError(
        `options.buffer: expected ${byteOffset + this.byteLength} bytes, got ${this.#buffer.byteLength}`,
      );
    }
    this.#top = plan.peak;
    this.#highWater = plan.peak;
  }

  /** The bytes of buffer `index`, which it may use during its lifetime; their content is unspecified. */
  view(index: number): Uint8Array {
    const size = this.#sizes[index];
    if (size === undefined) {
      throw new UsageError(`index: expected an index below ${this.#sizes.length}, got ${index}`);
    }
    return new Uint8Array(this.#buffer, this.#base + this.#offsets[index]!, size);
  }

  /** Scratch memory above the plan, until a mark from before is released. @throws LimitError without headroom for it */
  alloc(bytes: Bytes, alignment: Bytes = 64): Uint8Array {
    checkBytes(bytes, 'bytes');
    checkAlignment(alignment, 'alignment');
    const from = Math.ceil((this.#base + this.#top) / alignment) * alignment - this.#base;
    if (from + bytes > this.byteLength) {
      throw new LimitError(`no headroom for ${bytes} bytes: ${this.byteLength - this.#top} are left`);
    }
    this.#top = from + bytes;
    this.#highWater = Math.max(this.#highWater, this.#top);
    return new Uint8Array(this.#buffer, this.#base + from, bytes);
  }

  /** How far the arena is in use, for `release`. */
  mark(): Bytes {
    return this.#top;
  }

  /** Gives back all scratch memory since the mark. */
  release(mark: Bytes): void {
    if (!(mark <= this.#top)) throw new UsageError(`mark: expected at most ${this.#top}, got ${mark}`);
    this.#top = mark;
  }

  /** The most that was in use, bytes. */
  get highWater(): Bytes {
    return this.#highWater;
  }
}

function reserve(bytes: Bytes): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    throw new LimitError(`the host grants no buffer of ${bytes} bytes`);
  }
}

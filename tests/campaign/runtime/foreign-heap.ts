/** A heap of another module, of numbers alone: it knows what it has given. */
import {Failure} from './failure.ts';

const BEGIN = 2 ** 16;
const END = 2 ** 26;
const UNIT = 16;

export class ForeignHeap {
  /** A part that is set apart for arenas. */
  readonly base?: number;
  readonly length?: number;
  /** Blocks given so far. */
  taken = 0;
  /** Bytes of the live blocks, by address. */
  readonly #live = new Map<number, number>();

  /** @param isAll whether arenas, too, come from `malloc` */
  constructor(isAll: boolean) {
    if (isAll) return;
    this.base = END;
    this.length = 2 ** 22;
  }

  /** The lowest place. */
  readonly malloc = (asked: number): number => {
    const bytes = Math.max(asked, 1);
    this.taken++;
    let at = BEGIN;
    for (const [from, size] of [...this.#live].sort(([a], [b]) => a - b)) {
      if (at + bytes <= from) break;
      at = Math.ceil((from + size) / UNIT) * UNIT;
    }
    if (at + bytes > END) return 0;
    this.#live.set(at, bytes);
    return at;
  };

  readonly free = (address: number): void => {
    if (!this.#live.delete(address))
      throw new Failure('api heap', `${address} is given back, and was not given`);
  };

  checkEmpty(): void {
    if (this.#live.size > 0) throw new Failure('api heap', `${[...this.#live]} were never given back`);
  }
}

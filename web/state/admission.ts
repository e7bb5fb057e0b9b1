/** How many recordings are read at a time: so many, of no more bytes together than a limit, and one at least. */
import {CancelledError} from '../worker/link.ts';

/** Bytes that are read together at most, uncompressed: it takes up to ten times as much memory for a moment. */
export const MOST_TOGETHER = 2 ** 27;
/** A larger recording is not read in a run: it would take the memory that a browser gives to a page. */
export const MOST_ALONE = 2 ** 31;
/** What gzip and zstd save on recordings, about. */
const COMPRESSION = 10;

/** Uncompressed, about: a compressed file does not state it. */
export function bytesToRead({name, size}: {readonly name: string; readonly size: number}): number {
  return /\.(gz|zst|zstd)$/i.test(name) ? size * COMPRESSION : size;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
  readonly fail: (error: Error) => void;
}

/** Lets tasks in by turns, in the order in which they ask. */
export class Admission {
  readonly #lanes: number;
  readonly #most: number;
  readonly #waiting: Waiting[] = [];
  #inside = 0;
  #bytes = 0;
  #isClosed = false;

  constructor(lanes: number, most = MOST_TOGETHER) {
    this.#lanes = lanes;
    this.#most = most;
  }

  /** @throws CancelledError where it is closed before. */
  enter(bytes: number): Promise<void> {
    return new Promise((enter, fail) => {
      if (this.#isClosed) return fail(new CancelledError());
      this.#waiting.push({bytes, enter, fail});
      this.#admit();
    });
  }

  leave(bytes: number): void {
    this.#inside--;
    this.#bytes -= bytes;
    this.#admit();
  }

  /** Those that wait fail, and all that come. */
  close(): void {
    this.#isClosed = true;
    for (const {fail} of this.#waiting.splice(0)) fail(new CancelledError());
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const fits = this.#inside < this.#lanes && this.#bytes + next.bytes <= this.#most;
      if (!fits && this.#inside > 0) return;
      this.#waiting.shift();
      this.#inside++;
      this.#bytes += next.bytes;
      next.enter();
    }
  }
}

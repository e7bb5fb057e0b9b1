/**
 * What is on top in each section while buffers are placed one after the other. A buffer rests on what is on top in the sections that it
 * covers: all others below it that are live with it are below one of those. Runs of sections with the same buffer on top are one entry.
 */
import type {Sections} from './sections.ts';

const NOTHING = -1;

export class Skyline {
  readonly #sections: Sections;
  /** Runs, ascending: the first section, and the buffer on top or `NOTHING`. */
  readonly #starts: Int32Array;
  readonly #tops: Int32Array;
  #count = 0;
  /** The buffers that the last one placed rests on, each once: the first `numContacts` entries. */
  readonly contacts: Int32Array;
  numContacts = 0;

  constructor(sections: Sections) {
    this.#sections = sections;
    this.#starts = new Int32Array(sections.count + 2);
    this.#tops = new Int32Array(sections.count + 2);
    this.contacts = new Int32Array(sections.live.length + 1);
    this.clear();
  }

  clear(): void {
    this.#count = 1;
    this.#starts[0] = 0;
    this.#tops[0] = NOTHING;
    this.#starts[1] = this.#sections.count;
  }

  /** Places a buffer on all before it, and leaves what it rests on in `contacts`. */
  place(buffer: number): void {
    const {pieceIndex, pieceFrom, pieceTo} = this.#sections;
    this.numContacts = 0;
    for (let p = pieceIndex[buffer]!; p < pieceIndex[buffer + 1]!; p++)
      this.#cover(pieceFrom[p]!, pieceTo[p]!, buffer);
  }

  #cover(from: number, to: number, buffer: number): void {
    const first = this.#runAt(from);
    let last = first;
    this.#touch(this.#tops[first]!);
    while (this.#starts[last + 1]! < to) this.#touch(this.#tops[++last]!);
    const keepsLeft = this.#starts[first]! < from;
    const keepsRight = this.#starts[last + 1]! > to;
    const rightTop = this.#tops[last]!;
    const at = first + (keepsLeft ? 1 : 0);
    const next = at + 1 + (keepsRight ? 1 : 0);
    if (next !== last + 1) {
      // the entry behind the last run is the end of all
      this.#starts.copyWithin(next, last + 1, this.#count + 1);
      this.#tops.copyWithin(next, last + 1, this.#count);
      this.#count += next - (last + 1);
    }
    this.#starts[at] = from;
    this.#tops[at] = buffer;
    if (!keepsRight) return;
    this.#starts[at + 1] = to;
    this.#tops[at + 1] = rightTop;
  }

  #touch(top: number): void {
    if (top === NOTHING) return;
    for (let k = 0; k < this.numContacts; k++) if (this.contacts[k] === top) return;
    this.contacts[this.numContacts++] = top;
  }

  /** The last run that begins at a section or before. */
  #runAt(section: number): number {
    let [low, high] = [0, this.#count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= section) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

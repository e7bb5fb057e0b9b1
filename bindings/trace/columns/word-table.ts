/** Opaque words of 64 bits (addresses, streams), each kept once and known by a small number. */
import {InternTable} from './intern-table.ts';

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Index of a word's lower half in its pair of 32 bits. */
const LOW = LITTLE_ENDIAN ? 0 : 1;

export class WordTable {
  /** Two halves a word, as the host's `BigUint64Array` has them. */
  #halves = new Uint32Array(128);
  /** The space of each word: equal words of two spaces are two entries. */
  #spaces = new Uint32Array(64);
  readonly #table = new InternTable(entry =>
    hashOf(this.#halves[entry * 2 + 1 - LOW]!, this.#halves[entry * 2 + LOW]!, this.#spaces[entry]!),
  );
  readonly #word = new BigUint64Array(1);
  readonly #wordHalves = new Uint32Array(this.#word.buffer);

  get count(): number {
    return this.#table.count;
  }

  /**
   * The entry of a word, made when first asked for.
   * @param word from −2^63 to 2^64 − 1; a negative one means its two's complement.
   */
  indexOf(word: number | bigint, space = 0): number {
    if (typeof word === 'number')
      return this.#find(Math.floor(word / 0x1_0000_0000) >>> 0, word >>> 0, space);
    this.#word[0] = word;
    return this.#find(this.#wordHalves[1 - LOW]!, this.#wordHalves[LOW]!, space);
  }

  /** The word of an entry: a number where that is exact. */
  wordOf(entry: number): number | bigint {
    const high = this.#halves[entry * 2 + 1 - LOW]!;
    const low = this.#halves[entry * 2 + LOW]!;
    return high < 0x20_0000 ? high * 0x1_0000_0000 + low : (BigInt(high) << 32n) | BigInt(low);
  }

  /** The words of some entries. */
  select(entries: Uint32Array): BigUint64Array {
    const halves = new Uint32Array(entries.length * 2);
    for (let i = 0; i < entries.length; i++) {
      const from = entries[i]! * 2;
      halves[i * 2] = this.#halves[from]!;
      halves[i * 2 + 1] = this.#halves[from + 1]!;
    }
    return new BigUint64Array(halves.buffer);
  }

  /** The words of all entries. */
  words(): BigUint64Array {
    return new BigUint64Array(this.#halves.slice(0, this.count * 2).buffer);
  }

  #find(high: number, low: number, space: number): number {
    let entry = this.#table.find(hashOf(high, low, space));
    while (entry >= 0 && !this.#isSame(entry, high, low, space)) entry = this.#table.next();
    return entry >= 0 ? entry : this.#add(high, low, space);
  }

  #isSame(entry: number, high: number, low: number, space: number): boolean {
    const at = entry * 2;
    const isWord = this.#halves[at + LOW] === low && this.#halves[at + 1 - LOW] === high;
    return isWord && this.#spaces[entry] === space;
  }

  #add(high: number, low: number, space: number): number {
    const entry = this.#table.count;
    if (entry === this.#spaces.length) this.#grow();
    this.#halves[entry * 2 + LOW] = low;
    this.#halves[entry * 2 + 1 - LOW] = high;
    this.#spaces[entry] = space;
    return this.#table.add();
  }

  #grow(): void {
    const halves = new Uint32Array(this.#halves.length * 2);
    halves.set(this.#halves);
    this.#halves = halves;
    const spaces = new Uint32Array(this.#spaces.length * 2);
    spaces.set(this.#spaces);
    this.#spaces = spaces;
  }
}

function hashOf(high: number, low: number, space: number): number {
  const hash = Math.imul(low ^ (low >>> 9), 0x9e3779b1) ^ Math.imul(high + space, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

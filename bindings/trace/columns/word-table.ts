/** Opaque words of 64 bits (addresses, streams), each kept once and known by a small number. */

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;
/** Where the lower half of a word stands in a pair of 32 bits. */
const LOW = LITTLE_ENDIAN ? 0 : 1;

export class WordTable {
  /** Two halves a word, as the host's `BigUint64Array` has them. */
  #halves = new Uint32Array(128);
  /** The space of each word: equal words of two spaces are two entries. */
  #space = new Uint32Array(64);
  /** Open addressing: entry + 1, or 0. */
  #slots = new Uint32Array(256);
  readonly #word = new BigUint64Array(1);
  readonly #wordHalves = new Uint32Array(this.#word.buffer);
  count = 0;

  /**
   * The entry of a word, made when first asked for.
   * @param word from −2^63 to 2^64 − 1; a negative one stands for its two's complement.
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
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(high, low, space) & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#add(high, low, space, slot);
      const at = entry * 2;
      const isSame = this.#halves[at + LOW] === low && this.#halves[at + 1 - LOW] === high;
      if (isSame && this.#space[entry] === space) return entry;
    }
  }

  #add(high: number, low: number, space: number, slot: number): number {
    const entry = this.count++;
    if (entry === this.#space.length) this.#growEntries();
    this.#halves[entry * 2 + LOW] = low;
    this.#halves[entry * 2 + 1 - LOW] = high;
    this.#space[entry] = space;
    this.#slots[slot] = entry + 1;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return entry;
  }

  #growEntries(): void {
    const halves = new Uint32Array(this.#halves.length * 2);
    halves.set(this.#halves);
    this.#halves = halves;
    const space = new Uint32Array(this.#space.length * 2);
    space.set(this.#space);
    this.#space = space;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      const low = this.#halves[entry * 2 + LOW]!;
      const high = this.#halves[entry * 2 + 1 - LOW]!;
      let slot = hashOf(high, low, this.#space[entry]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(high: number, low: number, space: number): number {
  const hash = Math.imul(low ^ (low >>> 9), 0x9e3779b1) ^ Math.imul(high + space, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

/**
 * Numbers for distinct values: equal values get the same number, new ones the next. Open addressing. The owner
 * holds the values, hashes them and compares them:
 *
 *     let entry = table.find(hash);
 *     while (entry >= 0 && !isSame(entry)) entry = table.next();
 *     if (entry >= 0) return entry;
 *     keep the value as entry `table.count`;
 *     return table.add();
 *
 * The owner compares in a loop of its own, since a callback that all tables share is not inlined.
 */
export class InternTable {
  /** How many values have a number. */
  count = 0;
  /** Entry + 1, or 0; a power of two of them, at least twice the entries. */
  #slots = new Uint32Array(256);
  #slot = 0;
  readonly #hashOf: (entry: number) => number;

  /** @param hashOf the hash of a value that has a number; asked for when the table grows. */
  constructor(hashOf: (entry: number) => number) {
    this.#hashOf = hashOf;
  }

  /**
   * The first entry that may have that hash; −1 where there is none.
   * @param hash 32 bits; the lowest choose the slot.
   */
  find(hash: number): number {
    this.#slot = hash & (this.#slots.length - 1);
    return this.#slots[this.#slot]! - 1;
  }

  /** The next entry that may have the hash that was looked up; −1 where there is none. */
  next(): number {
    this.#slot = (this.#slot + 1) & (this.#slots.length - 1);
    return this.#slots[this.#slot]! - 1;
  }

  /** Gives the value that was looked up, and kept by now, its number. */
  add(): number {
    const entry = this.count++;
    this.#slots[this.#slot] = entry + 1;
    if (this.count * 2 > this.#slots.length) this.#grow();
    return entry;
  }

  #grow(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let slot = this.#hashOf(entry) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

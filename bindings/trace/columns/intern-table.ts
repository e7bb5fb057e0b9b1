/**
 * Numbers for distinct values: equal values get the same number, new ones the next. Open addressing. The values are the
 * owner's, who hashes and compares them:
 *
 *     let entry = table.find(hash);
 *     while (entry >= 0 && !isSame(entry)) entry = table.next();
 *     return entry >= 0 ? entry : keep(table.add());
 *
 * Comparing is left to a loop of the owner, since a callback that five tables share is not inlined: it cost a tenth of
 * the time to read a snapshot.
 */
export class InternTable {
  /** How many values have a number. */
  count = 0;
  /** Entry + 1, or 0; a power of two of them, at least twice the entries. */
  #slots = new Uint32Array(256);
  #hashes = new Int32Array(128);
  #hash = 0;
  #slot = 0;

  /**
   * The first entry with that hash; −1 where there is none.
   * @param hash 32 bits, of which the lowest choose the slot.
   */
  find(hash: number): number {
    this.#hash = hash | 0;
    return this.#probe(hash & (this.#slots.length - 1));
  }

  /** The next entry with the hash that was looked up; −1 where there is none. */
  next(): number {
    return this.#probe((this.#slot + 1) & (this.#slots.length - 1));
  }

  /** Gives the value that was not found its number. */
  add(): number {
    const entry = this.count++;
    this.#hashes[entry] = this.#hash;
    this.#slots[this.#slot] = entry + 1;
    if (this.count === this.#hashes.length) this.#grow();
    return entry;
  }

  #probe(from: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const mask = slots.length - 1;
    for (let slot = from; ; slot = (slot + 1) & mask) {
      const entry = slots[slot]! - 1;
      if (entry >= 0 && hashes[entry] !== this.#hash) continue;
      this.#slot = slot;
      return entry;
    }
  }

  #grow(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.count; entry++) {
      let slot = hashes[entry]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#hashes = hashes;
    this.#slots = slots;
  }
}

/** Sums of products of whole numbers, exact beyond 2^53: one sum for each of many entries. */

/** Parts below this are kept apart: two of them add up to less than 2^53, so exactly. */
const PART = 2 ** 52;
const BIG_PART = BigInt(PART);

export class ExactSums {
  /** Sum i is `high[i]` × 2^52 + `low[i]`. */
  readonly #high: Float64Array;
  readonly #low: Float64Array;

  constructor(count: number) {
    this.#high = new Float64Array(count);
    this.#low = new Float64Array(count);
  }

  /** Adds a × b to a sum. @param a and b: whole, from 0 to 2^53 − 1. */
  addProduct(entry: number, a: number, b: number): void {
    const product = a * b;
    if (product < PART) this.#add(entry, 0, product);
    else {
      const exact = BigInt(a) * BigInt(b);
      this.#add(entry, Number(exact / BIG_PART), Number(exact % BIG_PART));
    }
  }

  /** Adds a sum of these or of others. */
  addFrom(entry: number, other: ExactSums, from: number): void {
    this.#add(entry, other.#high[from]!, other.#low[from]!);
  }

  #add(entry: number, high: number, low: number): void {
    const sum = this.#low[entry]! + low;
    const carry = sum >= PART ? 1 : 0;
    this.#low[entry] = sum - carry * PART;
    this.#high[entry]! += high + carry;
  }

  /** New sums: each with those of all entries whose parent it is, directly or by others. @param parent below its own entry */
  withBelow(parent: Uint32Array): ExactSums {
    const count = parent.length;
    const sums = new ExactSums(count);
    const [high, low] = [sums.#high, sums.#low];
    low.set(this.#low);
    high.set(this.#high);
    let total = 0;
    for (let entry = 0; entry < count; entry++) total += low[entry]! + PART * high[entry]!;
    if (total < PART) {
      // nothing is carried
      for (let entry = count - 1; entry > 0; entry--) low[parent[entry]!]! += low[entry]!;
      return sums;
    }
    for (let entry = count - 1; entry > 0; entry--) sums.addFrom(parent[entry]!, sums, entry);
    return sums;
  }

  exact(entry: number): bigint {
    return BigInt(this.#high[entry]!) * BIG_PART + BigInt(this.#low[entry]!);
  }

  /** Each as the nearest number: exact below 2^53. */
  numbers(): Float64Array {
    return this.#low.map((low, entry) => this.#high[entry]! * PART + low);
  }
}

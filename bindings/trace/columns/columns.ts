/** Typed columns that grow: importers fill them before they know the number of rows. */

type NumberArray = Uint8Array | Uint32Array | Float64Array;

export class Column<A extends NumberArray> {
  /** Longer than `length`; entries from `length` on mean nothing. */
  array: A;
  length = 0;
  readonly #make: new (
    length: number,
  ) => A;

  constructor(make: new (length: number) => A, capacity = 64) {
    this.#make = make;
    this.array = new make(capacity);
  }

  push(value: number): void {
    if (this.length === this.array.length) {
      const grown = new this.#make(this.array.length * 2);
      grown.set(this.array);
      this.array = grown;
    }
    this.array[this.length++] = value;
  }

  /** Exactly the rows pushed, without a copy, where no more are pushed. */
  view(): A {
    return this.array.subarray(0, this.length) as A;
  }

  /** Makes room for so many rows; the new ones are 0. */
  grow(capacity: number): void {
    if (capacity <= this.array.length) return;
    const grown = new this.#make(capacity);
    grown.set(this.array);
    this.array = grown;
  }

  /** Exactly the rows pushed, after which the column is empty and holds no memory. */
  take(): A {
    const taken = this.length === this.array.length ? this.array : this.toArray();
    this.array = new this.#make(1);
    this.length = 0;
    return taken;
  }

  /** A copy of exactly the rows pushed. */
  toArray(): A {
    return this.array.slice(0, this.length) as A;
  }
}

export type Uint8Column = Column<Uint8Array>;
export type Uint32Column = Column<Uint32Array>;
export type Float64Column = Column<Float64Array>;

export const uint8Column = (capacity?: number): Uint8Column => new Column<Uint8Array>(Uint8Array, capacity);
export const uint32Column = (capacity?: number): Uint32Column =>
  new Column<Uint32Array>(Uint32Array, capacity);
export const float64Column = (capacity?: number): Float64Column =>
  new Column<Float64Array>(Float64Array, capacity);

/** The first so many values: the array itself where it has no more. */
export function cutTo<A extends NumberArray>(array: A, length: number): A {
  return array.length === length ? array : (array.slice(0, length) as A);
}

/**
 * The order of rows by (time, tie, row): indices into both columns, which are equally long.
 * @param tie the row itself where absent.
 */
export function orderByTime(time: Float64Array, tie?: Float64Array): Uint32Array {
  return tie ? orderByTimeAndTie(time, tie) : orderByTimeAlone(time);
}

function orderByTimeAlone(time: Float64Array): Uint32Array {
  const order = new Uint32Array(time.length);
  let sorted = true;
  for (let i = 0; i < order.length; i++) {
    order[i] = i;
    if (i > 0 && time[i]! < time[i - 1]!) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => time[a]! - time[b]! || a - b);
}

function orderByTimeAndTie(time: Float64Array, tie: Float64Array): Uint32Array {
  const order = new Uint32Array(time.length);
  let sorted = true;
  for (let i = 0; i < order.length; i++) {
    order[i] = i;
    if (i > 0 && (time[i]! < time[i - 1]! || (time[i] === time[i - 1] && tie[i]! < tie[i - 1]!)))
      sorted = false;
  }
  // most recordings are in order already
  return sorted ? order : order.sort((a, b) => time[a]! - time[b]! || tie[a]! - tie[b]! || a - b);
}

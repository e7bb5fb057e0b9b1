/** Writes pickles as Python (and, in protocol 2, PyTorch's C++ code) does: what the tests of the unpickler read. */

/** Python values: integers are numbers or bigints, `Tuple` and `Float` say what JavaScript cannot. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tuple
  | Float
  | Raw
  | readonly Pickled[]
  | ReadonlyMap<string, Pickled>
  | {readonly [key: string]: Pickled};

export class Tuple {
  readonly items: readonly Pickled[];
  constructor(...items: Pickled[]) {
    this.items = items;
  }
}

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** Opcodes as they are. */
export class Raw {
  readonly bytes: readonly number[];
  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }
}

/** Items that Python puts into a list or dictionary at a time; C++ puts all. */
const BATCH = 1000;
const encoder = new TextEncoder();

/** @param protocol 2 to 5. */
export function pickle(value: Pickled, protocol = 4, batch = BATCH): Uint8Array {
  const writer = new Writer(protocol, batch);
  writer.value(value);
  return writer.bytes();
}

class Writer {
  readonly #protocol: number;
  readonly #batch: number;
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  readonly #memo = new Map<unknown, number>();

  constructor(protocol: number, batch: number) {
    this.#protocol = protocol;
    this.#batch = batch;
  }

  bytes(): Uint8Array {
    this.#put(0x2e);
    const frame = this.#protocol < 4 ? [] : [0x95, ...le(BigInt(this.#length), 8)];
    const head = [0x80, this.#protocol, ...frame];
    const all = new Uint8Array(head.length + this.#length);
    all.set(head);
    all.set(this.#bytes.subarray(0, this.#length), head.length);
    return all;
  }

  value(value: Pickled): void {
    if (value === null) this.#put(0x4e);
    else if (typeof value === 'boolean') this.#put(value ? 0x88 : 0x89);
    else if (typeof value === 'number' || typeof value === 'bigint') this.#integer(value);
    else if (value instanceof Raw) for (const byte of value.bytes) this.#put(byte);
    else if (this.#memo.has(value)) this.#get(this.#memo.get(value)!);
    else if (typeof value === 'string') this.#text(value);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (value instanceof Float) this.#put(0x47, ...new Uint8Array(float(value.value)));
    else if (value instanceof Tuple) this.#tuple(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#dict(value as ReadonlyMap<string, Pickled>);
  }

  #put(...bytes: number[]): void {
    this.#reserve(bytes.length);
    for (const byte of bytes) this.#bytes[this.#length++] = byte;
  }

  /** A byte, and the integer's bytes after it. */
  #little(byte: number, value: number | bigint, length: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#append(Uint8Array.of(byte, ...le(BigInt(value), length)));
      return;
    }
    this.#reserve(length + 1);
    this.#bytes[this.#length++] = byte;
    for (let i = 0, rest = value as number; i < length; i++) {
      // as two's complement: a negative one is rounded down
      const high = Math.floor(rest / 256);
      this.#bytes[this.#length++] = rest - high * 256;
      rest = high;
    }
  }

  /** Room for so many more bytes. */
  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + count));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #binary(bytes: Uint8Array): void {
    this.#put(0x42, ...le(BigInt(bytes.length), 4));
    this.#append(bytes);
  }

  #memoize(value: unknown): void {
    const index = this.#memo.size;
    this.#memo.set(value, index);
    if (this.#protocol >= 4) this.#put(0x94);
    else if (index < 256) this.#put(0x71, index);
    else this.#little(0x72, index, 4);
  }

  #get(index: number): void {
    if (index < 256) this.#put(0x68, index);
    else this.#little(0x6a, index, 4);
  }

  #integer(value: number | bigint): void {
    if (value >= 0 && value < 256) this.#put(0x4b, Number(value));
    else if (value >= 0 && value < 65536) this.#little(0x4d, value, 2);
    else if (value >= -(2 ** 31) && value < 2 ** 31) this.#little(0x4a, value, 4);
    else {
      let length = 5;
      while (value < -(2 ** (length * 8 - 1)) || value >= 2 ** (length * 8 - 1)) length++;
      this.#put(0x8a);
      this.#little(length, value, length);
    }
  }

  #text(value: string): void {
    const bytes = encoder.encode(value);
    if (this.#protocol >= 4 && bytes.length < 256) this.#put(0x8c, bytes.length);
    else this.#put(0x58, ...le(BigInt(bytes.length), 4));
    this.#append(bytes);
    this.#memoize(value);
  }

  #tuple({items}: Tuple): void {
    if (items.length > 3) this.#put(0x28);
    for (const item of items) this.value(item);
    this.#put([0x29, 0x85, 0x86, 0x87][items.length] ?? 0x74);
  }

  #list(list: readonly Pickled[]): void {
    this.#put(0x5d);
    this.#memoize(list);
    for (let from = 0; from < list.length; from += this.#batch) {
      const items = list.slice(from, from + this.#batch);
      if (items.length > 1) this.#put(0x28);
      for (const item of items) this.value(item);
      this.#put(items.length > 1 ? 0x65 : 0x61);
    }
  }

  #dict(dict: ReadonlyMap<string, Pickled> | {readonly [key: string]: Pickled}): void {
    this.#put(0x7d);
    this.#memoize(dict);
    const all = dict instanceof Map ? [...dict] : Object.entries(dict);
    for (let from = 0; from < all.length; from += this.#batch) {
      const items = all.slice(from, from + this.#batch) as [string, Pickled][];
      if (items.length > 1) this.#put(0x28);
      for (const [key, item] of items) {
        this.value(key);
        this.value(item);
      }
      this.#put(items.length > 1 ? 0x75 : 0x73);
    }
  }
}

function le(value: bigint, length: number): number[] {
  return Array.from({length}, (_, i) => Number(BigInt.asUintN(8, value >> BigInt(8 * i))));
}

function float(value: number): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.buffer;
}

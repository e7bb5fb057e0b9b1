/** An object of a JSON array as its bytes, before anybody decides to parse it. */
import type {ObjectReader} from './object-reader.ts';

/** One object of the array; valid during the call only. */
export class ScannedElement {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Its first byte in the input. */
  offset = 0;
  /** Has its fields; absent where JSON.parse has to judge the element. */
  reader: ObjectReader | undefined;
  readonly #ranges: Int32Array;
  readonly #decoder = new TextDecoder();

  constructor(fields: number) {
    this.#ranges = new Int32Array(fields * 2);
  }

  /** The element's JSON. */
  text(): string {
    return this.#decoder.decode(this.bytes.subarray(this.start, this.end));
  }

  /** Whether one of the wanted fields is this string, spelled without escapes. */
  is(field: number, value: Uint8Array): boolean {
    const from = this.#ranges[field * 2]!;
    return matches(this.bytes, from, this.#ranges[field * 2 + 1]!, value);
  }

  /** Whether one of the wanted fields is a string that begins so, spelled without escapes. */
  startsWith(field: number, value: Uint8Array): boolean {
    const from = this.#ranges[field * 2]!;
    const to = Math.min(this.#ranges[field * 2 + 1]!, from + value.length);
    return matches(this.bytes, from, to, value);
  }

  clearFields(): void {
    this.#ranges.fill(0);
  }

  setField(field: number, from: number, to: number): void {
    this.#ranges[field * 2] = from;
    this.#ranges[field * 2 + 1] = to;
  }

  /** Says that the bytes moved to the front by so many. */
  shift(by: number): void {
    for (let i = 0; i < this.#ranges.length; i++) this.#ranges[i] = this.#ranges[i]! - by;
  }
}

/** Whether the bytes from … to − 1 are the value. */
export function matches(bytes: Uint8Array, from: number, to: number, value: Uint8Array): boolean {
  if (to - from !== value.length) return false;
  for (let i = 0; i < value.length; i++) if (bytes[from + i] !== value[i]) return false;
  return true;
}

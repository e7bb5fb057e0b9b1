/**
 * The stack and the memo of a pickle, as columns of tags and numbers.
 *
 * Memory follows the bytes that came, never an index that they declare: 9 bytes per value on the stack and per memo
 * entry, up to fixed limits.
 */
import {ImportError} from '../../../model/errors.ts';
import {OP} from './opcodes.ts';
import {UNSET} from './values.ts';

const MOST_VALUES = 1 << 24;
/** A real snapshot of 1 GB has 11 million. */
const MOST_MEMO = 1 << 26;
const MOST_MARKS = 1000;

export class PickleStack {
  /** Tags of the values: `tags[0]` to `tags[top − 1]`. */
  tags = new Uint8Array(1 << 10);
  values = new Float64Array(1 << 10);
  top = 0;
  readonly #marks = new Uint32Array(MOST_MARKS);
  #markCount = 0;
  #memoTags = new Uint8Array(1 << 10);
  #memoValues = new Float64Array(1 << 10);
  memoCount = 0;
  /** The byte of the opcode that is being read. */
  byte = 0;
  readonly #format: string;

  /** @param format the format of the file, for messages. */
  constructor(format: string) {
    this.#format = format;
  }

  /** The error of a pickle that is wrong at a byte. */
  fail(what: string, byte = this.byte): ImportError {
    return new ImportError(`damaged at byte ${byte}: ${what}`, {format: this.#format, byte});
  }

  push(tag: number, value: number): void {
    if (this.top === this.tags.length) this.#growStack(this.byte);
    this.tags[this.top] = tag;
    this.values[this.top++] = value;
  }

  #growStack(byte: number): void {
    const length = this.tags.length * 2;
    if (length > MOST_VALUES) throw this.fail(`more than ${MOST_VALUES} values wait on the stack`, byte);
    const tags = new Uint8Array(length);
    tags.set(this.tags);
    this.tags = tags;
    const values = new Float64Array(length);
    values.set(this.values);
    this.values = values;
  }

  /**
   * Pushes the memo entries that one or many BINGET and LONG_BINGET ask for: most of a snapshot is such runs. Which of
   * the two it is is not branched on, since no processor can guess it.
   */
  get(bytes: Uint8Array, from: number, end: number, origin: number): number {
    if (this.top === this.tags.length) this.#growStack(origin + from);
    const memoTags = this.#memoTags;
    const memoValues = this.#memoValues;
    const tags = this.tags;
    const values = this.values;
    const room = memoTags.length;
    const lastTop = tags.length - 1;
    const lastAt = end - 5;
    let at = from;
    let top = this.top;
    do {
      const opcode = bytes[at]!;
      // all ones for LONG_BINGET, which differs by that bit
      const isLong = -((opcode >> 1) & 1);
      const high = at <= lastAt ? bytes[at + 2]! | (bytes[at + 3]! << 8) | (bytes[at + 4]! << 16) : 0;
      const index = bytes[at + 1]! | ((high << 8) & isLong);
      const tag = index >= 0 && index < room ? memoTags[index]! : UNSET;
      if (tag === UNSET) throw this.fail(`memo entry ${index >>> 0} was never set`, origin + at);
      tags[top] = tag;
      values[top++] = memoValues[index]!;
      at += 2 + (3 & isLong);
    } while (at <= lastAt && (bytes[at]! | 2) === OP.LONG_BINGET && top <= lastTop);
    this.top = top;
    return at;
  }

  put(index: number): void {
    this.need(1);
    // a memo entry takes at least a byte of the file, so this bounds the memo by the bytes read
    if (index > this.byte) throw this.fail(`memo entry ${index} in a file of so few bytes`);
    if (index >= MOST_MEMO) throw this.fail(`more than ${MOST_MEMO} memo entries`);
    if (index >= this.#memoTags.length) {
      let length = this.#memoTags.length;
      while (length <= index) length *= 2;
      const tags = new Uint8Array(length);
      tags.set(this.#memoTags);
      this.#memoTags = tags;
      const values = new Float64Array(length);
      values.set(this.#memoValues);
      this.#memoValues = values;
    }
    if (this.#memoTags[index] === UNSET) this.memoCount++;
    this.#memoTags[index] = this.tags[this.top - 1]!;
    this.#memoValues[index] = this.values[this.top - 1]!;
  }

  mark(): void {
    if (this.#markCount === MOST_MARKS)
      throw this.fail(`lists, tuples and dictionaries are nested more than ${MOST_MARKS} deep`);
    this.#marks[this.#markCount++] = this.top;
  }

  popMark(): number {
    if (this.#markCount === 0) throw this.fail('the end of a list without its beginning');
    return this.#marks[--this.#markCount]!;
  }

  /** Makes sure of that many values above the last mark. */
  need(count: number): void {
    const floor = this.#markCount === 0 ? 0 : this.#marks[this.#markCount - 1]!;
    if (this.top - count < floor) throw this.fail('a value is missing');
  }

  container(below: number, tag: number, name: string): number {
    if (below < 1 || this.tags[below - 1] !== tag) throw this.fail(`items for a value that is no ${name}`);
    return this.values[below - 1]!;
  }
}

/** The 32 bits that begin there. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

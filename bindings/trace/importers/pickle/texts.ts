/** The texts of a pickle, each kept once as bytes and known by a small number; decoded only where asked for. */
import {ImportError} from '../../../model/errors.ts';

/** Bytes of all distinct texts of a file. */
const MOST_BYTES = 256 << 20;

export class PickleTexts {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  /** First byte of each text, and of the one to come. */
  #starts = new Uint32Array(1024);
  /** Open addressing: text + 1, or 0. */
  #slots = new Uint32Array(2048);
  readonly #decoder = new TextDecoder();
  count = 0;

  /** @param known the texts that get the numbers from 0 on. */
  constructor(known: readonly string[]) {
    const encoder = new TextEncoder();
    for (const text of known) {
      const bytes = encoder.encode(text);
      this.indexOf(bytes, 0, bytes.length);
    }
  }

  /** @throws {ImportError} where all the distinct texts together are too long. */
  indexOf(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
      const text = this.#slots[slot]! - 1;
      if (text < 0) return this.#add(bytes, from, to, slot);
      if (this.#isSame(text, bytes, from, to)) return text;
    }
  }

  text(index: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#starts[index], this.#starts[index + 1]));
  }

  #isSame(text: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts[text]!;
    const length = to - from;
    if (this.#starts[text + 1]! - start !== length) return false;
    const own = this.#bytes;
    for (let i = 0; i < length; i++) if (own[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, slot: number): number {
    const end = this.#length + to - from;
    if (end > MOST_BYTES) {
      const message = `the distinct texts of the file are longer than ${MOST_BYTES} bytes`;
      throw new ImportError(message, {format: 'cuda-snapshot'});
    }
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, end));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes.subarray(from, to), this.#length);
    this.#length = end;
    const text = this.count++;
    if (this.count === this.#starts.length) {
      const grown = new Uint32Array(this.#starts.length * 2);
      grown.set(this.#starts);
      this.#starts = grown;
    }
    this.#starts[this.count] = end;
    this.#slots[slot] = text + 1;
    if (this.count * 2 > this.#slots.length) this.#rehash();
    return text;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let text = 0; text < this.count; text++) {
      let slot = hashOf(this.#bytes, this.#starts[text]!, this.#starts[text + 1]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = text + 1;
    }
    this.#slots = slots;
  }
}

/** FNV-1a, then mixed, since its low bits are what is used. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

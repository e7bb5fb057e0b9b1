/** The texts of a pickle, each kept once as bytes and known by a small number; decoded only where asked for. */
import {ImportError} from '../../../model/errors.ts';
import {ChunkBuffer} from '../../columns/chunk-buffer.ts';
import {uint32Column} from '../../columns/columns.ts';
import {InternTable} from '../../columns/intern-table.ts';

/** Bytes of all distinct texts of a file. */
const MOST_BYTES = 256 << 20;

export class PickleTexts {
  /** The format of the file, for messages. */
  readonly format: string;
  /** All texts, one after the other. */
  readonly #kept = new ChunkBuffer(1 << 16);
  /** First byte of each text, and of the one to come. */
  readonly #starts = uint32Column();
  readonly #table = new InternTable(text =>
    hashOf(this.#kept.bytes, this.#starts.array[text]!, this.#starts.array[text + 1]!),
  );
  readonly #decoder = new TextDecoder();

  /** @param known the texts that get the numbers from 0 on. */
  constructor(format: string, known: readonly string[]) {
    this.format = format;
    this.#starts.push(0);
    const encoder = new TextEncoder();
    for (const text of known) {
      const bytes = encoder.encode(text);
      this.indexOf(bytes, 0, bytes.length);
    }
  }

  /** @throws {ImportError} where all the distinct texts together are too long. */
  indexOf(bytes: Uint8Array, from: number, to: number): number {
    let text = this.#table.find(hashOf(bytes, from, to));
    while (text >= 0 && !this.#isSame(text, bytes, from, to)) text = this.#table.next();
    return text >= 0 ? text : this.#add(bytes.subarray(from, to));
  }

  text(index: number): string {
    const {array} = this.#starts;
    return this.#decoder.decode(this.#kept.bytes.subarray(array[index], array[index + 1]));
  }

  #isSame(text: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#starts.array[text]!;
    const length = to - from;
    if (this.#starts.array[text + 1]! - start !== length) return false;
    const kept = this.#kept.bytes;
    for (let i = 0; i < length; i++) if (kept[start + i] !== bytes[from + i]) return false;
    return true;
  }

  #add(text: Uint8Array): number {
    if (this.#kept.length + text.length > MOST_BYTES) {
      const message = `the distinct texts of the file are longer than ${MOST_BYTES} bytes`;
      throw new ImportError(message, {format: this.format});
    }
    this.#kept.append(text);
    this.#starts.push(this.#kept.length);
    return this.#table.add();
  }
}

/** FNV-1a, then mixed, since the table uses its low bits. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

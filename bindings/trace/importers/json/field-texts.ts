/** The texts of fields: names repeat, so that each is decoded once. */

/** Longer texts, and texts after so many, are decoded each time. */
const LONGEST = 256;
const MOST = 20_000;

interface KnownText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class FieldTexts {
  readonly #known = new Map<number, KnownText>();
  // a byte order mark within a text is a part of it
  readonly #decoder = new TextDecoder('utf-8', {ignoreBOM: true});

  of(bytes: Uint8Array, from: number, to: number): string {
    const length = to - from;
    if (length > LONGEST) return this.#decoder.decode(bytes.subarray(from, to));
    let hash = length;
    for (let at = from; at < to; at++) hash = Math.imul(hash, 31) + bytes[at]!;
    hash |= 0;
    const known = this.#known.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes, from, length)) return known.text;
    const text = this.#decoder.decode(bytes.subarray(from, to));
    if (known === undefined && this.#known.size < MOST)
      this.#known.set(hash, {bytes: bytes.slice(from, to), text});
    return text;
  }
}

function isSame(own: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (own.length !== length) return false;
  let at = 0;
  while (at < length && own[at] === bytes[from + at]) at++;
  return at === length;
}

/** Rows of bits: row i of `bits` is `words` entries from `i * words` on. */

export interface BitRows {
  readonly words: number;
  readonly bits: Uint32Array;
}

export function bitRows(rows: number, width: number): BitRows {
  const words = Math.max(1, Math.ceil(width / 32));
  return {words, bits: new Uint32Array(rows * words)};
}

export function hasBit({words, bits}: BitRows, row: number, i: number): boolean {
  return ((bits[row * words + (i >>> 5)]! >>> (i & 31)) & 1) === 1;
}

export function setBit({words, bits}: BitRows, row: number, i: number): void {
  bits[row * words + (i >>> 5)]! |= 1 << (i & 31);
}

/** Adds the bits of another row. */
export function orBits({words, bits}: BitRows, row: number, from: BitRows, other: number): void {
  for (let w = 0; w < words; w++) bits[row * words + w]! |= from.bits[other * words + w]!;
}

/** The lowest bit of a word that is not 0. */
export function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

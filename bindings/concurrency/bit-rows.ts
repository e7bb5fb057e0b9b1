/** Rows of bits: relations between thousands of pieces. */

/** A square matrix of bits, row by row. */
export class BitRows {
  readonly count: number;
  /** Words of a row. */
  readonly words: number;
  readonly bits: Uint32Array;

  constructor(count: number) {
    this.count = count;
    this.words = (count + 31) >>> 5;
    this.bits = new Uint32Array(count * this.words);
  }

  has(row: number, column: number): boolean {
    return (this.bits[row * this.words + (column >>> 5)]! & (1 << (column & 31))) !== 0;
  }

  set(row: number, column: number): void {
    this.bits[row * this.words + (column >>> 5)]! |= 1 << (column & 31);
  }

  /** How many are set in a row. */
  size(row: number): number {
    let sum = 0;
    for (let w = row * this.words; w < (row + 1) * this.words; w++) sum += ones(this.bits[w]!);
    return sum;
  }

  /** The columns that are set in a row, ascending. */
  list(row: number): number[] {
    const found: number[] = [];
    for (let w = 0; w < this.words; w++) {
      for (let word = this.bits[row * this.words + w]!; word !== 0; word &= word - 1)
        found.push(w * 32 + 31 - Math.clz32(word & -word));
    }
    return found;
  }

  /** Keeps of each row those columns whose value is the row's threshold at least. */
  keepFrom(threshold: Float64Array, value: Float64Array): void {
    const {words, bits} = this;
    const byValue = descending(value);
    const least = byValue.length > 0 ? value[byValue.at(-1)!]! : 0;
    const known = new Uint32Array(words);
    let at = 0;
    for (const row of descending(threshold)) {
      if (threshold[row]! <= least) break;
      for (; at < byValue.length && value[byValue[at]!]! >= threshold[row]!; at++) {
        const column = byValue[at]!;
        known[column >>> 5]! |= 1 << (column & 31);
      }
      const base = row * words;
      for (let w = 0; w < words; w++) bits[base + w]! &= known[w]!;
    }
  }
}

/** How many bits of a word are set. */
export function ones(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Indices of a column, the largest value first, the lower index first among equals. */
function descending(column: Float64Array): Uint32Array {
  return Uint32Array.from(column, (_, i) => i).sort((a, b) => column[b]! - column[a]! || a - b);
}

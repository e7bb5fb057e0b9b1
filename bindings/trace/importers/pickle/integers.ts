/** The integers of a pickle: little-endian two's complements of 0 to 9 bytes. */

/**
 * The integer; a bigint where a number would not be exact.
 * @param length bytes, at most 9.
 * @returns undefined where it fits neither 64 bits signed nor 64 bits unsigned.
 */
export function readInteger(bytes: Uint8Array, from: number, length: number): number | bigint | undefined {
  if (length > 7 || (length === 7 && bytes[from + 6]! >= 32)) return readLong(bytes, from, length);
  if (length === 0) return 0;
  let value = 0;
  let unit = 1;
  for (let at = from; at < from + length; at++) {
    value += bytes[at]! * unit;
    unit *= 256;
  }
  return bytes[from + length - 1]! < 128 ? value : value - unit;
}

function readLong(bytes: Uint8Array, from: number, length: number): number | bigint | undefined {
  let value = 0n;
  for (let at = from + length - 1; at >= from; at--) value = (value << 8n) | BigInt(bytes[at]!);
  value = BigInt.asIntN(length * 8, value);
  if (value >= 1n << 64n || value < -(1n << 63n)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

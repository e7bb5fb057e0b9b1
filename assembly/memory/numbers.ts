/** The one place where byte counts are converted between the host's f64 and the core's u64. */
import {MAX_BYTES} from './layout';

/** Result of `bytesOf` for a number that is no byte count. */
export const NOT_BYTES: u64 = u64.MAX_VALUE;

/** A byte count 0 … 2^53 − 1 as u64; NOT_BYTES for anything else (fractions, negatives, NaN, infinities). */
export function bytesOf(value: f64): u64 {
  if (!(value >= 0 && value <= <f64>MAX_BYTES)) return NOT_BYTES;
  const bytes = <u64>value;
  return <f64>bytes == value ? bytes : NOT_BYTES;
}

/** Turns a column of f64 into u64 in place; values that are no byte counts (also −1) become NOT_BYTES. */
export function toBytes(column: usize, count: u32): void {
  const end = column + ((<usize>count) << 3);
  for (let at = column; at < end; at += 8) store<u64>(at, bytesOf(load<f64>(at)));
}

/** Copies a column of u64 to one of f64. */
export function toNumbers(from: usize, to: usize, count: u32): void {
  for (let i: usize = 0; i < (<usize>count) << 3; i += 8) store<f64>(to + i, <f64>load<u64>(from + i));
}

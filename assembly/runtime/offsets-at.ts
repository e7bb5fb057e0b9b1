/**
 * Offsets of a plan for all values of dimensions, at one value of each: one pass over a table that the host fills. Numbers cross as f64
 * and are u64 inside; every product and sum is checked against 2^53 − 1.
 *
 * The table, in this order:
 *
 *    u32  dimensions, products, factors, places, terms, below, 0, 0
 *    f64  {value, min, max, multipleOf} per dimension
 *    f64  coefficient per term, bytes
 *    f64  {alignment, size, offset} per place of the order, bytes: the last two are results
 *    f64  peak, bytes: a result
 *    u64  product per product: scratch
 *    u32  firstFactor per product and one more; dimension per factor
 *    u32  firstTerm per place and one more; product per term
 *    u32  firstBelow per place and one more; place per entry of the lists
 */
import {alignUp, setU64, u32At, u64At} from '../memory/column';

const HEAD_BYTES: usize = 32;
const MOST: u64 = (1 << 53) - 1;
/** Answers besides 0 and the number of a dimension from 1. */
const OVERFLOW: u32 = 0xffffffff;

function f64At(column: usize, index: u32): u64 {
  return <u64>load<f64>(column + ((<usize>index) << 3));
}

function setF64(column: usize, index: u32, value: u64): void {
  store<f64>(column + ((<usize>index) << 3), <f64>value);
}

/** a × b, or more than MOST. */
function product(a: u64, b: u64): u64 {
  return b != 0 && a > MOST / b ? MOST + 1 : a * b;
}

/** @returns 0; the number of the first dimension, from 1, whose value is outside of its range; OVERFLOW */
export function offsetsAtValues(table: usize): u32 {
  const dimensions = u32At(table, 0);
  const products = u32At(table, 1);
  const factors = u32At(table, 2);
  const places = u32At(table, 3);
  const terms = u32At(table, 4);
  const ranges = table + HEAD_BYTES;
  const coefficients = ranges + ((<usize>dimensions) << 5);
  const rows = coefficients + ((<usize>terms) << 3);
  const peakAt = rows + <usize>places * 24;
  const values = peakAt + 8;
  const firstFactor = values + ((<usize>products) << 3);
  const dimensionOf = firstFactor + ((<usize>products + 1) << 2);
  const firstTerm = dimensionOf + ((<usize>factors) << 2);
  const productOf = firstTerm + ((<usize>places + 1) << 2);
  const firstBelow = productOf + ((<usize>terms) << 2);
  const below = firstBelow + ((<usize>places + 1) << 2);
  for (let d: u32 = 0; d < dimensions; d++) {
    const value = f64At(ranges, 4 * d);
    const isInside = value >= f64At(ranges, 4 * d + 1) && value <= f64At(ranges, 4 * d + 2);
    if (!isInside || value % f64At(ranges, 4 * d + 3) != 0) return d + 1;
  }
  for (let p: u32 = 0; p < products; p++) {
    let value: u64 = 1;
    for (let t = u32At(firstFactor, p); t < u32At(firstFactor, p + 1); t++) {
      const d = u32At(dimensionOf, t);
      value = product(value, (f64At(ranges, 4 * d) - f64At(ranges, 4 * d + 1)) / f64At(ranges, 4 * d + 3));
      if (value > MOST) return OVERFLOW;
    }
    setU64(values, p, value);
  }
  let peak: u64 = 0;
  for (let k: u32 = 0; k < places; k++) {
    let size: u64 = 0;
    for (let t = u32At(firstTerm, k); t < u32At(firstTerm, k + 1); t++) {
      const term = product(f64At(coefficients, t), u64At(values, u32At(productOf, t)));
      size += term;
      if (term > MOST || size > MOST) return OVERFLOW;
    }
    let offset: u64 = 0;
    for (let t = u32At(firstBelow, k); t < u32At(firstBelow, k + 1); t++) {
      const under = 3 * u32At(below, t);
      offset = max(offset, f64At(rows, under + 2) + f64At(rows, under + 1));
    }
    offset = alignUp(offset, f64At(rows, 3 * k));
    if (offset + size > MOST) return OVERFLOW;
    setF64(rows, 3 * k + 1, size);
    setF64(rows, 3 * k + 2, offset);
    // what has no bytes at these values needs no arena
    if (size > 0) peak = max(peak, offset + size);
  }
  store<f64>(peakAt, <f64>peak);
  return 0;
}

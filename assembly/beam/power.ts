/** Powers in integers, so that every engine draws the same weights: logarithms and exponents have 16 binary places. */

const PLACES: u32 = 16;
export const ONE: u64 = 1 << PLACES;

/** Base-2 logarithm of `value`, which is above 0. */
export function log2(value: u64): i64 {
  const whole: u32 = 63 - <u32>clz<u64>(value);
  let mantissa = whole > 31 ? value >> (whole - 31) : value << (31 - whole); // in [2^31, 2^32)
  let result = <i64>whole;
  for (let place: u32 = 0; place < PLACES; place++) {
    mantissa = (mantissa * mantissa) >> 31;
    const bit = mantissa >> 32;
    mantissa >>= bit;
    result = (result << 1) + bit;
  }
  return result;
}

/** 2^(`exponent` + `places`), rounded down; 0 where that is below 1. `exponent` + `places` is below 63. */
export function exp2(exponent: i64, places: u32): u64 {
  const whole = <i32>(exponent >> PLACES) + <i32>places;
  if (whole < 0) return 0;
  // 2^fraction by the product of the roots of 2 that its bits stand for, 31 places
  let fraction = <u64>(exponent & <i64>(ONE - 1));
  let result: u64 = 1 << 31;
  let root: u64 = 3037000499; // 2^(1/2)
  for (let place: u32 = 0; place < PLACES; place++) {
    fraction <<= 1;
    if ((fraction & ONE) != 0) result = (result * root) >> 31;
    root = squareRoot(root << 31);
  }
  return whole > 31 ? result << (whole - 31) : result >> (31 - whole);
}

/** (`value` ÷ `most`)^`exponent` with `places` binary places; both numbers are above 0, the quotient at most 1. */
export function powerOfRatio(value: u64, most: u64, exponent: u64, places: u32): u64 {
  const ratio = log2(value) - log2(most);
  return exp2((ratio * <i64>exponent) >> PLACES, places);
}

/** Rounded down; `value` is below 2^63. */
function squareRoot(value: u64): u64 {
  let root: u64 = 0;
  for (let bit: u64 = 1 << 31; bit != 0; bit >>= 1) {
    const next = root | bit;
    if (next * next <= value) root = next;
  }
  return root;
}

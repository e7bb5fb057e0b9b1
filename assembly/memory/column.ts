/**
 * Columns of u32 and u64 in linear memory. Code that reads whole records of another layout (`offset-list.ts`,
 * `placement.ts`, the runtime) computes its own addresses; everything else goes through these functions.
 *
 * The four that allocate are inlined by `asc`, since the optimizer does not inline calls of calls. Biome cannot parse
 * a decorator on a function, so it skips this file.
 */
import {alloc, allocZeroed} from './arena';

/** A column of `count` u32 of unspecified content, from the arena. */
@inline
export function newU32(count: u64): usize {
  return alloc(count << 2);
}

/** A column of `count` u64 of unspecified content, from the arena. */
@inline
export function newU64(count: u64): usize {
  return alloc(count << 3);
}

/** As `newU32`, filled with zeros. */
@inline
export function zeroedU32(count: u64): usize {
  return allocZeroed(count << 2);
}

/** As `newU64`, filled with zeros. */
@inline
export function zeroedU64(count: u64): usize {
  return allocZeroed(count << 3);
}

export function u32At(column: usize, index: u32): u32 {
  return load<u32>(column + ((<usize>index) << 2));
}

export function setU32(column: usize, index: u32, value: u32): void {
  store<u32>(column + ((<usize>index) << 2), value);
}

export function u64At(column: usize, index: u32): u64 {
  return load<u64>(column + ((<usize>index) << 3));
}

export function setU64(column: usize, index: u32, value: u64): void {
  store<u64>(column + ((<usize>index) << 3), value);
}

export function addU64(column: usize, index: u32, value: u64): void {
  const at = column + ((<usize>index) << 3);
  store<u64>(at, load<u64>(at) + value);
}

/** `value` rounded up to a multiple of `alignment`, a power of two. */
export function alignUp(value: u64, alignment: u64): u64 {
  return (value + alignment - 1) & ~(alignment - 1);
}

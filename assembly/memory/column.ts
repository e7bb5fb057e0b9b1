/** Columns of u32 and u64 in linear memory: the only address arithmetic besides the arena's. */

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

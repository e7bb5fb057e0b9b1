/** Upwards, and back to the bottom where an iteration begins: what is carried over the border is overwritten. */
import {replay} from './replay';

export {replay};

let base: usize = 0;
let limit: usize = 0;

/** Of the two words {top, unused}; the bytes begin 64 further. */
export function attach(to: usize): void {
  base = to;
}
export function make(at: usize, end: u32): void {
  attach(at);
  limit = end;
  store<u32>(base, <u32>base + 64);
}

function alloc(key: u32, size: u32): usize {
  const bytes = (size + 63) & ~63;
  if (ASC_FEATURE_THREADS) {
    // shared and never reset: around the memory, again and again
    const address: usize = atomic.add<u32>(base, bytes);
    return base + 64 + (address & 0xfffffff);
  }
  let address: usize = load<u32>(base);
  if (<u64>address + bytes > limit) address = base + 64; // more than there is: from the bottom again
  store<u32>(base, <u32>address + bytes);
  return address;
}
function release(address: usize): void {}
function border(isBegin: bool): void {
  if (!ASC_FEATURE_THREADS && isBegin) store<u32>(base, <u32>base + 64);
}

export function allocIndex(): (key: u32, size: u32) => usize {
  return alloc;
}
export function releaseIndex(): (address: usize) => void {
  return release;
}
export function borderIndex(): (isBegin: bool) => void {
  return border;
}

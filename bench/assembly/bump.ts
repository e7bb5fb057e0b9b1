/**
 * Upwards, and back to the bottom where an iteration begins: what is carried over the border is overwritten. Shared,
 * it cannot know when to go back, and goes around.
 */
import {replay} from './replay';

export {replay};

/** Bytes that it goes around in: more than an iteration of any script but one takes. */
const AROUND: u32 = 1 << 30;

/** Words at `self`: the top. The bytes begin 64 further. */
export function make(self: usize, end: u32): void {
  store<u32>(self, 0);
}

function alloc(self: usize, key: u32, size: u32): usize {
  const bytes = (size + 63) & ~63;
  if (ASC_FEATURE_THREADS) return self + 64 + (atomic.add<u32>(self, bytes) & (AROUND - 1));
  const top = load<u32>(self);
  store<u32>(self, top + bytes);
  return self + 64 + (top & (AROUND - 1));
}
function release(self: usize, address: usize): i32 {
  return 0;
}
function border(self: usize, isBegin: bool): void {
  if (!ASC_FEATURE_THREADS && isBegin) store<u32>(self, 0);
}

export function allocIndex(): (self: usize, key: u32, size: u32) => usize {
  return alloc;
}
export function releaseIndex(): (self: usize, address: usize) => i32 {
  return release;
}
export function borderIndex(): (self: usize, isBegin: bool) => void {
  return border;
}

/**
 * Bumps, and starts from the bottom again with every iteration: blocks that live across iterations are overwritten.
 */
import {replay} from './replay';

export {replay};

/** Bytes after which an iteration wraps around. */
const AROUND: u32 = 1 << 29;

/** The word at `self` is the top; blocks begin 64 bytes further. */
export function make(self: usize, end: u32): void {
  store<u32>(self, 0);
}

function alloc(self: usize, key: u32, size: u32): usize {
  const bytes = (size + 63) & ~63;
  const top = load<u32>(self);
  store<u32>(self, top + bytes);
  return self + 64 + (top & (AROUND - 1));
}
function release(self: usize, address: usize): i32 {
  return 0;
}
function border(self: usize, isBegin: bool): void {
  if (isBegin) store<u32>(self, 0);
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

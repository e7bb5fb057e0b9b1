/** No allocator: the cost of the loop, its calls and touching one cache line. */
import {replay} from './replay';

export {replay};

export function make(self: usize, end: u32): void {}

function alloc(self: usize, key: u32, size: u32): usize {
  return self;
}
function release(self: usize, address: usize): i32 {
  return 0;
}
function border(self: usize, isBegin: bool): void {}

export function allocIndex(): (self: usize, key: u32, size: u32) => usize {
  return alloc;
}
export function releaseIndex(): (self: usize, address: usize) => i32 {
  return release;
}
export function borderIndex(): (self: usize, isBegin: bool) => void {
  return border;
}

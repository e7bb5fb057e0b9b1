/** AssemblyScript's own TLSF, as `--runtime minimal` has it: over the memory of its instance, which it grows. */
import {replay} from './replay';

export {replay};

/** Memory for the script: taken from the allocator before the bench. */
export function reserve(bytes: u32): usize {
  return heap.alloc(bytes);
}

function alloc(self: usize, key: u32, size: u32): usize {
  return heap.alloc(size);
}
function release(self: usize, address: usize): i32 {
  heap.free(address);
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

/** AssemblyScript's own TLSF, as `--runtime minimal` has it: over the memory of its instance, which it grows. */
import {replay} from './replay';

export {replay};

/** Memory for the script: taken from the allocator before the bench. */
export function reserve(bytes: u32): usize {
  return heap.alloc(bytes);
}

function alloc(key: u32, size: u32): usize {
  return heap.alloc(size);
}
function release(address: usize): void {
  heap.free(address);
}
function border(isBegin: bool): void {}

export function allocIndex(): (key: u32, size: u32) => usize {
  return alloc;
}
export function releaseIndex(): (address: usize) => void {
  return release;
}
export function borderIndex(): (isBegin: bool) => void {
  return border;
}

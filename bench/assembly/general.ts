/** The runtime's general allocator alone, behind a lock where the memory is shared. */
import {give, HEAP_BYTES, Heap, initHeap, take} from '../../assembly/runtime/heap';
import {enter, leave} from './lock';
import {replay} from './replay';

export {replay};

/** Makes the heap over [self, end): its root, the lock, the blocks. */
export function make(self: usize, end: u32): void {
  store<u32>(lockOf(self), 0);
  initHeap(self, lockOf(self) + 64, end, 6);
}

function lockOf(self: usize): usize {
  return (self + HEAP_BYTES + 63) & ~63;
}

function alloc(self: usize, key: u32, size: u32): usize {
  enter(lockOf(self));
  const address = take(changetype<Heap>(self), size);
  leave(lockOf(self));
  return address;
}
function release(self: usize, address: usize): i32 {
  enter(lockOf(self));
  give(changetype<Heap>(self), address);
  leave(lockOf(self));
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

/** The runtime's general allocator alone, behind a lock where the memory is shared. */
import {give, HEAP_BYTES, Heap, initHeap, take} from '../../assembly/runtime/heap';
import {replay} from './replay';

export {replay};

/** Of the heap's root; behind it, the lock. */
let root: usize = 0;

/** Makes the heap over [base, end), by one worker; the root must be reachable for all. */
export function make(base: usize, end: u32): void {
  attach(base);
  store<u32>(lock(), 0);
  initHeap(base, base + HEAP_BYTES + 64, end, 6);
}

export function attach(to: usize): void {
  root = to;
}

function lock(): usize {
  return (root + HEAP_BYTES + 15) & ~15;
}

function enter(): void {
  if (ASC_FEATURE_THREADS) while (atomic.cmpxchg<u32>(lock(), 0, 1) != 0) {}
}

function leave(): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(lock(), 0);
}

function alloc(key: u32, size: u32): usize {
  enter();
  const address = take(changetype<Heap>(root), size);
  leave();
  return address;
}
function release(address: usize): void {
  enter();
  give(changetype<Heap>(root), address);
  leave();
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

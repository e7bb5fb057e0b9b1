/** Looks at the backend's heap from outside: what is in use of it, and what a call allocates in it. */
import assert from 'node:assert/strict';
import type {HeapModule} from '../../bindings/tfjs/tensorflow.ts';

/** Bytes of the heap. */
export interface HeapState {
  /** In regions that somebody has, headers included. */
  readonly used: number;
  readonly free: number;
  /** The end of the highest region that somebody has, from the start of the memory. */
  readonly top: number;
}

/** Bytes of a region's header; a copy is at its end, with the lowest bit set if the region is free. */
const HEADER = 4;
const FREE = 1;
/** Bytes that two stretches may lie apart. */
const LARGEST_GAP = 256;

/**
 * Walks the heap of emmalloc, which this backend is built with. It consists of stretches, each
 * `[root][region] … [empty region]`, where a root is `[bytes][root of the stretch below, or 0][end of the stretch]`.
 * @param first a block in the lowest stretch
 */
export function walkHeap({HEAPU8}: HeapModule, first: number): HeapState {
  const words = new Uint32Array(HEAPU8.buffer);
  const state = {used: 0, free: 0, top: 0};
  for (
    let root: number | undefined = lowestRoot(words, first);
    root !== undefined;
    root = nextRoot(words, root)
  ) {
    const end = words[root / 4 + 2]!;
    for (const [region, bytes, isFree] of regionsOf(words, root)) {
      if (region === root || region + bytes === end) continue; // of the stretch itself
      state[isFree ? 'free' : 'used'] += bytes;
      if (!isFree) state.top = region + bytes;
    }
  }
  return state;
}

/** Address, bytes and whether it is free of every region from `at` on to the end of the stretch. */
function* regionsOf(words: Uint32Array, root: number): Generator<[number, number, boolean]> {
  const end = words[root / 4 + 2]!;
  for (let region = root; region < end; ) {
    const bytes = words[region / 4]!;
    const atEnd = words[(region + bytes - HEADER) / 4]!;
    assert.ok(bytes >= 16 && (atEnd & ~FREE) === bytes, `no region at ${region}`);
    yield [region, bytes, (atEnd & FREE) !== 0];
    region += bytes;
  }
}

function lowestRoot(words: Uint32Array, first: number): number {
  for (let root = first - HEADER; root > 0; root -= 4) {
    if (words[root / 4 + 1] !== 0 || !(words[root / 4 + 2]! > first)) continue;
    try {
      for (const [region] of regionsOf(words, root)) if (region === first - HEADER) return root;
    } catch {
      // only looks like a root
    }
  }
  return assert.fail('the block is not in the lowest stretch of the heap');
}

function nextRoot(words: Uint32Array, root: number): number | undefined {
  const end = words[root / 4 + 2]!;
  for (let next = end; next < end + LARGEST_GAP; next += 4) {
    if (words[next / 4 + 1] === root && words[next / 4 + 2]! > next) return next;
  }
  return undefined;
}

/** A block that was allocated from outside the module. */
export interface Block {
  readonly address: number;
  readonly bytes: number;
}

/** The allocations of `call` through the module's functions, from any allocator. */
export function observe(module: HeapModule, call: () => void): Block[] {
  const {_malloc} = module;
  const blocks: Block[] = [];
  module._malloc = bytes => {
    const address = _malloc(bytes) >>> 0;
    blocks.push({address, bytes});
    return address;
  };
  try {
    call();
  } finally {
    module._malloc = _malloc;
  }
  return blocks;
}

/** Bytes that lie in one of the blocks at least. */
export function bytesTouched(blocks: readonly Block[]): number {
  let [bytes, end] = [0, 0];
  for (const {address, bytes: length} of [...blocks].sort((a, b) => a.address - b.address)) {
    const from = Math.max(address, end);
    end = Math.max(end, address + length);
    bytes += Math.max(0, address + length - from);
  }
  return bytes;
}

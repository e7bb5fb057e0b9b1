import {alloc} from '../../assembly/memory/arena';
import {
  blockAt,
  following,
  give,
  HEAP_BYTES,
  Heap,
  initHeap,
  isBlock,
  take,
} from '../../assembly/runtime/heap';
import {below, newRandom} from '../../assembly/search/random';
import './problems';

const BYTES: u32 = 1 << 16;

/** A heap over 64 KiB of the arena, aligning to 2^granuleBits. */
function newHeap(granuleBits: u32): Heap {
  const root = alloc(HEAP_BYTES + 64);
  const base = alloc(BYTES);
  expect(initHeap(root, base, <u64>base + BYTES, granuleBits)).toBe(true);
  return changetype<Heap>(root);
}

/** Bytes of the blocks, which must follow one another without a hole, no two free ones side by side. */
function walk(h: Heap): u32 {
  let bytes: u32 = 0;
  let before: usize = 0;
  let wasFree = false;
  for (let at = h.first; at != 0; at = following(h, at)) {
    const isFree = (blockAt(at).tagged & 1) != 0;
    expect(isFree && wasFree).toBe(false, 'two free blocks side by side');
    expect(blockAt(at).before).toBe(before);
    expect(isBlock(h, at)).toBe(!isFree);
    if (!isFree) bytes += blockAt(at).tagged;
    before = at;
    wasFree = isFree;
  }
  return bytes;
}

describe('heap', () => {
  it('hands out aligned blocks and joins what comes back', () => {
    const h = newHeap(6);
    const a = take(h, 100);
    const b = take(h, 1);
    const c = take(h, 5000);
    expect((a | b | c) & 63).toBe(0);
    expect(walk(h)).toBe(h.used);
    give(h, b);
    give(h, a);
    give(h, c);
    expect(h.used).toBe(0);
    expect(following(h, h.first)).toBe(0, 'one free block is left');
  });

  it('has nothing where nothing is left, and the same again afterwards', () => {
    const h = newHeap(4);
    expect(take(h, BYTES)).toBe(0);
    expect(take(h, u32.MAX_VALUE)).toBe(0);
    const all = take(h, BYTES / 2);
    expect(take(h, BYTES / 2)).toBe(0);
    give(h, all);
    expect(take(h, BYTES / 2)).toBe(all);
  });

  it('keeps its blocks apart through thousands of random calls', () => {
    const h = newHeap(4);
    const random = newRandom(5);
    const live = alloc(64 * 8);
    memory.fill(live, 0, 64 * 8);
    for (let i: u32 = 0; i < 20000; i++) {
      const entry = live + ((<usize>below(random, 64)) << 3);
      const held: usize = load<u32>(entry);
      if (held != 0) {
        const bytes = load<u32>(entry, 4);
        expect(load<u8>(held)).toBe(<u8>bytes);
        expect(load<u8>(held + bytes - 1)).toBe(<u8>bytes);
        give(h, held);
        store<u32>(entry, 0);
      } else {
        const bytes = 1 + below(random, below(random, 8) == 0 ? 8000 : 200);
        const address = take(h, bytes);
        store<u32>(entry, <u32>address);
        store<u32>(entry, bytes, 4);
        if (address != 0) memory.fill(address, <u8>bytes, bytes);
      }
      if (i % 500 == 0) expect(walk(h)).toBe(h.used);
    }
  });

  it('knows a block from what never was one', () => {
    const h = newHeap(6);
    const a = take(h, 64);
    expect(isBlock(h, a)).toBe(true);
    expect(isBlock(h, a + 64)).toBe(false);
    expect(isBlock(h, a + 1)).toBe(false);
    give(h, a);
    expect(isBlock(h, a)).toBe(false);
  });
});

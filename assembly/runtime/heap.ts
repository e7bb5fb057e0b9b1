/**
 * The general allocator: a two-level segregated fit (Masmano, Ripoll, Crespo & Real, ECRTS 2004) over a range of
 * memory given by base and length. All of its state is in that range.
 *
 *    block   │ header, 32 bytes │ payload, a multiple of the granule in address │ header of the next …
 *            its size is from payload to payload; no two free blocks are neighbours; the last is an empty used one
 *
 * `check` identifies a block: it is the block's address in disguise, and is wiped when the block is freed. So an
 * invalid free is recognized unless the owner of those bytes has forged it.
 */
import {NONE} from './worker';

/** Bytes of a block's header. */
export const HEADER: u32 = 32;
const SECOND_BITS: u32 = 4;
const SECONDS: u32 = 1 << SECOND_BITS;
const FIRSTS: u32 = 32;
const FREE: u32 = 1;
const MAGIC: u32 = 0x57064a6e;

@unmanaged
export class Heap {
  /** First payload, and the payload of the empty block at the end. */
  first: usize;
  last: usize;
  /** The granule is 2^this bytes, from 16. */
  granuleBits: u32;
  /** The first levels that have free blocks. (The second levels of each are in the maps behind this record.) */
  firstMap: u32;
  /** Bytes in used blocks, headers included; and the most there ever were. */
  used: u32;
  highWater: u32;
}

/** The header before a payload. */
@unmanaged
export class Block {
  /** Bytes to the next payload, a multiple of the granule; lowest bit: free. */
  tagged: u32;
  /** Payload of the block before, or 0. */
  before: usize;
  check: u32;
  /** Owners. */
  refs: u32;
  /** Row of the recording with that number, or NONE. */
  row: u32;
  recording: u32;
  /** Bytes asked for. */
  asked: u32;
  /** 1 if a caller has it, 0 if the runtime itself does. */
  isGeneral: u32;
}

/** Bytes of the root: record, second-level maps, heads of the lists. */
export const HEAP_BYTES: u32 = 32 + (FIRSTS << 2) + ((FIRSTS * SECONDS) << 2);

/** The header of the block at `payload`. */
export function blockAt(payload: usize): Block {
  return changetype<Block>(payload - HEADER);
}

/** Makes a heap at `root` over [base, end). @returns false if there is no room for a block */
export function initHeap(root: usize, base: usize, end: u64, granuleBits: u32): bool {
  memory.fill(root, 0, HEAP_BYTES);
  const h = changetype<Heap>(root);
  const granule: u64 = (<u64>1) << granuleBits;
  const first = alignTo(<u64>base + HEADER, granule);
  const last = end & ~(granule - 1);
  if (last < first + leastSize(granule)) return false;
  h.first = <usize>first;
  h.last = <usize>last;
  h.granuleBits = granuleBits;
  const block = blockAt(h.first);
  block.tagged = <u32>(last - first);
  block.before = 0;
  block.check = 0;
  const end_ = blockAt(h.last);
  end_.tagged = 0;
  end_.check = 0;
  end_.before = h.first;
  link(h, h.first);
  return true;
}

/** A block of at least `bytes` of unspecified content, or 0. */
export function take(h: Heap, bytes: u32): usize {
  const granule: u64 = (<u64>1) << h.granuleBits;
  const wanted = max(alignTo(<u64>bytes + HEADER, granule), leastSize(granule));
  if (wanted >= 1 << 32) return 0;
  const payload = findFree(h, <u32>wanted);
  if (payload == 0) return 0;
  unlink(h, payload);
  split(h, payload, <u32>wanted);
  const block = blockAt(payload);
  block.tagged &= ~FREE;
  block.check = <u32>payload ^ MAGIC;
  block.refs = 1;
  block.row = NONE;
  block.asked = bytes;
  block.isGeneral = 0;
  h.used += block.tagged;
  if (h.used > h.highWater) h.highWater = h.used;
  return payload;
}

/** Whether a used block begins at `payload`. */
export function isBlock(h: Heap, payload: usize): bool {
  if (payload < h.first || payload >= h.last) return false;
  if ((payload & ((1 << h.granuleBits) - 1)) != 0) return false;
  return blockAt(payload).check == (<u32>payload ^ MAGIC);
}

/** Frees a used block, and merges it with free neighbours. */
export function give(h: Heap, payload: usize): void {
  const block = blockAt(payload);
  assert(isBlock(h, payload));
  h.used -= block.tagged;
  block.check = 0;
  const after = payload + block.tagged;
  if (blockAt(after).tagged & FREE) {
    unlink(h, after);
    block.tagged += blockAt(after).tagged & ~FREE;
  }
  let free = payload;
  if (block.before != 0 && blockAt(block.before).tagged & FREE) {
    free = block.before;
    unlink(h, free);
    blockAt(free).tagged += block.tagged;
  }
  const joined = blockAt(free).tagged & ~FREE;
  blockAt(free).tagged = joined;
  blockAt(free + joined).before = free;
  link(h, free);
}

/** The payload after this one; 0 after the last. For walks over all blocks. */
export function following(h: Heap, payload: usize): usize {
  const next = payload + (blockAt(payload).tagged & ~FREE);
  return next >= h.last ? 0 : next;
}

/** Header and payload large enough for the links of a free block. */
function leastSize(granule: u64): u64 {
  return max(granule, alignTo(HEADER + 16, granule));
}

function alignTo(value: u64, granule: u64): u64 {
  return (value + granule - 1) & ~(granule - 1);
}

/** Number of the list for blocks of so many granules: first level times SECONDS plus second level. */
function listOf(granules: u32): u32 {
  if (granules < SECONDS) return granules;
  const high = 31 - clz<u32>(granules);
  return ((high - SECOND_BITS + 1) << SECOND_BITS) + ((granules >> (high - SECOND_BITS)) ^ SECONDS);
}

function secondMaps(h: Heap): usize {
  return changetype<usize>(h) + 32;
}

function heads(h: Heap): usize {
  return secondMaps(h) + (FIRSTS << 2);
}

/** The first free block of the first list in which all are large enough; a block of a lower list might be, too. */
function findFree(h: Heap, size: u32): usize {
  let granules = size >> h.granuleBits;
  if (granules >= SECONDS) {
    const step: u32 = (1 << (31 - clz<u32>(granules) - SECOND_BITS)) - 1;
    if (granules > u32.MAX_VALUE - step) return 0;
    granules += step;
  }
  const list = listOf(granules);
  let first = list >> SECOND_BITS;
  if (first >= FIRSTS) return 0;
  const maps = secondMaps(h);
  let seconds = load<u32>(maps + (first << 2)) & (u32.MAX_VALUE << (list & (SECONDS - 1)));
  if (seconds == 0) {
    if (first == FIRSTS - 1) return 0;
    const firsts = h.firstMap & (u32.MAX_VALUE << (first + 1));
    if (firsts == 0) return 0;
    first = ctz(firsts);
    seconds = load<u32>(maps + (first << 2));
  }
  return load<u32>(heads(h) + (((first << SECOND_BITS) + ctz(seconds)) << 2));
}

/** Cuts the bytes beyond `size` off a free block that is in no list, and makes them a free block. */
function split(h: Heap, payload: usize, size: u32): void {
  const block = blockAt(payload);
  const all = block.tagged & ~FREE;
  const rest = all - size;
  if (rest < <u32>leastSize((<u64>1) << h.granuleBits)) return;
  block.tagged = size | FREE;
  const tail = payload + size;
  blockAt(tail).tagged = rest;
  blockAt(tail).before = payload;
  blockAt(tail).check = 0;
  blockAt(tail + rest).before = tail;
  link(h, tail);
}

/** Marks a block as free and puts it at the head of its list. Payload of a free block: next, previous. */
function link(h: Heap, payload: usize): void {
  const block = blockAt(payload);
  const list = listOf(block.tagged >> h.granuleBits);
  block.tagged |= FREE;
  const head = heads(h) + (list << 2);
  const next = load<u32>(head);
  store<u32>(payload, next);
  store<u32>(payload, 0, 4);
  if (next != 0) store<u32>(next, payload, 4);
  store<u32>(head, payload);
  const first = list >> SECOND_BITS;
  const map = secondMaps(h) + (first << 2);
  store<u32>(map, load<u32>(map) | (1 << (list & (SECONDS - 1))));
  h.firstMap |= 1 << first;
}

function unlink(h: Heap, payload: usize): void {
  const list = listOf((blockAt(payload).tagged & ~FREE) >> h.granuleBits);
  const next = load<u32>(payload);
  const previous = load<u32>(payload, 4);
  if (next != 0) store<u32>(next, previous, 4);
  if (previous != 0) {
    store<u32>(previous, next);
    return;
  }
  store<u32>(heads(h) + (list << 2), next);
  if (next != 0) return;
  const first = list >> SECOND_BITS;
  const map = secondMaps(h) + (first << 2);
  const seconds = load<u32>(map) & ~(1 << (list & (SECONDS - 1)));
  store<u32>(map, seconds);
  if (seconds == 0) h.firstMap &= ~(1 << first);
}

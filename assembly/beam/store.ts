/** Blocks of one size, handed out and taken back one by one; the arena gives them in chunks, as they are needed. */
import {alloc} from '../memory/arena';

/** Bytes of a chunk. */
const CHUNK: usize = 1 << 16;

@unmanaged
export class Store {
  /** Bytes of a block, and how many more the store may take from the arena. */
  bytes: usize;
  room: u32;
  /** Address of the first free block, or 0; each free block begins with the address of the next. */
  free: usize;
}

/** A store of at most `most` blocks. */
export function newStore(bytes: usize, most: u32): Store {
  const store = changetype<Store>(alloc(offsetof<Store>()));
  store.bytes = (bytes + 15) & ~15;
  store.room = most;
  store.free = 0;
  return store;
}

/** Address of a block of unspecified content; 0 where none is left. */
export function newBlock(blocks: Store): usize {
  if (blocks.free == 0) addChunk(blocks);
  const at = blocks.free;
  if (at != 0) blocks.free = load<usize>(at);
  return at;
}

export function freeBlock(blocks: Store, at: usize): void {
  store<usize>(at, blocks.free);
  blocks.free = at;
}

function addChunk(blocks: Store): void {
  const count = min<u32>(blocks.room, <u32>max<usize>(CHUNK / blocks.bytes, 1));
  if (count == 0) return;
  blocks.room -= count;
  const chunk = alloc(<u64>count * blocks.bytes);
  for (let i = count; i > 0; i--) freeBlock(blocks, chunk + <usize>(i - 1) * blocks.bytes);
}

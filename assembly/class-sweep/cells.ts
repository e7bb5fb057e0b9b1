/**
 * Cells of one size, taken and given back in any order, all given back at once by `clear`. Blocks of cells come from
 * the arena when they are needed, so a pool may only grow where nothing above it in the arena is released before it.
 */
import {alloc} from '../memory/arena';

const BLOCK_BYTES: u32 = 1 << 14;

@unmanaged
export class Pool {
  cellBytes: u32;
  /** Cells given back, linked by their first word; 0 for none. */
  spare: usize;
  /** The next cell never taken since `clear`, and the end of its block. */
  fresh: usize;
  end: usize;
  /** The first block and the current one; a block's first word is the address of the next block, or 0. */
  first: usize;
  block: usize;
}

/** A pool of cells of `cellBytes`, a multiple of 16 and far below 16 KiB. */
export function newPool(cellBytes: u32): Pool {
  const pool = changetype<Pool>(alloc(offsetof<Pool>()));
  pool.cellBytes = cellBytes;
  pool.first = newBlock();
  clear(pool);
  return pool;
}

/** Gives back every cell. */
export function clear(pool: Pool): void {
  pool.spare = 0;
  enter(pool, pool.first);
}

/** A cell of unspecified content. */
export function takeCell(pool: Pool): usize {
  const cell = pool.spare;
  if (cell != 0) {
    pool.spare = <usize>load<u32>(cell);
    return cell;
  }
  if (pool.fresh + pool.cellBytes > pool.end) {
    const next: usize = load<u32>(pool.block);
    if (next != 0) {
      enter(pool, next);
    } else {
      const block = newBlock();
      store<u32>(pool.block, <u32>block);
      enter(pool, block);
    }
  }
  const taken = pool.fresh;
  pool.fresh = taken + pool.cellBytes;
  return taken;
}

export function giveCell(pool: Pool, cell: usize): void {
  store<u32>(cell, <u32>pool.spare);
  pool.spare = cell;
}

function newBlock(): usize {
  const block = alloc(BLOCK_BYTES);
  store<u32>(block, 0);
  return block;
}

function enter(pool: Pool, block: usize): void {
  pool.block = block;
  pool.fresh = block + 16;
  pool.end = block + BLOCK_BYTES;
}

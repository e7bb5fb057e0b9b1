/**
 * Allocates cells of one size; they are freed in any order, or all at once by `freeAll`. Blocks of cells come from
 * the arena on demand, so while cells are allocated nothing above the allocator in the arena may be released.
 */
import {alloc} from '../memory/arena';

const BLOCK_BYTES: u32 = 1 << 14;

@unmanaged
export class CellAllocator {
  cellBytes: u32;
  /** Freed cells, linked by their first word; 0 for none. */
  spare: usize;
  /** The next cell not allocated since `freeAll`, and the end of its block. */
  fresh: usize;
  end: usize;
  /** The first block and the current one; a block's first word is the address of the next block, or 0. */
  first: usize;
  block: usize;
}

/** An allocator of cells of `cellBytes`, a multiple of 16 and far below 16 KiB. */
export function newCellAllocator(cellBytes: u32): CellAllocator {
  const cells = changetype<CellAllocator>(alloc(offsetof<CellAllocator>()));
  cells.cellBytes = cellBytes;
  cells.first = newBlock();
  freeAll(cells);
  return cells;
}

/** Frees every cell. */
export function freeAll(cells: CellAllocator): void {
  cells.spare = 0;
  enterBlock(cells, cells.first);
}

/** A cell of unspecified content. */
export function allocateCell(cells: CellAllocator): usize {
  const cell = cells.spare;
  if (cell != 0) {
    cells.spare = <usize>load<u32>(cell);
    return cell;
  }
  if (cells.fresh + cells.cellBytes > cells.end) {
    const next: usize = load<u32>(cells.block);
    if (next != 0) {
      enterBlock(cells, next);
    } else {
      const block = newBlock();
      store<u32>(cells.block, <u32>block);
      enterBlock(cells, block);
    }
  }
  const taken = cells.fresh;
  cells.fresh = taken + cells.cellBytes;
  return taken;
}

export function freeCell(cells: CellAllocator, cell: usize): void {
  store<u32>(cell, <u32>cells.spare);
  cells.spare = cell;
}

function newBlock(): usize {
  const block = alloc(BLOCK_BYTES);
  store<u32>(block, 0);
  return block;
}

function enterBlock(cells: CellAllocator, block: usize): void {
  cells.block = block;
  cells.fresh = block + 16;
  cells.end = block + BLOCK_BYTES;
}

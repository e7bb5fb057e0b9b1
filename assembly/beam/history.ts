/**
 * The placements that lead to each state, as a tree: a state has its last placement, each placement the one before.
 * References are counted, so the placements of dropped states are used again.
 */
import {freeBlock, newBlock, newStore, Store} from './store';

@unmanaged
export class Placement {
  /** Address of the one before, or 0. */
  before: usize;
  buffer: u32;
  /** Units. */
  level: u32;
  /** States and placements that refer to it. */
  references: u32;
}

export function newHistory(most: u32): Store {
  return newStore(offsetof<Placement>(), most);
}

/** Adds a placement after `before`, which gains a reference; 0 where there is no room. It has one reference. */
export function addPlacement(history: Store, before: usize, buffer: u32, level: u32): usize {
  const at = newBlock(history);
  if (at == 0) return 0;
  const placement = changetype<Placement>(at);
  placement.before = before;
  placement.buffer = buffer;
  placement.level = level;
  placement.references = 1;
  keepPlacement(before);
  return at;
}

function keepPlacement(at: usize): void {
  if (at != 0) changetype<Placement>(at).references++;
}

/** Gives back a reference to it. */
export function dropPlacement(history: Store, at: usize): void {
  while (at != 0) {
    const placement = changetype<Placement>(at);
    if (--placement.references != 0) return;
    const before = placement.before;
    freeBlock(history, at);
    at = before;
  }
}

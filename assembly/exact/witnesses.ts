/**
 * The bound per section. Some unplaced buffer of a section is its lowest, and all unplaced bytes of the section come at
 * or above it. So one of them, the section's witness, must have a `lowestPossible` from which they all fit.
 */
import {alloc} from '../memory/arena';
import {newU32, setU32, u32At, u64At} from '../memory/column';
import {State, WITNESSES} from './state';

@unmanaged
export class Witnesses {
  state: State;
  /** u32 per section: the witness found last, checked again before use. */
  witness: usize;
}

export function newWitnesses(state: State): Witnesses {
  const witnesses = changetype<Witnesses>(alloc(offsetof<Witnesses>()));
  witnesses.state = state;
  witnesses.witness = newU32(state.part.numSections + 1);
  return witnesses;
}

export function forgetWitnesses(witnesses: Witnesses): void {
  const part = witnesses.state.part;
  for (let section: u32 = 0; section < part.numSections; section++)
    setU32(witnesses.witness, section, u32At(part.members, u32At(part.memberIndex, section)));
}

/** Whether every section of `[first, last)` has a witness, or nothing unplaced. */
export function hasWitnesses(witnesses: Witnesses, first: u32, last: u32): bool {
  const state = witnesses.state;
  if ((state.rules & WITNESSES) == 0) return true;
  // the hottest loop of the search: loop invariants are read once
  const capacity = state.capacity;
  const unplacedBytes = state.unplacedBytes;
  const placed = state.placed;
  const lowestPossible = state.lowestPossible;
  const witness = witnesses.witness;
  for (let section = first; section < last; section++) {
    const bytes = u64At(unplacedBytes, section);
    if (bytes == 0) continue;
    const k = u32At(witness, section);
    if (u32At(placed, k) == 0 && u64At(lowestPossible, k) + bytes <= capacity) continue;
    if (!findWitness(witnesses, section, bytes)) return false;
  }
  return true;
}

function findWitness(witnesses: Witnesses, section: u32, bytes: u64): bool {
  const state = witnesses.state;
  const part = state.part;
  for (let at = u32At(part.memberIndex, section); at < u32At(part.memberIndex, section + 1); at++) {
    const k = u32At(part.members, at);
    if (u32At(state.placed, k) != 0 || u64At(state.lowestPossible, k) + bytes > state.capacity) continue;
    setU32(witnesses.witness, section, k);
    return true;
  }
  return false;
}

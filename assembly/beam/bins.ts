/**
 * States that wait to be expanded, in bins: those of a bin have the same level and cursor, so they compare fairly. A bin
 * keeps its best, as a heap with the worst first; equal states are one. The bins are in order, the lowest last.
 *
 * Behind the record of a bin: a bit for each of the last bits of a hash, set where a state was put with it; u64 costs, u64 hashes,
 * u32 addresses of states.
 */
import {alloc} from '../memory/arena';
import {newU64, setU32, setU64, u32At, u64At} from '../memory/column';
import {dropPlacement} from './history';
import {State} from './state';
import {freeBlock, newBlock, newStore, Store} from './store';

const FILTER_BITS: u64 = 2048;
const FILTER_BYTES: usize = 256;

@unmanaged
export class Bin {
  /** Level and cursor. */
  key: u64;
  count: u32;
  unused: u32;
}

@unmanaged
export class Bins {
  /** States that a bin keeps in this run, and in any. */
  width: u32;
  widest: u32;
  count: u32;
  most: u32;
  /** u64 keys, falling, and u32 addresses of the bins. */
  keys: usize;
  bins: usize;
  blocks: Store;
  /** Where the states and their placements are given back. */
  states: Store;
  history: Store;
}

export function newBins(widest: u32, most: u32, states: Store, history: Store): Bins {
  const b = changetype<Bins>(alloc(offsetof<Bins>()));
  b.widest = widest;
  b.width = widest;
  b.count = 0;
  b.most = most;
  b.keys = newU64(most);
  b.bins = newU64(most);
  b.blocks = newStore(offsetof<Bin>() + FILTER_BYTES + <usize>widest * 20, most + 1);
  b.states = states;
  b.history = history;
  return b;
}

function filterOf(bin: Bin, hash: u64): usize {
  return changetype<usize>(bin) + offsetof<Bin>() + (<usize>(hash & (FILTER_BITS - 1)) >> 3);
}

function costs(bin: Bin): usize {
  return changetype<usize>(bin) + offsetof<Bin>() + FILTER_BYTES;
}

function hashes(b: Bins, bin: Bin): usize {
  return costs(bin) + ((<usize>b.widest) << 3);
}

function states(b: Bins, bin: Bin): usize {
  return costs(bin) + ((<usize>b.widest) << 4);
}

/** The `place`-th state of a bin. */
export function stateOf(b: Bins, bin: Bin, place: u32): State {
  return changetype<State>(<usize>u32At(states(b, bin), place));
}

/** Gives back a state and its reference to its last placement. */
export function dropState(b: Bins, x: State): void {
  dropPlacement(b.history, x.node);
  freeBlock(b.states, changetype<usize>(x));
}

/** Gives back the states of a bin from place `from` on, and the bin. */
export function dropBin(b: Bins, bin: Bin, from: u32): void {
  for (let place = from; place < bin.count; place++) dropState(b, stateOf(b, bin, place));
  freeBlock(b.blocks, changetype<usize>(bin));
}

/** Takes out the lowest bin; there must be one. */
export function takeLowest(b: Bins): Bin {
  return changetype<Bin>(<usize>u32At(b.bins, --b.count));
}

/** Drops the highest bin, if it is above `key`; whether it did. */
export function dropHighest(b: Bins, key: u64): bool {
  if (b.count == 0 || u64At(b.keys, 0) <= key) return false;
  dropBin(b, changetype<Bin>(<usize>u32At(b.bins, 0)), 0);
  b.count--;
  memory.copy(b.keys, b.keys + 8, (<usize>b.count) << 3);
  memory.copy(b.bins, b.bins + 4, (<usize>b.count) << 2);
  return true;
}

/** The bin of a state, or null where it has its equal or is full of better ones. */
export function binFor(b: Bins, key: u64, hash: u64, cost: u64): Bin {
  const bin = binOf(b, key);
  if (changetype<usize>(bin) == 0) return bin;
  if (bin.count >= b.width && cost >= u64At(costs(bin), 0)) return changetype<Bin>(0);
  return hasHash(b, bin, hash) ? changetype<Bin>(0) : bin;
}

/** Puts a state into the bin that is for it; where it is full, its worst is dropped. */
export function putState(b: Bins, bin: Bin, x: State, hash: u64, cost: u64): void {
  store<u8>(filterOf(bin, hash), load<u8>(filterOf(bin, hash)) | <u8>((<u32>1) << (<u32>(hash & 7))));
  if (bin.count < b.width) {
    rise(b, bin, bin.count++, x, hash, cost);
  } else {
    dropState(b, stateOf(b, bin, 0));
    sink(b, bin, x, hash, cost);
  }
}

function hasHash(b: Bins, bin: Bin, hash: u64): bool {
  if (((<u32>load<u8>(filterOf(bin, hash)) >> <u32>(hash & 7)) & 1) == 0) return false;
  const column = hashes(b, bin);
  for (let i: u32 = 0; i < bin.count; i++) {
    if (u64At(column, i) == hash) return true;
  }
  return false;
}

/** The bin of a key, new where there is none; null where there are too many, and none above it. */
function binOf(b: Bins, key: u64): Bin {
  let place = placeOf(b, key);
  if (place < b.count && u64At(b.keys, place) == key) return changetype<Bin>(<usize>u32At(b.bins, place));
  if (b.count == b.most) {
    if (!dropHighest(b, key)) return changetype<Bin>(0);
    place--;
  }
  const bin = changetype<Bin>(newBlock(b.blocks));
  bin.key = key;
  bin.count = 0;
  memory.fill(changetype<usize>(bin) + offsetof<Bin>(), 0, FILTER_BYTES);
  const keys = b.keys + ((<usize>place) << 3);
  const bins = b.bins + ((<usize>place) << 2);
  memory.copy(keys + 8, keys, (<usize>(b.count - place)) << 3);
  memory.copy(bins + 4, bins, (<usize>(b.count - place)) << 2);
  setU64(b.keys, place, key);
  setU32(b.bins, place, <u32>changetype<usize>(bin));
  b.count++;
  return bin;
}

/** First place whose key is not above `key`. */
function placeOf(b: Bins, key: u64): u32 {
  let from: u32 = 0;
  let to = b.count;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (u64At(b.keys, middle) > key) from = middle + 1;
    else to = middle;
  }
  return from;
}

function put(b: Bins, bin: Bin, place: u32, x: usize, hash: u64, cost: u64): void {
  setU64(costs(bin), place, cost);
  setU64(hashes(b, bin), place, hash);
  setU32(states(b, bin), place, <u32>x);
}

function move(b: Bins, bin: Bin, from: u32, to: u32): void {
  put(b, bin, to, u32At(states(b, bin), from), u64At(hashes(b, bin), from), u64At(costs(bin), from));
}

/** Puts a state into the heap from a free place at its end. */
function rise(b: Bins, bin: Bin, place: u32, x: State, hash: u64, cost: u64): void {
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (u64At(costs(bin), parent) >= cost) break;
    move(b, bin, parent, place);
    place = parent;
  }
  put(b, bin, place, changetype<usize>(x), hash, cost);
}

/** Puts a state into the heap from the free first place. */
function sink(b: Bins, bin: Bin, x: State, hash: u64, cost: u64): void {
  let place: u32 = 0;
  for (;;) {
    let child: u32 = 2 * place + 1;
    if (child >= bin.count) break;
    if (child + 1 < bin.count && u64At(costs(bin), child + 1) > u64At(costs(bin), child)) child++;
    if (u64At(costs(bin), child) <= cost) break;
    move(b, bin, child, place);
    place = child;
  }
  put(b, bin, place, changetype<usize>(x), hash, cost);
}

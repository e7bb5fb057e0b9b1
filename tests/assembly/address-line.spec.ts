import {
  AddressLine,
  chunkAt,
  groupAt,
  highAt,
  NEVER,
  newAddressLine,
  nextAt,
  OCCUPIED,
  resetAddressLine,
} from '../../assembly/class-sweep/address-line';
import {cover, uncover} from '../../assembly/class-sweep/cover';
import {firstFit, NO_FIT} from '../../assembly/class-sweep/first-fit';
import {alloc, mark} from '../../assembly/memory/arena';
import {below, newRandom, Random} from '../../assembly/search/random';

const BYTES: u32 = 30_000;
const MOST: u32 = 4000;

/** `next` of every address, as the line should have it; and what is covered: low, high, pieces, `next` before. */
let model = new StaticArray<u32>(0);
let lows = new StaticArray<u32>(0);
let highs = new StaticArray<u32>(0);
let pieces = new StaticArray<usize>(0);
let before = new Array<StaticArray<u32>>(0);
let covered: u32 = 0;

// within the test, where AssemblyScript's own heap is above the arena (see as-pect.config.js)
function makeTables(): void {
  model = new StaticArray<u32>(BYTES);
  lows = new StaticArray<u32>(MOST);
  highs = new StaticArray<u32>(MOST);
  pieces = new StaticArray<usize>(MOST);
  before = new Array<StaticArray<u32>>(MOST);
}

function coverBoth(line: AddressLine, low: u32, high: u32, next: u32): void {
  const old = new StaticArray<u32>(<i32>(high - low));
  for (let at = low; at < high; at++) {
    old[at - low] = model[at];
    model[at] = next;
  }
  lows[covered] = low;
  highs[covered] = high;
  before[covered] = old;
  pieces[covered++] = cover(line, low, high, next);
}

function restoreBoth(line: AddressLine): void {
  covered--;
  const old = before[covered];
  for (let at = lows[covered]; at < highs[covered]; at++) model[at] = old[at - lows[covered]];
  uncover(line, lows[covered], pieces[covered]);
}

/** Addresses whose `next` differs, what has begun counting as occupied. */
function differences(line: AddressLine): u32 {
  let different: u32 = 0;
  let at: u32 = 0;
  for (let g: u32 = 0; g < line.numGroups; g++) {
    const group = groupAt(line, g);
    for (let c: u32 = 0; c < group.count; c++) {
      const chunk = chunkAt(group, c);
      if (chunk.low != at) different++;
      for (let i: u32 = 0; i < chunk.count; i++) {
        const high = <u32>min<u64>(highAt(chunk, i), BYTES);
        for (; at < high; at++) {
          const isOccupied = nextAt(chunk, i) <= line.occupied;
          if (isOccupied != model[at] <= line.occupied || (!isOccupied && nextAt(chunk, i) != model[at]))
            different++;
        }
      }
    }
  }
  return different;
}

function fitByHand(occupied: u32, size: u32, alignment: u32, end: u32): u32 {
  let offset: u32 = 0;
  for (let at: u32 = 0; at < BYTES; at++) {
    if (model[at] <= max(end, occupied)) {
      offset = (at + alignment) & ~(alignment - 1);
    } else if (at + 1 >= offset + size) return offset;
  }
  return offset;
}

function queriesThatDiffer(line: AddressLine, random: Random): u32 {
  let different: u32 = 0;
  for (let q = 0; q < 20; q++) {
    const size = 1 + below(random, 1 << below(random, 9));
    const alignment: u32 = 1 << below(random, 4);
    const end = line.occupied + below(random, 60);
    const expected = fitByHand(line.occupied, size, alignment, end);
    const top = <u64>expected + size;
    if (firstFit(line, size, alignment, end, u64.MAX_VALUE) != expected) different++;
    if (firstFit(line, size, alignment, end, top) != expected) different++;
    if (firstFit(line, size, alignment, end, top - 1) != NO_FIT) different++;
  }
  return different;
}

describe('address line', () => {
  it('say the same as a table of all addresses, covered and restored at random', () => {
    makeTables();
    if (mark() < __heap_base + 0x10000) alloc(0x10000);
    const line = newAddressLine();
    for (let seed: u32 = 1; seed <= 3; seed++) {
      const random = newRandom(seed);
      resetAddressLine(line);
      for (let at: u32 = 0; at < BYTES; at++) model[at] = NEVER;
      covered = 0;
      let most: u32 = 0;
      for (let round: u32 = 0; round < 40; round++) {
        // many small segments first, which later changes cover by the hundred
        const changes: u32 = round == 0 ? 1500 : 40;
        for (let k: u32 = 0; k < changes; k++) {
          if (round > 0 && covered > 0 && below(random, 2 + round / 8) > 0) {
            restoreBoth(line);
            continue;
          }
          const length = 1 + below(random, round > 0 && below(random, 20) == 0 ? 9000 : 12);
          const low = below(random, BYTES - 10_000);
          coverBoth(line, low, low + length, below(random, 3) == 0 ? OCCUPIED : 1 + below(random, 100));
        }
        most = max(most, line.numGroups);
        expect(differences(line)).toBe(0);
        expect(queriesThatDiffer(line, random)).toBe(0);
        if (round == 20) line.occupied = 30;
        if (round == 20) expect(queriesThatDiffer(line, random)).toBe(0);
      }
      expect(most).toBeGreaterThan(1);
    }
  });
});

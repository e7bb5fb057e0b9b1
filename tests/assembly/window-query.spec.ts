import {alloc} from '../../assembly/memory/arena';
import {setU32, u32At} from '../../assembly/memory/column';
import {NONE} from '../../assembly/memory/layout';
import {leastWithin, newWindowIndex, removeRank} from '../../assembly/placement/window-query';
import {sweepOf} from '../../assembly/problem/sweep';
import {problemOf} from './problems';

const COUNT: u32 = 200;

describe('window query', () => {
  it('finds the least rank within any window, as looking at all of them does', () => {
    const rows = new StaticArray<u64>(<i32>COUNT * 4);
    for (let i: u32 = 0; i < COUNT; i++) {
      const start = (i * 7919) % 97;
      rows[4 * i] = start;
      rows[4 * i + 1] = start + 1 + ((i * 104729) % 23);
      rows[4 * i + 2] = 1;
      rows[4 * i + 3] = 1;
    }
    const p = problemOf(rows);
    const s = sweepOf(p);
    const order = alloc(COUNT << 2);
    const taken = alloc(COUNT << 2);
    for (let i: u32 = 0; i < COUNT; i++) {
      setU32(order, i, (i * 37) % COUNT);
      setU32(taken, i, 0);
    }
    const windows = newWindowIndex(p, order, COUNT);
    for (let round: u32 = 0; round < COUNT; round++) {
      const from = (round * 13) % s.numSections;
      const to = from + 1 + ((round * 29) % (s.numSections - from));
      let expected = NONE;
      for (let rank: u32 = 0; rank < COUNT && expected == NONE; rank++) {
        const buffer = u32At(order, rank);
        const isWithin = u32At(s.hullFirst, buffer) >= from && u32At(s.hullLast, buffer) <= to;
        if (isWithin && u32At(taken, rank) == 0) expected = rank;
      }
      expect(leastWithin(windows, from, to, from, to)).toBe(expected);
      if (expected == NONE) continue;
      setU32(taken, expected, 1);
      removeRank(windows, expected);
    }
  });
});

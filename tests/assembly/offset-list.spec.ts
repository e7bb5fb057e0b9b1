import {newU32, u32At} from '../../assembly/memory/column';
import {NONE} from '../../assembly/memory/layout';
import {
  entryBuffer,
  insert,
  lowestFit,
  newOffsetList,
  overlapsOf,
  rewind,
  supporterOf,
} from '../../assembly/placement/offset-list';
import {FIRST_GAP, fitOf, newPlacement, place} from '../../assembly/placement/placement';
import {below, newRandom} from '../../assembly/search/random';
import {problemOf} from './problems';

describe('offset list', () => {
  it('finds the first gap among what is live together', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 0, 9, 2, 1, 3, 5, 3, 1, 9, 10, 3, 1]);
    const list = newOffsetList(p);
    insert(list, 0, 0, 0);
    insert(list, 1, 1, 10);
    insert(list, 2, 2, 16);
    expect(lowestFit(list, 3)).toBe(4);
    expect(lowestFit(list, 4)).toBe(0);
  });

  it('goes back to any rank', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 0, 9, 2, 1]);
    const list = newOffsetList(p);
    const before = newOffsetList(p);
    insert(list, 2, 0, 0);
    insert(list, 0, 1, 2);
    rewind(before, list, 1);
    expect(before.count).toBe(1);
    expect(lowestFit(before, 1)).toBe(2);
    rewind(before, list, 0);
    expect(lowestFit(before, 1)).toBe(0);
  });

  it('names the supporter of a buffer', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 4, 9, 10, 2, 1]);
    const list = newOffsetList(p);
    const random = newRandom(1);
    insert(list, 0, 0, 0);
    insert(list, 1, 1, 4);
    insert(list, 2, 2, 0);
    expect(supporterOf(list, 1, 4, random)).toBe(0);
    expect(supporterOf(list, 0, 0, random)).toBe(NONE);
  });

  it('lists those that share ticks and bytes with a buffer', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 9, 12, 8, 1, 5, 12, 3, 1, 2, 10, 4, 1]);
    const list = newOffsetList(p);
    const out = newU32(5);
    insert(list, 0, 0, 0);
    insert(list, 1, 0, 4);
    insert(list, 2, 0, 0);
    insert(list, 3, 0, 8);
    expect(overlapsOf(list, 4, 0, out)).toBe(2);
    expect(entryBuffer(u32At(out, 0)) + entryBuffer(u32At(out, 1))).toBe(2);
    expect(overlapsOf(list, 4, 4, out)).toBe(2);
    expect(overlapsOf(list, 4, 5, out)).toBe(3);
    expect(overlapsOf(list, 4, 11, out)).toBe(0);
  });

  it('agrees with the placement tree on random buffers', () => {
    const random = newRandom(5);
    const rows = new StaticArray<u64>(4 * 200);
    for (let i = 0; i < 200; i++) {
      const start = below(random, 100);
      rows[4 * i] = start;
      rows[4 * i + 1] = start + 1 + below(random, 30);
      rows[4 * i + 2] = 1 + below(random, 50);
      rows[4 * i + 3] = 1 << below(random, 4);
    }
    const p = problemOf(rows);
    const list = newOffsetList(p);
    const placement = newPlacement(p);
    for (let i: u32 = 0; i < 200; i++) {
      const offset = lowestFit(list, i);
      expect(fitOf(placement, i, FIRST_GAP)).toBe(offset);
      insert(list, i, i, offset);
      place(placement, i, offset);
    }
  });
});

import {NONE} from '../../assembly/memory/layout';
import {insert, lowestFit, newLine, rewind, supporterOf} from '../../assembly/placement/offset-list';
import {FIRST_GAP, fitOf, newPlacement, place} from '../../assembly/placement/placement';
import {below, newRandom} from '../../assembly/search/random';
import {problemOf} from './problems';

describe('line', () => {
  it('finds the first gap among what is live together', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 0, 9, 2, 1, 3, 5, 3, 1, 9, 10, 3, 1]);
    const line = newLine(p);
    insert(line, 0, 0, 0);
    insert(line, 1, 1, 10);
    insert(line, 2, 2, 16);
    expect(lowestFit(line, 3)).toBe(4);
    expect(lowestFit(line, 4)).toBe(0);
  });

  it('goes back to any rank', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 0, 9, 2, 1]);
    const line = newLine(p);
    const before = newLine(p);
    insert(line, 2, 0, 0);
    insert(line, 0, 1, 2);
    rewind(before, line, 1);
    expect(before.count).toBe(1);
    expect(lowestFit(before, 1)).toBe(2);
    rewind(before, line, 0);
    expect(lowestFit(before, 1)).toBe(0);
  });

  it('names what a buffer stands on', () => {
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 4, 9, 10, 2, 1]);
    const line = newLine(p);
    const random = newRandom(1);
    insert(line, 0, 0, 0);
    insert(line, 1, 1, 4);
    insert(line, 2, 2, 0);
    expect(supporterOf(line, 1, 4, random)).toBe(0);
    expect(supporterOf(line, 0, 0, random)).toBe(NONE);
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
    const line = newLine(p);
    const placement = newPlacement(p);
    for (let i: u32 = 0; i < 200; i++) {
      const offset = lowestFit(line, i);
      expect(fitOf(placement, i, FIRST_GAP)).toBe(offset);
      insert(line, i, i, offset);
      place(placement, i, offset);
    }
  });
});

import {give, lowOf, newFreeList, take} from '../../assembly/placement/free-list';
import './problems';

describe('free list', () => {
  it('first fit takes the lowest run, best fit the smallest', () => {
    for (let byLength = 0; byLength < 2; byLength++) {
      const list = newFreeList(8, 1, byLength == 1, true);
      const wide = take(list, 10, 1);
      take(list, 1, 1);
      const narrow = take(list, 4, 1);
      take(list, 1, 1);
      give(list, wide);
      give(list, narrow);
      expect(lowOf(list, take(list, 3, 1))).toBe(byLength == 1 ? 11 : 0);
    }
  });

  it('merges neighbours, and a run below the end with the end', () => {
    const list = newFreeList(8, 1, true, true);
    const a = take(list, 4, 1);
    const b = take(list, 4, 1);
    const c = take(list, 4, 1);
    give(list, a);
    give(list, c);
    give(list, b);
    expect(lowOf(list, take(list, 100, 1))).toBe(0);
  });

  it('keeps the end apart for linear scan', () => {
    const list = newFreeList(8, 1, true, false);
    const a = take(list, 4, 1);
    give(list, a);
    expect(lowOf(list, take(list, 5, 1))).toBe(4);
    expect(lowOf(list, take(list, 4, 1))).toBe(0);
  });

  it('aligns, and keeps the bytes that aligning skips', () => {
    const list = newFreeList(8, 1, false, true);
    take(list, 3, 1);
    expect(lowOf(list, take(list, 8, 16))).toBe(16);
    expect(lowOf(list, take(list, 13, 1))).toBe(3);
    expect(lowOf(list, take(list, 1, 1))).toBe(24);
  });
});

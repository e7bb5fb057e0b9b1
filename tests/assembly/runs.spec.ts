import {give, lowOf, newRuns, take} from '../../assembly/placement/free-runs';
import './problems';

describe('runs', () => {
  it('first fit takes the lowest run, best fit the smallest', () => {
    for (let byLength = 0; byLength < 2; byLength++) {
      const runs = newRuns(8, 1, byLength == 1, true);
      const wide = take(runs, 10, 1);
      take(runs, 1, 1);
      const narrow = take(runs, 4, 1);
      take(runs, 1, 1);
      give(runs, wide);
      give(runs, narrow);
      expect(lowOf(runs, take(runs, 3, 1))).toBe(byLength == 1 ? 11 : 0);
    }
  });

  it('melts neighbours, and what lies below the end with the end', () => {
    const runs = newRuns(8, 1, true, true);
    const a = take(runs, 4, 1);
    const b = take(runs, 4, 1);
    const c = take(runs, 4, 1);
    give(runs, a);
    give(runs, c);
    give(runs, b);
    expect(lowOf(runs, take(runs, 100, 1))).toBe(0);
  });

  it('keeps the end apart for linear scan', () => {
    const runs = newRuns(8, 1, true, false);
    const a = take(runs, 4, 1);
    give(runs, a);
    expect(lowOf(runs, take(runs, 5, 1))).toBe(4);
    expect(lowOf(runs, take(runs, 4, 1))).toBe(0);
  });

  it('aligns, and keeps what aligning leaves over', () => {
    const runs = newRuns(8, 1, false, true);
    take(runs, 3, 1);
    expect(lowOf(runs, take(runs, 8, 16))).toBe(16);
    expect(lowOf(runs, take(runs, 13, 1))).toBe(3);
    expect(lowOf(runs, take(runs, 1, 1))).toBe(24);
  });
});

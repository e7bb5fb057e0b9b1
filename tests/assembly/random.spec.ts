import {below, newRandom, next} from '../../assembly/search/random';

describe('random', () => {
  it('gives the same numbers for a seed, and others for another', () => {
    const a = newRandom(7);
    const b = newRandom(7);
    const c = newRandom(8);
    let same = 0;
    for (let i = 0; i < 100; i++) {
      const value = next(a);
      expect(next(b)).toBe(value);
      if (next(c) == value) same++;
    }
    expect(same).toBeLessThan(3);
  });

  it('stays below the limit and reaches every number below it', () => {
    const random = newRandom(1);
    let seen: u32 = 0;
    for (let i = 0; i < 200; i++) {
      const value = below(random, 8);
      expect(value).toBeLessThan(8);
      seen |= 1 << value;
    }
    expect(seen).toBe(255);
  });
});

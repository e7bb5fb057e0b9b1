import {
  FIRST_GAP,
  fitOf,
  fitsAt,
  newPlacement,
  place,
  SMALLEST_GAP,
  SMALLEST_GAP_OR_END,
} from '../../assembly/placement/placement';
import {problemOf} from './problems';

describe('placement', () => {
  it('finds the first gap and the smallest, and nothing that is not live together', () => {
    // buffers 0, 1, 2 leave gaps of 6 at 4 and of 3 at 13; 4 is never live with them
    const p = problemOf([0, 9, 4, 1, 0, 9, 3, 1, 0, 9, 2, 1, 3, 5, 3, 1, 9, 10, 3, 1]);
    const placement = newPlacement(p);
    place(placement, 0, 0);
    place(placement, 1, 10);
    place(placement, 2, 16);
    expect(fitOf(placement, 3, FIRST_GAP)).toBe(4);
    expect(fitOf(placement, 3, SMALLEST_GAP)).toBe(13);
    expect(fitOf(placement, 4, FIRST_GAP)).toBe(0);
    expect(fitsAt(placement, 3, 7)).toBe(true);
    expect(fitsAt(placement, 3, 8)).toBe(false);
  });

  it('goes above everything where no gap fits, or above the end of the arena', () => {
    const p = problemOf([0, 4, 4, 1, 4, 8, 9, 1, 1, 3, 6, 1]);
    const placement = newPlacement(p);
    place(placement, 0, 0);
    place(placement, 1, 0);
    expect(fitOf(placement, 2, SMALLEST_GAP)).toBe(4);
    expect(fitOf(placement, 2, SMALLEST_GAP_OR_END)).toBe(9);
  });

  it('skips a gap that alignment makes too small', () => {
    const p = problemOf([0, 4, 3, 1, 0, 4, 8, 1, 1, 3, 4, 8]);
    const placement = newPlacement(p);
    place(placement, 0, 0);
    place(placement, 1, 9);
    expect(fitOf(placement, 2, FIRST_GAP)).toBe(24);
  });
});

import {u32At} from '../../assembly/memory/column';
import {NONE} from '../../assembly/memory/layout';
import {addLevel, dropLevel, lowestLevel, newHeightProfile} from '../../assembly/placement/height-profile';
import './problems';

describe('height profile', () => {
  it('gives the lowest level, the earliest of equals, until none is left', () => {
    const profile = newHeightProfile(8);
    const a = addLevel(profile, 0, 2, 7, NONE, NONE);
    const b = addLevel(profile, 2, 4, 3, a, NONE);
    const c = addLevel(profile, 4, 5, 3, b, NONE);
    const d = addLevel(profile, 5, 9, 1, c, NONE);
    expect(lowestLevel(profile)).toBe(d);
    dropLevel(profile, d);
    expect(lowestLevel(profile)).toBe(b);
    dropLevel(profile, b);
    expect(u32At(profile.next, a)).toBe(c);
    expect(u32At(profile.previous, c)).toBe(a);
    expect(lowestLevel(profile)).toBe(c);
    dropLevel(profile, c);
    dropLevel(profile, a);
    expect(lowestLevel(profile)).toBe(NONE);
  });
});

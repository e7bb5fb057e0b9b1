import {u32At} from '../../assembly/memory/column';
import {NONE} from '../../assembly/memory/layout';
import {addLine, dropLine, lowestLine, newLines} from '../../assembly/placement/height-profile';
import './problems';

describe('lines', () => {
  it('gives the lowest line, the earliest of equals, until none is left', () => {
    const lines = newLines(8);
    const a = addLine(lines, 0, 2, 7, NONE, NONE);
    const b = addLine(lines, 2, 4, 3, a, NONE);
    const c = addLine(lines, 4, 5, 3, b, NONE);
    const d = addLine(lines, 5, 9, 1, c, NONE);
    expect(lowestLine(lines)).toBe(d);
    dropLine(lines, d);
    expect(lowestLine(lines)).toBe(b);
    dropLine(lines, b);
    expect(u32At(lines.next, a)).toBe(c);
    expect(u32At(lines.previous, c)).toBe(a);
    expect(lowestLine(lines)).toBe(c);
    dropLine(lines, c);
    dropLine(lines, a);
    expect(lowestLine(lines)).toBe(NONE);
  });
});

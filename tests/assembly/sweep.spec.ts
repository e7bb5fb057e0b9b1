import {u32At, u64At} from '../../assembly/memory/column';
import {lowerBound} from '../../assembly/problem/bounds';
import {sweepOf} from '../../assembly/problem/sweep';
import {problemOf} from './problems';

describe('sweep', () => {
  it('finds the sections of a small problem, their ticks and loads', () => {
    // a  ████
    // b    ████        sections: {a, b} at tick 2, {b, c} at 4, {d} at 9
    // c      ████
    // d            █
    const p = problemOf([0, 4, 3, 1, 2, 6, 5, 1, 4, 8, 7, 1, 9, 10, 1, 1]);
    const s = sweepOf(p);
    expect(s.numSections).toBe(3);
    expect(u32At(s.sectionStart, 0)).toBe(2);
    expect(u32At(s.sectionEnd, 0)).toBe(4);
    expect(u64At(s.load, 0)).toBe(8);
    expect(u64At(s.load, 1)).toBe(12);
    expect(u64At(s.load, 2)).toBe(1);
    expect(u32At(s.first, 1)).toBe(0);
    expect(u32At(s.last, 1)).toBe(2);
  });

  it('cuts partitions where no lifetime goes on', () => {
    const s = sweepOf(problemOf([0, 4, 3, 1, 2, 6, 5, 1, 6, 8, 7, 1, 7, 10, 1, 1]));
    expect(s.numPartitions).toBe(2);
    expect(u32At(s.partition, 0)).toBe(0);
    expect(u32At(s.partition, s.numSections - 1)).toBe(1);
  });
});

describe('bounds', () => {
  it('pads all but the topmost buffer of a section to its smallest alignment', () => {
    expect(lowerBound(problemOf([0, 2, 400, 64, 0, 2, 400, 64]))).toBe(848);
    expect(lowerBound(problemOf([0, 2, 400, 64, 0, 2, 400, 1]))).toBe(800);
    expect(lowerBound(problemOf([0, 2, 10, 16, 0, 2, 20, 32, 1, 3, 1, 16]))).toBe(16 + 32 + 16 - 15);
  });

  it('takes a smaller alignment for the sections that have one only', () => {
    const p = problemOf([0, 2, 10, 64, 0, 2, 10, 64, 5, 6, 30, 1, 5, 6, 30, 64]);
    expect(lowerBound(p)).toBe(74);
    expect(p.boundStart).toBe(0);
    expect(p.boundEnd).toBe(2);
  });
});

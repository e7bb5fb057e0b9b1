import {beginClassSweep, stepClassSweep} from '../../assembly/class-sweep/class-sweep';
import {DONE, RUNNING} from '../../assembly/memory/status';
import {problemOf} from './problems';

/** Greedy by size leaves 1 byte of a load of 10 unused; the load can be had. */
const ROWS: StaticArray<u64> = [
  0, 4, 5, 1, 3, 8, 5, 1, 6, 12, 5, 1, 0, 3, 5, 1, 8, 12, 3, 1, 4, 6, 4, 1, 10, 16, 2, 1, 12, 16, 8, 1,
];

describe('class sweep', () => {
  it('ends at the lower bound, and finds nothing if the incumbent is there', () => {
    const p = problemOf(ROWS);
    const c = beginClassSweep(p, 10, u64.MAX_VALUE, 1, 0, 1);
    expect(stepClassSweep(c, 100_000)).toBe(DONE);
    expect(c.peak).toBe(10);
    expect(stepClassSweep(beginClassSweep(p, 10, 10, 1, 0, 1), 100)).toBe(DONE);
  });

  it('goes the same way however a budget is cut', () => {
    const p = problemOf(ROWS);
    const whole = beginClassSweep(p, 9, u64.MAX_VALUE, 3, 1, 4);
    const cut = beginClassSweep(p, 9, u64.MAX_VALUE, 3, 1, 4);
    expect(stepClassSweep(whole, 5000)).toBe(RUNNING);
    while (cut.nodes < 5000) stepClassSweep(cut, min<u64>(7, 5000 - cut.nodes));
    expect(cut.nodes).toBe(whole.nodes);
    expect(cut.random.state).toBe(whole.random.state);
    expect(cut.peak).toBe(whole.peak);
  });
});

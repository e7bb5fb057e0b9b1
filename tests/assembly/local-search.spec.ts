import {beginLocalSearch, stepLocalSearch} from '../../assembly/local-search/local-search';
import {DONE, RUNNING} from '../../assembly/memory/status';
import {problemOf} from './problems';

/** Greedy by size leaves 1 byte of a load of 10 unused; the load can be had. */
const ROWS: StaticArray<u64> = [
  0, 4, 5, 1, 3, 8, 5, 1, 6, 12, 5, 1, 0, 3, 5, 1, 8, 12, 3, 1, 4, 6, 4, 1, 10, 16, 2, 1, 12, 16, 8, 1,
];

describe('local search', () => {
  it('ends at the lower bound, and finds nothing if the incumbent is there', () => {
    const p = problemOf(ROWS);
    const l = beginLocalSearch(p, 10, u64.MAX_VALUE, 1);
    expect(stepLocalSearch(l, 100_000)).toBe(DONE);
    expect(l.peak).toBe(10);
    expect(stepLocalSearch(beginLocalSearch(p, 10, 10, 1), 100)).toBe(DONE);
  });

  it('goes the same way however a budget is cut', () => {
    const p = problemOf(ROWS);
    const whole = beginLocalSearch(p, 9, u64.MAX_VALUE, 3);
    const cut = beginLocalSearch(p, 9, u64.MAX_VALUE, 3);
    expect(stepLocalSearch(whole, 5000)).toBe(RUNNING);
    while (cut.nodes < 5000) stepLocalSearch(cut, min<u64>(7, 5000 - cut.nodes));
    expect(cut.nodes).toBe(whole.nodes);
    expect(cut.random.state).toBe(whole.random.state);
    expect(cut.peak).toBe(whole.peak);
  });
});

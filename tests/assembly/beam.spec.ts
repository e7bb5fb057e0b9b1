import {Beam, beginBeam, stepBeam, suitsBeam, WIDEST} from '../../assembly/beam/beam';
import {exp2, log2, ONE, powerOfRatio} from '../../assembly/beam/power';
import {freeBlock, newBlock, newStore} from '../../assembly/beam/store';
import {beginExact, PROVES, stepExact} from '../../assembly/exact/exact';
import {runHeuristic} from '../../assembly/heuristics/heuristics';
import {mark, release} from '../../assembly/memory/arena';
import {setU32, setU64} from '../../assembly/memory/column';
import {NO_OFFSET, newProblem, Problem} from '../../assembly/memory/layout';
import {DONE, GREEDY_BY_SIZE, RUNNING} from '../../assembly/memory/status';
import {sweepProblem} from '../../assembly/problem/sweep';
import {below, newRandom, Random} from '../../assembly/search/random';
import {problemOf} from './problems';

/** Greedy by size leaves 1 byte of a load of 10 unused; the load can be had. */
const ROWS: StaticArray<u64> = [
  0, 4, 5, 1, 3, 8, 5, 1, 6, 12, 5, 1, 0, 3, 5, 1, 8, 12, 3, 1, 4, 6, 4, 1, 10, 16, 2, 1, 12, 16, 8, 1,
];
/** Wide enough to keep every state of eight buffers. */
const ALL: u32 = 4096;

/** Up to `most` buffers without gaps and fixed offsets. */
function drawProblem(random: Random, most: u32): Problem {
  const n: u32 = 2 + below(random, most - 1);
  const p = newProblem(n, 0);
  setU32(p.gapIndex, 0, 0);
  for (let i: u32 = 0; i < n; i++) {
    const start = below(random, 8);
    setU32(p.start, i, start);
    setU32(p.end, i, start + 1 + below(random, 6));
    setU64(p.size, i, 1 + below(random, 9));
    setU64(p.alignment, i, 1);
    setU64(p.offset, i, NO_OFFSET);
    setU32(p.gapIndex, i + 1, 0);
  }
  sweepProblem(p);
  return p;
}

/** The peak that the exact search proves to be least. */
function leastPeak(p: Problem): u64 {
  runHeuristic(p, GREEDY_BY_SIZE);
  const exact = beginExact(p, 0, 1, 31, PROVES);
  while (stepExact(exact, 10_000) == RUNNING) {}
  return exact.incumbent;
}

describe('the beam', () => {
  it('ends at the lower bound, and finds nothing if the incumbent is there', () => {
    const p = problemOf(ROWS);
    const b = beginBeam(p, 10, u64.MAX_VALUE, 1, WIDEST);
    expect(stepBeam(b, 10_000)).toBe(DONE);
    expect(b.peak).toBe(10);
    expect(stepBeam(beginBeam(p, 10, 10, 1, WIDEST), 100)).toBe(DONE);
  });

  it('goes the same way however a budget is cut', () => {
    const p = problemOf(ROWS);
    const whole = beginBeam(p, 0, 12, 3, WIDEST);
    const cut = beginBeam(p, 0, 12, 3, WIDEST);
    const state = stepBeam(whole, 300);
    while (cut.nodes < 300 && stepBeam(cut, min<u64>(7, 300 - cut.nodes)) == RUNNING) {}
    expect(stepBeam(cut, 0)).toBe(state);
    expect(cut.nodes).toBe(whole.nodes);
    expect(cut.random.state).toBe(whole.random.state);
    expect(cut.peak).toBe(whole.peak);
  });

  it('misses no optimum where it keeps every state: its first run finds the least peak, and none below it', () => {
    const random = newRandom(5);
    let tried = 0;
    let missed = 0;
    for (let i = 0; i < 300; i++) {
      const scratch = mark();
      const p = drawProblem(random, 8);
      if (suitsBeam(p)) {
        tried++;
        const least = leastPeak(p);
        const b: Beam = beginBeam(p, 0, least + 1, i, ALL);
        while (b.runs < 2 && stepBeam(b, 1) == RUNNING) {}
        if (b.peak != least) missed++;
      }
      release(scratch);
    }
    expect(tried).toBeGreaterThan(100);
    expect(missed).toBe(0);
  });

  it('is refused a problem in several partitions', () => {
    expect(suitsBeam(problemOf([0, 4, 5, 1, 4, 8, 5, 1]))).toBe(false);
    expect(suitsBeam(problemOf([0, 5, 5, 1, 4, 8, 5, 1]))).toBe(true);
  });
});

describe('powers in integers', () => {
  it('are logarithms and exponents to 16 binary places', () => {
    expect(log2(1)).toBe(0);
    expect(log2(1 << 40)).toBe(40 * <i64>ONE);
    expect(log2(10)).toBe(217_705); // 3.32193 × 2^16, rounded down
    expect(exp2(0, 16)).toBe(ONE);
    expect(exp2(-(<i64>ONE), 16)).toBe(ONE / 2);
    expect(exp2(<i64>ONE / 2, 16)).toBe(92_681); // √2 × 2^16, rounded down
    expect(exp2(-40 * <i64>ONE, 16)).toBe(0);
    expect(powerOfRatio(1, 4, ONE / 2, 16)).toBe(ONE / 2);
  });
});

describe('a store', () => {
  it('hands out so many blocks, and those given back again', () => {
    const store = newStore(20, 3);
    const first = newBlock(store);
    expect(newBlock(store)).not.toBe(first);
    expect(newBlock(store)).not.toBe(0);
    expect(newBlock(store)).toBe(0);
    freeBlock(store, first);
    expect(newBlock(store)).toBe(first);
  });
});

import {Beam, beginBeam, stepBeam, suitsBeam, WIDEST} from '../../assembly/beam/beam';
import {exp2, log2, ONE, powerOfRatio} from '../../assembly/beam/power';
import {freeBlock, newBlock, newStore} from '../../assembly/beam/store';
import {mark, release} from '../../assembly/memory/arena';
import {setU32, setU64, u32At, u64At} from '../../assembly/memory/column';
import {NO_OFFSET, newProblem, Problem} from '../../assembly/memory/layout';
import {DONE, RUNNING} from '../../assembly/memory/status';
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

/** The lowest offset at which buffer `i` fits beside those of the set `placed`. */
function lowestOffset(p: Problem, i: u32, offsets: StaticArray<u64>, placed: u32): u64 {
  let offset: u64 = 0;
  let j: u32 = 0;
  while (j < p.numBuffers) {
    const meets = u32At(p.start, i) < u32At(p.end, j) && u32At(p.start, j) < u32At(p.end, i);
    const isPlaced = ((placed >> j) & 1) != 0;
    const top = offsets[j] + u64At(p.size, j);
    if (isPlaced && meets && offset < top && offsets[j] < offset + u64At(p.size, i)) {
      offset = top;
      j = 0; // those before may be in the way now
    } else {
      j++;
    }
  }
  return offset;
}

/**
 * Brute force: the least peak, if it is below `best`, over all orders in which the buffers can be put as low as they fit.
 * A plan of the least peak whose buffers all rest on something is among them: its order is that of its offsets.
 */
function leastPeak(p: Problem, offsets: StaticArray<u64>, placed: u32, peak: u64, best: u64): u64 {
  if (placed == (1 << p.numBuffers) - 1) return peak;
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    if (((placed >> i) & 1) != 0) continue;
    const offset = lowestOffset(p, i, offsets, placed);
    const top = max(peak, offset + u64At(p.size, i));
    if (top >= best) continue;
    offsets[i] = offset;
    best = leastPeak(p, offsets, placed | (1 << i), top, best);
  }
  return best;
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

  it('misses no optimum where it keeps every state: its first run finds the least peak that brute force finds', () => {
    const random = newRandom(5);
    let tried = 0;
    let missed = 0;
    for (let i = 0; i < 300; i++) {
      const scratch = mark();
      const p = drawProblem(random, 8);
      if (suitsBeam(p)) {
        tried++;
        const least = leastPeak(p, new StaticArray<u64>(8), 0, 0, u64.MAX_VALUE);
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

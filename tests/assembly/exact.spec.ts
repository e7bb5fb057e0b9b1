import {
  BranchAndBound,
  beginBranchAndBound,
  FEASIBLE,
  NO_FAIL_LIMIT,
  newSearch,
  stepBranchAndBound,
  UNKNOWN,
} from '../../assembly/exact/branch-and-bound';
import {newPartition, Partition} from '../../assembly/exact/partition';
import {propagate, reject} from '../../assembly/exact/propagate';
import {proofRanking} from '../../assembly/exact/ranking';
import {topSplit} from '../../assembly/exact/stack';
import {backtrackTo, place, State} from '../../assembly/exact/state';
import {u32At, u64At} from '../../assembly/memory/column';
import {BY_BIRTH, orderBy} from '../../assembly/problem/order';
import {below, newRandom} from '../../assembly/search/random';
import {problemOf} from './problems';

const ALL_RULES: u32 = 31;

/** A search of all buffers of `rows`, which are one partition; in order of birth they keep their numbers. */
function searchOf(rows: StaticArray<u64>, capacity: u64): BranchAndBound {
  const p = problemOf(rows);
  const part = changetype<Partition>(newPartition(p, orderBy(p, BY_BIRTH), 0, p.numBuffers));
  const search = newSearch(part, proofRanking(part, 0));
  beginBranchAndBound(search, capacity, ALL_RULES, NO_FAIL_LIMIT);
  return search;
}

/** All that a change may change. */
function contentOf(state: State): u64[] {
  const part = state.part;
  const content: u64[] = [state.numPlaced, state.numRejected];
  for (let k: u32 = 0; k < part.count; k++) {
    content.push(u32At(state.placed, k));
    content.push(u32At(state.isRejected, k));
    content.push(u64At(state.floor, k));
    content.push(u64At(state.lowestPossible, k));
  }
  for (let at: u32 = 0; at < state.numRejected; at++) content.push(u32At(state.rejected, at));
  for (let section: u32 = 0; section < part.numSections; section++) {
    content.push(u64At(state.unplacedBytes, section));
    content.push(u32At(state.crossing, section));
  }
  return content;
}

function areSame(a: u64[], b: u64[]): bool {
  for (let i = 0; i < a.length; i++) if (a[i] != b[i]) return false;
  return a.length == b.length;
}

describe('the state of the exact search', () => {
  it('is what it was after any changes are undone, however many there were', () => {
    const rows = new StaticArray<u64>(4 * 40);
    const random = newRandom(5);
    for (let i = 0; i < 40; i++) {
      const start = below(random, 30);
      rows[4 * i] = start;
      rows[4 * i + 1] = start + 2 + below(random, 9);
      rows[4 * i + 2] = 1 + below(random, 50);
      rows[4 * i + 3] = 1 << below(random, 4);
    }
    rows[0] = 0;
    rows[1] = 60; // one partition
    const search = searchOf(rows, 900);
    const state = search.state;
    state.trail.room = 8; // so that it grows with changes in it
    for (let run = 0; run < 20; run++) {
      const lengths: u32[] = [];
      const contents: u64[][] = [];
      for (let moves = 1 + below(random, 30); moves > 0; moves--) {
        lengths.push(state.trail.length);
        contents.push(contentOf(state));
        const k = below(random, state.part.count);
        if (u32At(state.placed, k) != 0) continue;
        // a move that fails has changed the state, too
        if (below(random, 3) == 0) reject(search.propagation, k) && propagate(search.propagation);
        else place(state, k);
      }
      while (lengths.length > 0) {
        backtrackTo(state, lengths.pop());
        expect(areSame(contentOf(state), contents.pop())).toBe(true);
      }
    }
    expect(state.trail.room).toBeGreaterThan(64);
  });
});

describe('bound propagation', () => {
  it('raises a rejected buffer onto the lowest top of what can come beneath it', () => {
    const search = searchOf([0, 4, 7, 4, 1, 4, 5, 1, 2, 4, 6, 1], 30);
    expect(reject(search.propagation, 0) && propagate(search.propagation)).toBe(true);
    expect(u64At(search.state.lowestPossible, 0)).toBe(8); // 5, aligned to 4
  });

  it('raises what is on top of what rises', () => {
    // the second overlaps both others, which do not overlap
    const search = searchOf([0, 3, 3, 1, 1, 9, 20, 1, 7, 9, 4, 1], 60);
    expect(reject(search.propagation, 1) && propagate(search.propagation)).toBe(true);
    expect(u64At(search.state.lowestPossible, 1)).toBe(3);
    expect(reject(search.propagation, 0) && propagate(search.propagation)).toBe(true);
    // beneath the first only the second can come, beneath the second then only the third
    expect(u64At(search.state.lowestPossible, 1)).toBe(4);
    expect(u64At(search.state.lowestPossible, 0)).toBe(24);
  });

  it('fails where buffers could only support each other, even far below the capacity', () => {
    const search = searchOf([0, 4, 7, 1, 1, 4, 5, 1], 1 << 50);
    expect(reject(search.propagation, 0) && propagate(search.propagation)).toBe(true);
    expect(reject(search.propagation, 1) && propagate(search.propagation)).toBe(false);
  });
});

describe('components', () => {
  it('are searched by themselves, the heaviest first, once nothing crosses between them', () => {
    // the first crosses; it is placed first, since nothing else lives as long
    const search = searchOf([0, 9, 1, 1, 0, 3, 4, 1, 1, 3, 5, 1, 6, 9, 8, 1, 7, 9, 9, 1], 18);
    expect(stepBranchAndBound(search, 1)).toBe(UNKNOWN);
    const stack = search.stack;
    expect(stack.numSplits).toBe(1);
    expect(stack.base).toBe(1);
    const split = topSplit(stack);
    expect(split.lastComponent - split.firstComponent).toBe(2);
    expect(u64At(search.state.floor, 0)).toBe(0);
    expect(stepBranchAndBound(search, 100)).toBe(FEASIBLE);
    expect(stack.numSplits).toBe(0);
    expect(search.nodes).toBe(5);
  });
});

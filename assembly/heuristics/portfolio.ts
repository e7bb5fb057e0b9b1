/**
 * The heuristics worth running for the instance's size, one after another; the best plan is kept. Of up to 10,000 buffers
 * the greedy and online ones run again with ties in the order of the input, as frameworks leave them: no plan is worse than
 * theirs. Stops at the lower bound. Begun, stepped by a budget of nodes (a heuristic costs n of them and runs to its end), and read at any time.
 */

import {alloc} from '../memory/arena';
import {newU64} from '../memory/column';
import {Problem} from '../memory/layout';
import {
  BEST_FIT_ONLINE,
  DONE,
  FIRST_FIT_ONLINE,
  GERGOV,
  GREEDY_BY_AREA,
  GREEDY_BY_AREA_SMALLEST_GAP,
  GREEDY_BY_BREADTH,
  GREEDY_BY_BREADTH_SMALLEST_GAP,
  GREEDY_BY_CONFLICTS,
  GREEDY_BY_CONFLICTS_SMALLEST_GAP,
  GREEDY_BY_LONGEST,
  GREEDY_BY_LONGEST_SMALLEST_GAP,
  GREEDY_BY_SIZE,
  GREEDY_BY_SIZE_SMALLEST_GAP,
  LINEAR_SCAN,
  RUNNING,
  SKYLINE_BEST_FIT,
} from '../memory/status';
import {IN_INPUT_ORDER, runHeuristic} from './heuristics';

/** Up to so many buffers every heuristic runs; above, those that are worth their time. */
const ALL_UP_TO: u32 = 60_000;
/** Above so many, the one runs first that meets the bound where the class sweep does not, and none runs twice. */
const BREADTH_FIRST_ABOVE: u32 = 10_000;
const MOST_UP_TO: u32 = 200_000;

@unmanaged
export class Portfolio {
  problem: Problem;
  /** Bytes; a plan with this peak ends the search. */
  lowerBound: u64;
  /** Place of the next heuristic. */
  next: u32;
  /** The best plan: its heuristic, its peak in bytes, its offsets (u64 ×n). */
  algorithm: u32;
  peak: u64;
  plan: usize;
}

/** Begins with the heuristic at place `first`; skips those before it. */
export function beginPortfolio(p: Problem, lowerBound: u64, first: u32): Portfolio {
  const portfolio = changetype<Portfolio>(alloc(offsetof<Portfolio>()));
  portfolio.problem = p;
  portfolio.lowerBound = lowerBound;
  portfolio.next = first;
  portfolio.algorithm = 0;
  portfolio.peak = u64.MAX_VALUE;
  portfolio.plan = newU64(p.numBuffers);
  return portfolio;
}

/** Runs heuristics until about `nodes` buffers are placed, at least one heuristic; RUNNING while there are more. */
export function stepPortfolio(portfolio: Portfolio, nodes: u64): i32 {
  const p = portfolio.problem;
  let spent: u64 = 0;
  do {
    const algorithm = heuristicAt(p.numBuffers, portfolio.next);
    if (algorithm == END || portfolio.peak <= portfolio.lowerBound) return DONE;
    const peak = runHeuristic(p, algorithm);
    portfolio.next++;
    if (peak < portfolio.peak) {
      portfolio.peak = peak;
      portfolio.algorithm = algorithm & ~IN_INPUT_ORDER;
      memory.copy(portfolio.plan, p.plan, (<usize>p.numBuffers) << 3);
    }
    spent += p.numBuffers;
  } while (spent + p.numBuffers <= nodes);
  const more = heuristicAt(p.numBuffers, portfolio.next) != END && portfolio.peak > portfolio.lowerBound;
  return more ? RUNNING : DONE;
}

const END: u32 = u32.MAX_VALUE;
/** Heuristics of few buffers that decide ties by content. */
const NUM_BY_CONTENT: u32 = 15;
/** Place of the greedy one by breadth, of few buffers. */
const BREADTH_AT: u32 = 3;

/** The `index`-th heuristic for `n` buffers, quick and mostly good ones first; END after the last. */
function heuristicAt(n: u32, index: u32): u32 {
  if (n > ALL_UP_TO) return heuristicForMany(index, n > MOST_UP_TO);
  if (n > BREADTH_FIRST_ABOVE && index <= BREADTH_AT) {
    if (index == 0) return GREEDY_BY_BREADTH;
    index--;
  }
  switch (index) {
    case 0:
      return GREEDY_BY_SIZE;
    case 1:
      return SKYLINE_BEST_FIT;
    case 2:
      return BEST_FIT_ONLINE;
    case 3:
      return GREEDY_BY_BREADTH;
    case 4:
      return GREEDY_BY_CONFLICTS;
    case 5:
      return FIRST_FIT_ONLINE;
    case 6:
      return GREEDY_BY_LONGEST;
    case 7:
      return GREEDY_BY_AREA;
    case 8:
      return GREEDY_BY_SIZE_SMALLEST_GAP;
    case 9:
      return GREEDY_BY_CONFLICTS_SMALLEST_GAP;
    case 10:
      return GREEDY_BY_LONGEST_SMALLEST_GAP;
    case 11:
      return GREEDY_BY_AREA_SMALLEST_GAP;
    case 12:
      return GREEDY_BY_BREADTH_SMALLEST_GAP;
    case 13:
      return LINEAR_SCAN;
    case 14:
      return GERGOV;
  }
  return n > BREADTH_FIRST_ABOVE ? END : inInputOrder(index - NUM_BY_CONTENT);
}

/** Those whose orders have ties, the same ones again. */
function inInputOrder(index: u32): u32 {
  switch (index) {
    case 0:
      return IN_INPUT_ORDER | GREEDY_BY_SIZE;
    case 1:
      return IN_INPUT_ORDER | GREEDY_BY_LONGEST;
    case 2:
      return IN_INPUT_ORDER | GREEDY_BY_AREA;
    case 3:
      return IN_INPUT_ORDER | FIRST_FIT_ONLINE;
    case 4:
      return IN_INPUT_ORDER | GREEDY_BY_BREADTH;
    case 5:
      return IN_INPUT_ORDER | GREEDY_BY_CONFLICTS;
    case 6:
      return IN_INPUT_ORDER | GREEDY_BY_SIZE_SMALLEST_GAP;
    case 7:
      return IN_INPUT_ORDER | GREEDY_BY_LONGEST_SMALLEST_GAP;
    case 8:
      return IN_INPUT_ORDER | GREEDY_BY_AREA_SMALLEST_GAP;
    case 9:
      return IN_INPUT_ORDER | BEST_FIT_ONLINE;
    case 10:
      return IN_INPUT_ORDER | GREEDY_BY_BREADTH_SMALLEST_GAP;
    case 11:
      return IN_INPUT_ORDER | GREEDY_BY_CONFLICTS_SMALLEST_GAP;
  }
  return END;
}

/** For many buffers the greedy ones are slow, so they are last (`npm run bench -- heuristics` times each). */
function heuristicForMany(index: u32, isVeryMany: bool): u32 {
  switch (index) {
    case 0:
      return FIRST_FIT_ONLINE;
    case 1:
      return SKYLINE_BEST_FIT;
    case 2:
      return BEST_FIT_ONLINE;
    case 3:
      return GREEDY_BY_CONFLICTS;
    case 4:
      return GREEDY_BY_SIZE;
    case 5:
      return isVeryMany ? END : GREEDY_BY_BREADTH;
    case 6:
      return GREEDY_BY_LONGEST;
    case 7:
      return GREEDY_BY_AREA;
  }
  return END;
}

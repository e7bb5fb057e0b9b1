/**
 * The benches without JavaScript: a module that imports a clock and an output from its host. It makes problems,
 * plans, checks and times them, and then serves the arena against other allocators.
 */

import {
  exactBegin,
  exactStep,
  lowerBound,
  portfolioBegin,
  portfolioPeak,
  portfolioPlan,
  portfolioStep,
  searchPeak,
  searchPlan,
  verify,
} from '../../assembly/index';
import {alloc, mark, release} from '../../assembly/memory/arena';
import {u32At, u64At} from '../../assembly/memory/column';
import {Problem} from '../../assembly/memory/layout';
import {RUNNING} from '../../assembly/memory/status';
import * as bump from './bump';
import * as general from './general';
import {CHAIN, HEAP, make, nameOf} from './instances';
import * as none from './none';
import * as planned from './planned';
import {replay} from './replay';
import {newScript, newWorker, Placed} from './scripts';
import {endLine, now, openOutput, put, putNumber, putThousandths} from './wasi';

/** Bytes for each allocator. */
const REGION: u32 = 96 << 20;
/** Pruning rules of the exact search: all five. */
const RULES: u32 = 31;

/**
 * @param rounds timed runs after a first one
 * @param scale number of buffers, relative; 1 is for interpreters
 * @param isListing prints the buffers of the problems, for other solvers
 */
export function run(rounds: u32, scale: u32, isListing: bool): void {
  openOutput();
  put('problem,buffers,bound,peak,min_ms,median_ms');
  endLine();
  for (let n: u32 = 20; n <= 20 * scale; n *= 10) {
    for (let kind = CHAIN; kind <= HEAP; kind++) solve(kind, n, rounds, isListing);
  }
  put('script,pairs,allocator,min_ns,median_ns');
  endLine();
  // many short turns, so that the minimum is of a turn that nothing else on the machine disturbed
  serveAll('lifo', 64 * scale, 1, 10 * rounds, scale);
  serveAll('churn', 64 * scale, 4 * scale, 10 * rounds, scale);
}

function solve(kind: u32, n: u32, rounds: u32, isListing: bool): void {
  const before = mark();
  const p = make(kind, n, 7);
  if (isListing) list(p);
  const bound = lowerBound(changetype<usize>(p));
  const times = alloc((<u64>rounds) << 3);
  let peak = solveOnce(p, bound);
  for (let i: u32 = 0; i < rounds; i++) {
    const began = now();
    peak = solveOnce(p, bound);
    store<u64>(times + ((<usize>i) << 3), now() - began);
  }
  sort(times, rounds);
  put(nameOf(kind));
  put(',');
  putNumber(n);
  put(',');
  putNumber(<u64>bound);
  put(',');
  putNumber(<u64>peak);
  put(',');
  putThousandths(u64At(times, 0) / 1000);
  put(',');
  putThousandths(u64At(times, rounds >> 1) / 1000);
  endLine();
  release(before);
}

function list(p: Problem): void {
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    put('buffer,');
    putNumber(u32At(p.start, i));
    put(',');
    putNumber(u32At(p.end, i));
    put(',');
    putNumber(u64At(p.size, i));
    endLine();
  }
}

/**
 * The portfolio, and, if it does not reach the bound, 10,000 nodes of the exact search. @returns the peak, checked
 */
function solveOnce(p: Problem, bound: f64): f64 {
  const at = changetype<usize>(p);
  const before = mark();
  const portfolio = portfolioBegin(at, bound, 0);
  while (portfolioStep(portfolio, 1e6) == RUNNING) {}
  let peak = portfolioPeak(portfolio);
  portfolioPlan(portfolio);
  if (peak > bound && p.numBuffers <= 200) {
    const exact = exactBegin(at, bound, 1, RULES, 0);
    exactStep(exact, 1e4);
    const found = searchPeak(exact);
    if (found >= 0 && found < peak) {
      peak = found;
      searchPlan(exact);
    }
  }
  if (u32At(verify(at, peak, 1), 0) != 0) unreachable();
  release(before);
  return peak;
}

function serveAll(name: string, numRows: u32, live: u32, rounds: u32, scale: u32): void {
  const before = mark();
  const s = newScript(numRows, live);
  const base = (alloc(REGION + 64) + 63) & ~63;
  const turns = 2 * max<u32>(1, (5 * scale * scale) / numRows);
  none.make(base, <u32>(base + REGION));
  report(
    name,
    'calls alone',
    s,
    base,
    rounds,
    turns,
    none.allocIndex(),
    none.releaseIndex(),
    none.borderIndex(),
  );
  bump.make(base, <u32>(base + REGION));
  report(name, 'bump', s, base, rounds, turns, bump.allocIndex(), bump.releaseIndex(), bump.borderIndex());
  general.make(base, <u32>(base + REGION));
  report(
    name,
    'tlsf',
    s,
    base,
    rounds,
    turns,
    general.allocIndex(),
    general.releaseIndex(),
    general.borderIndex(),
  );
  newWorker(s, base, REGION);
  report(
    name,
    'stowage',
    s,
    base,
    rounds,
    turns,
    planned.allocIndex(),
    planned.releaseIndex(),
    planned.borderIndex(),
  );
  release(before);
}

function report(
  name: string,
  allocator: string,
  s: Placed,
  self: usize,
  rounds: u32,
  turns: u32,
  take: (self: usize, key: u32, size: u32) => usize,
  give: (self: usize, address: usize) => i32,
  border: (self: usize, isBegin: bool) => void,
): void {
  const times = alloc((<u64>rounds) << 3);
  replay(s.steps, s.numSteps, s.blocks, s.numRows, 2, self, take, give, border);
  for (let i: u32 = 0; i < rounds; i++) {
    const began = now();
    replay(s.steps, s.numSteps, s.blocks, s.numRows, turns, self, take, give, border);
    // thousandths of a nanosecond per pair
    store<u64>(times + ((<usize>i) << 3), ((now() - began) * 1000) / (<u64>turns * s.numRows));
  }
  sort(times, rounds);
  put(name);
  put(',');
  putNumber(s.numRows);
  put(',');
  put(allocator);
  put(',');
  putThousandths(u64At(times, 0));
  put(',');
  putThousandths(u64At(times, rounds >> 1));
  endLine();
}

/** Few, ascending. */
function sort(column: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    for (let j = i; j > 0 && u64At(column, j) < u64At(column, j - 1); j--) {
      const value = u64At(column, j);
      store<u64>(column + ((<usize>j) << 3), u64At(column, j - 1));
      store<u64>(column + ((<usize>(j - 1)) << 3), value);
    }
  }
}

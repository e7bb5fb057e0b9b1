/**
 * The ABI: every function the host may call, and nothing else. Byte counts are f64 (integers up to 2^53 − 1), ticks
 * and indices u32, addresses u32. No imports, no clock, no callbacks.
 *
 * One call's life: `mark` → `problem` lays out columns → the host fills them → `seal` → heuristics, bounds, checks →
 * the host reads columns → `release`. A call traps if the host grants no memory; `fault` then says why.
 */

import {Beam, beginBeam, stepBeam, suitsBeam, WIDEST} from './beam/beam';
import {beginClassSweep, ClassSweep, stepClassSweep} from './class-sweep/class-sweep';
import {adopt, beginExact, Exact, stepExact} from './exact/exact';
import {runHeuristic} from './heuristics/heuristics';
import {beginPortfolio, Portfolio, stepPortfolio} from './heuristics/portfolio';
import {adoptLns, beginLns, Lns, stepLns} from './lns/lns';
import {beginLocalSearch, LocalSearch, stepLocalSearch} from './local-search/local-search';
import {newU64} from './memory/column';
import {MAX_BYTES, newProblem, Problem} from './memory/layout';
import {bytesOf, NOT_BYTES, toBytes, toNumbers} from './memory/numbers';
import {OK, PEAK_TOO_LARGE} from './memory/status';
import {lowerBound as bound} from './problem/bounds';
import {sweepOf, sweepProblem} from './problem/sweep';
import {Search} from './search/search';
import {verifyPlan} from './verify';

export {fault, mark, release} from './memory/arena';

/** Lays out a problem; address of its record (`layout.ts`), whose columns the host fills. */
export function problem(numBuffers: u32, numGaps: u32): usize {
  return changetype<usize>(newProblem(numBuffers, numGaps));
}

/** Takes over the columns the host has filled, and sweeps. Called once, before all calls below. */
export function seal(at: usize): void {
  const p = changetype<Problem>(at);
  toBytes(p.size, p.numBuffers);
  toBytes(p.alignment, p.numBuffers);
  toBytes(p.offset, p.numBuffers); // −1 becomes NO_OFFSET
  sweepProblem(p);
}

/** Bytes no plan can undercut; leaves in the record the ticks where they are needed. */
export function lowerBound(at: usize): f64 {
  return <f64>bound(changetype<Problem>(at));
}

/** Σ sizes of the buffers live in each section, f64 each: address of the column, allocated from the arena. */
export function sectionLoads(at: usize): usize {
  const p = changetype<Problem>(at);
  const loads = newU64(p.numSections);
  toNumbers(sweepOf(p).load, loads, p.numSections);
  return loads;
}

/** Runs a heuristic (`status.ts`) to its end and leaves its offsets in `crossing`: OK or PEAK_TOO_LARGE. */
export function plan(at: usize, algorithm: u32): i32 {
  const p = changetype<Problem>(at);
  const peak = runHeuristic(p, algorithm);
  if (peak > MAX_BYTES) return PEAK_TOO_LARGE;
  toNumbers(p.plan, p.crossing, p.numBuffers);
  return OK;
}

/**
 * Begins the portfolio with the heuristic at place `first`; a plan whose peak is `bytes`, the lower bound, ends it.
 * Address of its record.
 */
export function portfolioBegin(at: usize, bytes: f64, first: u32): usize {
  return changetype<usize>(beginPortfolio(changetype<Problem>(at), bytesOf(bytes), first));
}

/** Goes on for about `nodes` nodes (buffers placed), at least one heuristic: RUNNING or DONE. */
export function portfolioStep(portfolio: usize, nodes: f64): i32 {
  return stepPortfolio(changetype<Portfolio>(portfolio), <u64>max<f64>(0, nodes));
}

/** Peak of the best plan so far, bytes. */
export function portfolioPeak(portfolio: usize): f64 {
  return <f64>changetype<Portfolio>(portfolio).peak;
}

/** Heuristic of the best plan so far. */
export function portfolioAlgorithm(portfolio: usize): u32 {
  return changetype<Portfolio>(portfolio).algorithm;
}

/** Leaves the offsets of the best plan so far in `crossing`: OK or PEAK_TOO_LARGE. */
export function portfolioPlan(portfolio: usize): i32 {
  const best = changetype<Portfolio>(portfolio);
  if (best.peak > MAX_BYTES) return PEAK_TOO_LARGE;
  toNumbers(best.plan, best.problem.crossing, best.problem.numBuffers);
  return OK;
}

/**
 * Begins the exact search with the plan of the host's offsets in `crossing`, which must be valid, and with a sum of
 * pruning rules (31: all). `role`: 0 proves and dives, 1 only dives. A plan whose peak is `bytes`, the lower bound,
 * ends it. Address of its record.
 */
export function exactBegin(at: usize, bytes: f64, seed: u32, rules: u32, role: u32): usize {
  const p = changetype<Problem>(at);
  takeCrossing(p);
  return changetype<usize>(beginExact(p, bytesOf(bytes), seed, rules, role));
}

/**
 * Takes over the partitions that are lower in another plan: the host's offsets in `crossing`, which must be valid.
 */
export function exactAdopt(exact: usize): void {
  const x = changetype<Exact>(exact);
  takeCrossing(x.problem);
  adopt(x, x.problem.plan);
}

/** Makes the host's offsets in `crossing` the problem's plan. */
function takeCrossing(p: Problem): void {
  for (let i: u32 = 0; i < p.numBuffers; i++) {
    store<u64>(p.plan + ((<usize>i) << 3), bytesOf(load<f64>(p.crossing + ((<usize>i) << 3))));
  }
}

/** Goes on for about `nodes` nodes: RUNNING or DONE. */
export function exactStep(exact: usize, nodes: f64): i32 {
  return stepExact(changetype<Exact>(exact), <u64>max<f64>(0, nodes));
}

/**
 * Begins local search: plans below `incumbent` (bytes, −1 for any) are wanted, one of `bytes`, the lower bound, ends
 * it. Address of its record.
 */
export function localBegin(at: usize, bytes: f64, incumbent: f64, seed: u32): usize {
  const p = changetype<Problem>(at);
  return changetype<usize>(beginLocalSearch(p, bytesOf(bytes), bytesOf(incumbent), seed));
}

/** Goes on for about `nodes` nodes (buffers placed), at least one attempt: RUNNING or DONE. */
export function localStep(local: usize, nodes: f64): i32 {
  return stepLocalSearch(changetype<LocalSearch>(local), <u64>max<f64>(0, nodes));
}

/**
 * Begins the class sweep: plans below `incumbent` (bytes, −1 for any) are wanted, one of `bytes`, the lower bound, ends
 * it. Of the strategies it runs those numbered `from`, `from` + `stride`, … Address of its record.
 */
export function classesBegin(
  at: usize,
  bytes: f64,
  incumbent: f64,
  seed: u32,
  from: u32,
  stride: u32,
): usize {
  const p = changetype<Problem>(at);
  return changetype<usize>(beginClassSweep(p, bytesOf(bytes), bytesOf(incumbent), seed, from, stride));
}

/** Goes on for about `nodes` nodes (buffers put on the address line or taken off it): RUNNING or DONE. */
export function classesStep(classes: usize, nodes: f64): i32 {
  return stepClassSweep(changetype<ClassSweep>(classes), <u64>max<f64>(0, nodes));
}

/**
 * Begins the beam search: plans below `incumbent` (bytes, −1 for any) are wanted, one of `bytes`, the lower bound, ends it.
 * Address of its record; 0 where it cannot express the problem, which has gaps, fixed offsets or several partitions.
 */
export function beamBegin(at: usize, bytes: f64, incumbent: f64, seed: u32): usize {
  const p = changetype<Problem>(at);
  if (!suitsBeam(p)) return 0;
  return changetype<usize>(beginBeam(p, bytesOf(bytes), bytesOf(incumbent), seed, WIDEST));
}

/** Goes on for about `nodes` nodes (some states expanded each): RUNNING or DONE. */
export function beamStep(beam: usize, nodes: f64): i32 {
  return stepBeam(changetype<Beam>(beam), <u64>max<f64>(0, nodes));
}

/**
 * Begins large neighbourhood search (LNS) with the plan of the host's offsets in `crossing`, which must be valid. A
 * plan whose peak is `bytes`, the lower bound, ends it. Address of its record.
 */
export function windowsBegin(at: usize, bytes: f64, seed: u32): usize {
  const p = changetype<Problem>(at);
  takeCrossing(p);
  return changetype<usize>(beginLns(p, bytesOf(bytes), seed));
}

/** Goes on for about `nodes` nodes, at least one attempt: RUNNING or DONE. */
export function windowsStep(search: usize, nodes: f64): i32 {
  return stepLns(changetype<Lns>(search), <u64>max<f64>(0, nodes));
}

/**
 * Hands LNS the valid plan of the host's offsets in `crossing`; it goes on from there if that is better than its own.
 */
export function windowsAdopt(search: usize): void {
  const w = changetype<Lns>(search);
  takeCrossing(w.problem);
  adoptLns(w);
}

/** Informs a begun search that a plan of `bytes` is known: it looks for smaller ones. */
export function searchIncumbent(search: usize, bytes: f64): void {
  const s = changetype<Search>(search);
  s.incumbent = min(s.incumbent, bytesOf(bytes));
}

/** Informs a begun search that no plan below `bytes` exists or is wanted: it ends at one of that peak. */
export function searchTarget(search: usize, bytes: f64): void {
  const s = changetype<Search>(search);
  s.lowerBound = max(s.lowerBound, bytesOf(bytes));
}

/** Peak of the best plan a begun search has, bytes; −1 while there is none. */
export function searchPeak(search: usize): f64 {
  const peak = changetype<Search>(search).peak;
  return peak == u64.MAX_VALUE ? -1 : <f64>peak;
}

/** Bytes that no plan can undercut, as proven by the search. */
export function searchLowerBound(search: usize): f64 {
  return <f64>changetype<Search>(search).lowerBound;
}

/** Nodes a begun search has spent. */
export function searchNodes(search: usize): f64 {
  return <f64>changetype<Search>(search).nodes;
}

/** Leaves the offsets of a begun search's best plan in `crossing`: OK or PEAK_TOO_LARGE. */
export function searchPlan(search: usize): i32 {
  const best = changetype<Search>(search);
  if (best.peak > MAX_BYTES) return PEAK_TOO_LARGE;
  toNumbers(best.plan, best.problem.crossing, best.problem.numBuffers);
  return OK;
}

/**
 * Checks the offsets the host has put into `crossing` against the problem and a capacity in bytes (−1: none).
 * Address of the violations, u32 each: their count, `room`, the address of (kind, buffer, other) triples.
 */
export function verify(at: usize, capacity: f64, room: u32): usize {
  const p = changetype<Problem>(at);
  const limit = bytesOf(capacity);
  return changetype<usize>(verifyPlan(p, p.crossing, limit == NOT_BYTES ? u64.MAX_VALUE : limit, room));
}

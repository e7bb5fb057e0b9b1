/**
 * Training graphs that do not fit: at 90, 75, 60 and 50 % of the smallest peak of any order found, what is computed again or moved. The columns of
 * bytes are the cost: bytes that operators read and write once more, and eight for each byte that is moved out or in, as if the way out had an
 * eighth of the memory's bandwidth.
 */
import {
  type FitSchedule,
  fitOperators,
  loadPlanner,
  type OperatorProblem,
  orderOperators,
  type Planner,
} from '../../bindings/index.ts';
import {formatBytes} from '../../bindings/model/quantities.ts';
import {everythingMoved} from './everything-moved.ts';
import type {FeatureRow, FeatureTable} from './table.ts';
import {trainingGraphs} from './training-graphs.ts';

/** Bytes moved for the cost of a byte that an operator reads or writes. */
const OFFLOAD = 1 / 8;
const PARTS = [90, 75, 60, 50];
const RUNS = 5;
/** What takes longer, in seconds, runs once. */
const LONG = 5;

export async function fit(only: RegExp): Promise<FeatureTable> {
  const planner = await loadPlanner();
  const rows: FeatureRow[] = [];
  for (const {name, problem} of trainingGraphs(only)) {
    const {order, plan} = orderOperators(planner, problem);
    const baseline = everythingMoved(problem, order, OFFLOAD);
    for (const part of PARTS) {
      const capacity = Math.floor((plan.peak * part) / 100);
      rows.push(rowOf(`${name} ${part} %`, planner, problem, order, capacity, baseline));
    }
  }
  return {
    title: 'recomputation and offload under a limit (bytes: the extra cost, see bench/features/fit.ts)',
    baseline: 'everything moved out that the next operator does not read',
    rows,
  };
}

function rowOf(
  instance: string,
  planner: Planner,
  problem: OperatorProblem,
  order: Uint32Array,
  capacity: number,
  baseline: number,
): FeatureRow {
  const seconds: number[] = [];
  const run = (): FitSchedule => {
    const began = performance.now();
    const schedule = fitOperators(planner, problem, {capacity, offload: OFFLOAD, order});
    seconds.push((performance.now() - began) / 1000);
    return schedule;
  };
  const schedule = run();
  if (seconds[0]! <= LONG) {
    seconds.pop();
    for (let k = 0; k < RUNS; k++) run();
  }
  seconds.sort((a, b) => a - b);
  const once = problem.operators.reduce((sum, {cost = 0}) => sum + cost, 0);
  const {again, moved, cost, costBound, status} = schedule;
  const row = {
    instance,
    n: problem.operators.length,
    proven: status === 'optimal' || status === 'infeasible',
    seconds: {min: seconds[0]!, median: seconds[Math.floor(seconds.length / 2)]!},
  };
  if (!schedule.planned) return {...row, bound: 0, peak: 0, baseline: 0, note: withoutSchedule(schedule)};
  const share = `${((100 * cost) / once).toFixed(1)} % of a run`;
  return {
    ...row,
    bound: costBound,
    peak: cost,
    baseline,
    note: `${again.runs} again, ${moved.moves} moves, ${share}`,
  };
}

function withoutSchedule({status, obstacle}: FitSchedule): string {
  return obstacle ? `${status}: one operator alone needs ${formatBytes(obstacle.own)}` : status;
}

/**
 * The order of operators: graphs of the study, by default options. The baseline is the order of the file, planned; the note has the file's
 * order with each update as soon as it may run, which is what a simple rule gains.
 */
import {loadPlanner, type OperatorProblem, orderOperators, type Planner} from '../../bindings/index.ts';
import {INFERENCE, OPEN, REGULAR, TRAINING, WIDE} from '../../tests/operators/marks.ts';
import {readStudyGraph} from '../../tests/operators/problems.ts';
import {isStudyThere, studyFiles} from '../../tests/operators/study.ts';
import type {FeatureRow, FeatureTable} from './table.ts';

const RUNS = 5;
/** What takes longer, in seconds, runs once. */
const LONG = 5;
/** They get 10 s. */
const HARD = [...Object.keys(OPEN), 'mesh_16'];

export async function order(only: RegExp): Promise<FeatureTable> {
  const planner = await loadPlanner();
  const all = [INFERENCE, TRAINING, WIDE].flatMap(group => Object.keys(group));
  const names = [...all, ...REGULAR, 'branchy', 'br', ...HARD].filter(name => only.test(name));
  const files = isStudyThere() ? studyFiles(names.map(name => `${name}.txt`)) : new Map<string, Buffer>();
  return {
    title: 'order of operators: bytes without weights',
    baseline: 'the order of the file',
    rows: [...files].map(([file, text]) => {
      const name = file.slice(0, -'.txt'.length);
      return rowOf(planner, name, readStudyGraph(text.toString()));
    }),
  };
}

function rowOf(planner: Planner, instance: string, problem: OperatorProblem): FeatureRow {
  const seconds: number[] = [];
  const options = HARD.includes(instance) ? {nodeLimit: Number.MAX_SAFE_INTEGER, timeLimitMs: 10_000} : {};
  const run = () => {
    const began = performance.now();
    const result = orderOperators(planner, problem, options);
    seconds.push((performance.now() - began) / 1000);
    return result;
  };
  const {plan, lowerBound, status, filePeak, soonPeak, isListed} = run();
  if (seconds[0]! <= LONG) {
    seconds.pop();
    for (let k = 0; k < RUNS; k++) run();
  }
  seconds.sort((a, b) => a - b);
  const notes = [
    ...(isListed ? ["the file's order stays"] : [`file/peak ${(filePeak / plan.peak).toFixed(2)}`]),
    ...(soonPeak === filePeak ? [] : [`updates soon/peak ${(soonPeak / plan.peak).toFixed(2)}`]),
  ];
  return {
    instance,
    n: problem.operators.length,
    bound: lowerBound,
    peak: plan.peak,
    proven: status === 'optimal',
    baseline: filePeak,
    seconds: {min: seconds[0]!, median: seconds[Math.floor(seconds.length / 2)]!},
    note: notes.join('; '),
  };
}

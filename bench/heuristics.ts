/** Quality and time of every heuristic, by instance and by growing n. */
import {type Algorithm, HEURISTICS, loadPlannerSync, type Planner} from '../bindings/index.ts';
import {ms, printTable, time} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {examples, generated, type Instance, shared} from './sources.ts';

/** In seconds at a million buffers, whatever their shape. */
const QUICK: readonly Algorithm[] = [
  'first-fit-online',
  'best-fit-online',
  'linear-scan',
  'skyline-best-fit',
];

export async function benchHeuristics({only}: BenchOptions): Promise<void> {
  const planner = loadPlannerSync();
  const all = [...(await examples()), ...(await shared(['minimalloc', 'somas', 'iopddl', 'malloc']))];
  const small = all.filter(({name}) => only.test(name));
  console.log('heuristics: the portfolio, by instance (peak ÷ lower bound, proven or not)');
  printTable(
    ['instance', 'n', 'lower bound', 'ratio', 'status', 'by', 'nodes', 'min ms', 'median ms'],
    small.map(instance => row(planner, instance, 'portfolio')),
  );
  console.log(
    'heuristics: growth with n, every heuristic up to 10,000 buffers, the quick ones up to a million',
  );
  const rows: (string | number)[][] = [];
  for (const instance of generated([1000, 10_000, 100_000, 1_000_000]).filter(({name}) => only.test(name))) {
    for (const algorithm of instance.problem.count > 10_000 ? QUICK : HEURISTICS) {
      const [name, n, bound, ratio, status, , , min, median] = row(planner, instance, algorithm);
      rows.push([name!, algorithm, n!, bound!, ratio!, status!, min!, median!]);
    }
  }
  printTable(['instance', 'algorithm', 'n', 'lower bound', 'ratio', 'status', 'min ms', 'median ms'], rows);
}

function row(planner: Planner, {name, problem}: Instance, algorithm: Algorithm): (string | number)[] {
  const plan = planner.plan(problem, {algorithm});
  const {min, median} = time(() => planner.plan(problem, {algorithm}));
  const ratio = (plan.peak / plan.lowerBound).toFixed(5);
  return [
    name,
    problem.count,
    plan.lowerBound,
    ratio,
    plan.status,
    plan.algorithm,
    plan.nodes,
    ms(min),
    ms(median),
  ];
}

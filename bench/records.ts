/**
 * How the peak falls over time on the instances that the exact search does not solve: five seeds of `auto`, which has the
 * beam, and `--samples` of the exact search alone. A table, and a picture of each instance in `build/bench/`.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import type {Algorithm, ProblemColumns} from '../bindings/index.ts';
import {type LineLayer, type Picture, renderSvg, tableOf} from '../bindings/pictures/index.ts';
import {inSeconds, median, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {filesOf, hasShared, nameOf, problemOf} from './sources.ts';

const ALGORITHMS = ['auto', 'exact'] as const satisfies readonly Algorithm[];
const NAMES = {auto: 'auto: with the beam', exact: 'the exact search alone'};
const SEEDS = 5;
/** Seconds of a run where none are named. */
const SECONDS = 60;
const INSTANCES = /^[DJ]$/;
const OUTPUT = new URL('../build/bench/', import.meta.url);
/** Where the axis of time begins, seconds. */
const FIRST = 0.05;

/** The plans of one run, each better than the one before. */
interface Run {
  readonly algorithm: (typeof ALGORITHMS)[number];
  readonly seed: number;
  readonly bound: number;
  readonly plans: readonly {readonly seconds: number; readonly peak: number}[];
  readonly isProven: boolean;
}

export async function benchRecords(options: BenchOptions): Promise<void> {
  if (!hasShared()) return console.log('records: ../shared/data is not there: left out\n');
  const files = filesOf('instances/minimalloc').filter(file => INSTANCES.test(nameOf(file)));
  for (const file of files.filter(each => options.only.test(nameOf(each))))
    await benchInstance(file, options);
}

async function benchInstance(file: string, options: BenchOptions): Promise<void> {
  const {capacity: _, ...problem} = await problemOf({file});
  const name = nameOf(file);
  const seconds = options.seconds ?? SECONDS;
  console.log(`records: ${name}, ${seconds} s on ${options.threads} threads, seeds ${options.seed} and on`);
  const runs: Run[] = [];
  for (const algorithm of ALGORITHMS) {
    const seeds = algorithm === 'auto' ? SEEDS : (options.samples ?? SEEDS);
    for (let seed = options.seed; seed < options.seed + seeds; seed++) {
      const run = await runOf(problem, algorithm, seed, seconds, options.threads);
      runs.push(run);
      console.error(`${algorithm}, seed ${seed}: ${run.plans.at(-1)?.peak} bytes`); // minutes pass until the table
    }
  }
  printRuns(runs);
  mkdirSync(OUTPUT, {recursive: true});
  const picture = new URL(`records-${name}.svg`, OUTPUT);
  writeFileSync(picture, renderSvg(pictureOf(name, runs, seconds, options.threads)));
  console.log(`picture: ${fileURLToPath(picture)}\n`);
}

/** One run in workers, which the built package alone has. */
async function runOf(
  problem: ProblemColumns,
  algorithm: Run['algorithm'],
  seed: number,
  seconds: number,
  threads: number,
): Promise<Run> {
  const built = (await import('../dist/index.js')) as unknown as typeof import('../bindings/index.ts');
  const planner = built.loadPlannerSync();
  const plans: {seconds: number; peak: number}[] = [];
  const began = performance.now();
  const {lowerBound, status} = await planner.planAsync(problem, {
    algorithm,
    seed,
    threads,
    timeLimitMs: seconds * 1000,
    onPlan: ({peak}) => {
      if (!(peak >= (plans.at(-1)?.peak ?? Number.POSITIVE_INFINITY)))
        plans.push({seconds: (performance.now() - began) / 1000, peak});
      return true;
    },
  });
  return {algorithm, seed, bound: lowerBound, plans, isProven: status === 'optimal'};
}

function printRuns(runs: readonly Run[]): void {
  const rows = runs.map(({algorithm, seed, bound, plans, isProven}) => {
    const last = plans.at(-1)!;
    const at = (limit: number) => plans.findLast(({seconds}) => seconds <= limit)?.peak ?? '–';
    return [
      algorithm,
      seed,
      at(1),
      at(5),
      at(20),
      last.peak,
      (last.peak / bound).toFixed(5),
      inSeconds(last.seconds),
      isProven ? 'optimal' : 'feasible',
    ];
  });
  printTable(
    ['algorithm', 'seed', 'at 1 s', 'at 5 s', 'at 20 s', 'peak', 'ratio', 'found at s', 'status'],
    rows,
  );
  for (const algorithm of ALGORITHMS) {
    const ratios = runs
      .filter(run => run.algorithm === algorithm)
      .map(({plans, bound}) => plans.at(-1)!.peak / bound);
    console.log(`${algorithm}: median ratio ${median(ratios).toFixed(5)}`);
  }
}

function pictureOf(name: string, runs: readonly Run[], seconds: number, threads: number): Picture {
  const above = (peak: number, bound: number) => (peak / bound - 1) * 100;
  const layers = runs.map(({algorithm, bound, plans}): LineLayer => {
    const shown = plans.map(plan => ({...plan, seconds: Math.max(plan.seconds, FIRST)}));
    const last = shown.at(-1)!;
    const points = [...shown, {...last, seconds: Math.max(seconds, last.seconds)}];
    return {
      kind: 'line',
      isStepped: true,
      x: Float64Array.from(points, point => point.seconds * 1e6),
      y: Float64Array.from(points, point => above(point.peak, bound)),
      series: ALGORITHMS.indexOf(algorithm),
    };
  });
  const most = Math.max(...layers.map(({y}) => y[0]!));
  return {
    name: `records-${name.toLowerCase()}`,
    title: `${name}: peak above the lower bound over time, a line for each seed, ${threads} threads`,
    description: `The peak of the best plan of ${name} over ${seconds} seconds, in percent above the lower bound: a line for each seed of the algorithm auto, and of the exact search alone.`,
    x: {label: 'time', unit: 'microseconds', scale: 'log', domain: [FIRST * 1e6, seconds * 1e6]},
    y: {label: 'above the bound', unit: 'percent', scale: 'linear', domain: [0, most * 1.05]},
    series: ALGORITHMS.map((algorithm, colour) => ({name: NAMES[algorithm], colour})),
    layers,
    notes: [],
    table: tableOf(
      [{name: 'algorithm'}, {name: 'seed', unit: 'count'}, {name: 'seconds'}, {name: 'peak', unit: 'bytes'}],
      runs.flatMap(({algorithm, seed, plans}) =>
        plans.map(plan => [algorithm, seed, plan.seconds.toFixed(2), plan.peak]),
      ),
    ),
  };
}

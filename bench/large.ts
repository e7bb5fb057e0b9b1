/**
 * Large problems that no heuristic solves: the median over seeds of what a search reaches in some seconds, and what a second
 * thread gains. Shared machines take turns with other work, so seconds of CPU stand beside those of the clock.
 */

import {compileCoreSync} from '../bindings/core/compile.ts';
import {Core} from '../bindings/core/core.ts';
import type {ProblemColumns} from '../bindings/index.ts';
import {Executor, type Task, type TaskResult} from '../bindings/planner/executor.ts';
import {liveOnly} from '../bindings/planner/live.ts';
import {Solve} from '../bindings/planner/solve.ts';
import {workerOf} from '../bindings/planner/worker-pool.ts';
import type {Result} from './child.ts';
import {type Mark, sharedLarge, syntheticLarge} from './marks.ts';
import {inSeconds, median, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {runJob} from './processes.ts';
import {hasShared, problemOf} from './sources.ts';

const SECONDS = 10;
const SEEDS = 5;

export async function benchLarge(options: BenchOptions): Promise<void> {
  const {seconds = SECONDS, samples: seeds = SEEDS, threads, seed, only, synthetic} = options;
  const marks = (hasShared() && !synthetic ? sharedLarge() : syntheticLarge(seed)).filter(({name}) =>
    only.test(name),
  );
  const from = Array.from({length: seeds}, (_, i) => seed + i);
  printQuality(marks, from, seconds, threads);
  await printGain(marks, from, seconds);
}

/** Each seed in a process of its own. */
function printQuality(
  marks: readonly Mark[],
  seeds: readonly number[],
  seconds: number,
  threads: number,
): void {
  console.log(`large: ratio after ${seconds} s on ${threads} thread${threads > 1 ? 's' : ''}, seeds ${seeds.join(', ')}
  ratio: median over the seeds (least, most); CPU s: median of the whole process up to its plan\n`);
  printTable(
    ['instance', 'n', 'ratio', 'least', 'most', 'proven', 'CPU s', 'million nodes'],
    marks.map(({name, source}) => {
      const results = seeds.map(seed => runJob({source, seconds, samples: 0, threads, seed}));
      const failed = results.find(result => 'failed' in result);
      if (failed) throw new Error(`${name}: ${(failed as {failed: string}).failed}`);
      return qualityRow(name, results as Result[]);
    }),
  );
}

function qualityRow(name: string, results: readonly Result[]): (string | number)[] {
  const ratios = results.map(({peak, lowerBound}) => peak / lowerBound);
  const proven = results.filter(({status}) => status === 'optimal');
  return [
    name,
    results[0]!.n,
    median(ratios).toFixed(7),
    Math.min(...ratios).toFixed(7),
    Math.max(...ratios).toFixed(7),
    `${proven.length} of ${results.length}`,
    inSeconds(median(results.map(({cpu}) => cpu))),
    (median(results.map(({nodes}) => nodes)) / 1e6).toFixed(0),
  ];
}

/**
 * Threads never change the plan: they run the same batches of tasks. So one run in this thread, which measures the CPU time of
 * each task, knows how long the batches take on one thread and on two, where nothing else is in the way.
 */
async function printGain(marks: readonly Mark[], seeds: readonly number[], seconds: number): Promise<void> {
  console.log(`large: seconds of CPU to the best peak that one thread reaches in ${seconds} s, on one thread and on two
  medians over the seeds; before: seconds of tasks that have nothing beside them\n`);
  const rows: (string | number)[][] = [];
  for (const {name, source} of marks) {
    const problem = await problemOf(source);
    const times = seeds.map(seed => timesToBest(problem, seed, seconds));
    rows.push([
      name,
      median(times.map(({ratio}) => ratio)).toFixed(7),
      ...[1, 2].map(threads => inSeconds(median(times.map(({on}) => on[threads]!)))),
      median(times.map(({on}) => on[1]! / on[2]!)).toFixed(2),
      inSeconds(median(times.map(({alone}) => alone))),
    ]);
  }
  printTable(['instance', 'ratio', 'one thread', 'two', 'gain', 'before'], rows);
}

interface TimesToBest {
  readonly ratio: number;
  /** Seconds by number of threads. */
  readonly on: readonly number[];
  /** Seconds of batches of a single task among them. */
  readonly alone: number;
}

function timesToBest(problem: ProblemColumns, seed: number, seconds: number): TimesToBest {
  const live = liveOnly(problem);
  return new Core(compileCoreSync()).withProblem(live.columns, undefined, core => {
    const executor = new Executor(core, live.columns);
    const solve = new Solve(live, undefined, {seed, timeLimitMs: 1e9, minimize: true});
    const run = solve.run();
    const on = [0, 0, 0];
    let alone = 0;
    let best: TimesToBest | undefined;
    let peak = Number.POSITIVE_INFINITY;
    for (let next = run.next(); !next.done && on[1]! < seconds; ) {
      const batch = next.value.map(task => timed(executor, task));
      const lengths = [1, 2].map(threads => longest(next.value as readonly Task[], batch, threads));
      for (const threads of [1, 2]) on[threads]! += lengths[threads - 1]!;
      if (batch.length === 1) alone += lengths[0]!;
      next = run.next(batch.map(({result}) => result));
      const plan = solve.result;
      if (plan === undefined || plan.peak === peak) continue;
      peak = plan.peak;
      best = {ratio: peak / plan.lowerBound, on: [...on], alone};
    }
    return best!;
  });
}

interface Timed {
  readonly result: TaskResult;
  readonly seconds: number;
}

function timed(executor: Executor, task: Task): Timed {
  const began = process.cpuUsage();
  const result = executor.run(task);
  const {user, system} = process.cpuUsage(began);
  return {result, seconds: (user + system) / 1e6};
}

/** Seconds of the worker that has most to do. */
function longest(tasks: readonly Task[], batch: readonly Timed[], threads: number): number {
  const busy: number[] = new Array(threads).fill(0);
  tasks.forEach((task, i) => {
    busy[workerOf(task) % threads]! += batch[i]!.seconds;
  });
  return Math.max(...busy);
}

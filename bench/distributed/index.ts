/** One hard problem on several machines: where it pays, and where not. */
import type {Planner} from '../../bindings/index.ts';
import {files, type Mark, seededMarks, sharedLarge} from '../marks.ts';
import {inSeconds, median, ms, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {hasShared, problemOf} from '../sources.ts';
import {type Chain, chainOf, MACHINES} from './chains.ts';
import {idleExchange, type Run, runOf, SETTINGS} from './runs.ts';
import {startQueue} from './workers.ts';

const SEEDS = 3;

export async function benchDistributed(options: BenchOptions): Promise<void> {
  const {seed, samples = SEEDS, only} = options;
  const marks = marksOf(options).filter(({name}) => only.test(name));
  const seeds = Array.from({length: samples}, (_, i) => seed + i);
  const {loadPlannerSync} = (await import(
    '../../dist/index.js'
  )) as unknown as typeof import('../../bindings/index.ts');
  const exchangeMs = await printRuns(loadPlannerSync(), marks, seeds);
  await printChains(marks, seeds, exchangeMs);
}

function marksOf({synthetic, seed}: BenchOptions): readonly Mark[] {
  if (synthetic || !hasShared())
    return [...seededMarks('graph', [1000, 20_000], seed), ...seededMarks('intervals', [30_000], seed)];
  const hard = files('minimalloc').filter(({name}) => /^[DJ]$/.test(name));
  return [...hard, ...sharedLarge().filter(({name}) => name !== 'S_1')];
}

/** @returns milliseconds of an exchange in which nothing is computed, by instance */
async function printRuns(
  planner: Planner,
  marks: readonly Mark[],
  seeds: readonly number[],
): Promise<ReadonlyMap<string, number>> {
  console.log(`distributed: the default budget of nodes by the clock, seeds ${seeds.join(', ')}; all processes on this machine
  medians over the seeds; exchange: milliseconds beside the computing of the worker, median; same: whether the plan is that of one
  thread, byte for byte\n`);
  const queue = await startQueue();
  const exchangeMs = new Map<string, number>();
  const rows: (string | number)[][] = [];
  try {
    await queue.workers(2);
    for (const {name, source} of marks) {
      const problem = await problemOf(source);
      exchangeMs.set(name, await idleExchange(planner, problem, queue));
      const first: Run[] = [];
      for (const setting of SETTINGS) {
        const runs: Run[] = [];
        for (const seed of seeds) runs.push(await runOf(planner, problem, seed, setting, queue));
        if (first.length === 0) first.push(...runs);
        rows.push([name, setting.name, ...rowOf(runs, first)]);
      }
    }
  } finally {
    await queue.close();
  }
  printTable(['instance', 'planned by', 's', 'ratio', 'same', 'exchanges', 'exchange ms', 'share'], rows);
  return exchangeMs;
}

function rowOf(runs: readonly Run[], first: readonly Run[]): (string | number)[] {
  const isSame = runs.every(({plan}, i) => {
    const {offsets, lowerBound} = first[i]!.plan;
    return plan.lowerBound === lowerBound && plan.offsets.every((offset, k) => offset === offsets[k]);
  });
  const exchangeMs = runs.flatMap(run => run.exchangeMs);
  const shares = runs.map(run => run.exchangeMs.reduce((sum, value) => sum + value, 0) / 1000 / run.seconds);
  const isElsewhere = exchangeMs.length > 0;
  return [
    inSeconds(median(runs.map(({seconds}) => seconds))),
    median(runs.map(({plan}) => plan.peak / plan.lowerBound)).toFixed(7),
    isSame ? 'yes' : 'no',
    median(runs.map(({exchanges}) => exchanges)),
    isElsewhere ? ms(median(exchangeMs)) : '–',
    isElsewhere ? `${(100 * median(shares)).toFixed(0)} %` : '–',
  ];
}

async function printChains(
  marks: readonly Mark[],
  seeds: readonly number[],
  exchangeMs: ReadonlyMap<string, number>,
): Promise<void> {
  console.log(`distributed: the longest chain of tasks, seconds of CPU, on ${MACHINES.join(', ')} machines, each with a core for it
  medians over the seeds; with exchanges: each batch waits for one, as long as one takes in which nothing is computed\n`);
  const rows: (string | number)[][] = [];
  for (const {name, source} of marks) {
    const problem = await problemOf(source);
    const chains = seeds.map(seed => chainOf(problem, seed));
    const exchange = exchangeMs.get(name) ?? 0;
    const alone = median(chains.map(({seconds}) => seconds[0]!));
    MACHINES.forEach((machines, k) => {
      rows.push([name, machines, ...chainRow(chains, k, exchange, alone)]);
    });
  }
  printTable(
    ['instance', 'machines', 'chain s', 'gain', 'exchanges', 'ms each', 'with exchanges s', 'gain', 'share'],
    rows,
  );
}

function chainRow(chains: readonly Chain[], k: number, exchange: number, alone: number): (string | number)[] {
  const chain = median(chains.map(({seconds}) => seconds[k]!));
  const exchanges = median(chains.map(chained => chained.exchanges[k]!));
  const waiting = (exchanges * exchange) / 1000;
  const whole = chain + waiting;
  return [
    inSeconds(chain),
    (alone / chain).toFixed(2),
    exchanges,
    ms(exchange),
    inSeconds(whole),
    (alone / whole).toFixed(2),
    `${((100 * waiting) / whole).toFixed(0)} %`,
  ];
}

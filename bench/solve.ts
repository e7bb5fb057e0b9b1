/** The marks: bound, peak, proof, time and memory of every instance, each in a process of its own. */
import type {Result} from './child.ts';
import {type Group, growthGroup, type Mark, sharedGroups, syntheticGroups} from './marks.ts';
import {geometricMean, inSeconds, median, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {idleMemory, runJob} from './processes.ts';
import {hasShared} from './sources.ts';

const HEAD = [
  'instance',
  'n',
  'lower bound',
  'peak',
  'ratio',
  'status',
  'nodes',
  'min s',
  'median s',
  'runs',
  'file s',
  'MB',
];

export async function benchSolve(options: BenchOptions): Promise<void> {
  const isShared = hasShared() && !options.synthetic;
  if (!isShared && !options.synthetic) console.log('../shared/data is not there: seeded instances instead');
  console.log(`solve: a process per instance, on ${options.threads} thread${options.threads > 1 ? 's' : ''}; limit: ${
    options.seconds === undefined ? 'the default budget of nodes' : `${options.seconds} s each`
  }
  min, median: seconds of the runs after the first; plans that take a second and more ran once
  file: seconds from the file, with nothing compiled yet, to the first verified plan
  MB: most resident memory up to then; Node and the TypeScript loader take ${megabytes(idleMemory())} of it\n`);
  const groups = isShared ? await sharedGroups(options.long) : syntheticGroups(options.seed);
  for (const group of [...groups, growthGroup(options.seed)]) printGroup(group, options);
}

/** A group's table, row by row, and its summary. */
function printGroup({title, marks}: Group, options: BenchOptions): void {
  const chosen = marks.filter(({name}) => options.only.test(name));
  if (chosen.length === 0) return;
  console.log(`solve: ${title}`);
  const results: Result[] = [];
  const failures: string[] = [];
  const rows = chosen.map(mark => {
    const result = runMark(mark, options);
    if ('failed' in result) {
      failures.push(`${mark.name}: ${result.failed}`);
      return HEAD.map(column => (column === 'instance' ? mark.name : column === 'status' ? 'failed' : ''));
    }
    results.push(result);
    return row(mark, result);
  });
  printTable(HEAD, rows);
  if (failures.length > 0) console.log(`${failures.join('\n')}\n`);
  if (results.length > 1) console.log(`${summary(results)}\n`);
}

function runMark(mark: Mark, {seconds, samples, threads, seed}: BenchOptions) {
  const limit = seconds ?? mark.seconds;
  return runJob({
    source: mark.source,
    ...(mark.capacity === undefined ? {} : {capacity: mark.capacity}),
    ...(limit === undefined ? {} : {seconds: limit}),
    ...(samples === undefined ? {} : {samples}),
    threads,
    seed,
  });
}

function row({name, source}: Mark, result: Result): (string | number)[] {
  return [
    name,
    result.n,
    result.lowerBound,
    result.peak,
    ratioOf(result).toFixed(5),
    result.status,
    result.nodes,
    inSeconds(result.min),
    inSeconds(result.median),
    result.samples,
    'file' in source ? inSeconds(result.whole) : '–',
    megabytes(result.resident),
  ];
}

const ratioOf = ({peak, lowerBound}: Result) => (lowerBound === 0 ? 1 : peak / lowerBound);

function summary(results: readonly Result[]): string {
  const times = results.map(({min}) => min);
  const proven = results.filter(({status}) => status === 'optimal');
  const within = results.filter(({status}) => status === 'optimal' || status === 'feasible');
  return [
    `${results.length} instances: ${proven.length} proven optimal, ${within.length} with a plan`,
    `ratio: geometric mean ${geometricMean(results.map(ratioOf)).toFixed(5)}, worst ${Math.max(...results.map(ratioOf)).toFixed(5)}`,
    `seconds, the least of each: total ${inSeconds(sum(times))}, of the proven ${inSeconds(sum(proven.map(({min}) => min)))}, median ${inSeconds(median(times))}`,
  ].join('\n');
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);

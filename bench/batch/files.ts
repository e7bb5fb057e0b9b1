/** `stowage batch` beside a shell loop over `stowage report --json`: the same files, in turns. */
import {mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, statSync} from 'node:fs';
import {join} from 'node:path';
import type {Run} from '../../bindings/ranks/run.ts';
import {type RunShape, type SimulatedRank, writeRanks} from '../../tools/simulate/ranks.ts';
import {inSeconds, median, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {MAIN} from './command.ts';
import {checkOutliers} from './outliers.ts';
import {runTree, type TreeRun} from './tree.ts';

const SHAPE = {groups: 8, outliers: 3};
/** As many as minutes allow: five a group, so that one of them is an exception. */
const [RANKS, MEGABYTES] = [40, 14];
const LONG = 1000;
/** For a look. */
const QUICK = {ranks: 15, groups: 3, megabytes: 0};
/** Of the run of 1,000 ranks that is always affordable. */
const SMALL = 0.1;
const MB = 1e6;

interface Way {
  readonly name: string;
  readonly run: (files: string, out: string) => Promise<TreeRun>;
}

const batch = (jobs: number): Way => ({
  name: `stowage batch --jobs ${jobs}`,
  run: (files, out) =>
    runTree(process.execPath, [MAIN, 'batch', files, '--out', out, '--jobs', String(jobs)]),
});

const LOOP: Way = {
  name: 'shell loop: report --json',
  run(files, out) {
    mkdirSync(out);
    const line =
      'for f in "$1"/*; do "$2" "$3" report "$f" --json > "$4/$(basename "$f").json" || exit; done';
    return runTree('sh', ['-c', line, 'sh', files, process.execPath, MAIN, out]);
  },
};

export async function benchFiles(
  {samples = 1, seed, long, quick}: BenchOptions,
  folder: string,
): Promise<void> {
  const own = {...SHAPE, seed, ranks: long ? LONG : RANKS, megabytes: MEGABYTES};
  const shape = quick ? {...own, ...QUICK} : own;
  const ranks = writeAll(join(folder, 'recordings'), shape);
  await compareWays(ranks, join(folder, 'recordings'), folder, samples);
  rmSync(join(folder, 'recordings'), {recursive: true});
  if (quick || long) return;
  const many = {...SHAPE, seed, ranks: LONG, megabytes: SMALL};
  await compareWays(writeAll(join(folder, 'many'), many), join(folder, 'many'), folder, samples, [batch(2)]);
  rmSync(join(folder, 'many'), {recursive: true});
}

/** @throws Error where the disk has no room for them */
function writeAll(files: string, shape: RunShape): SimulatedRank[] {
  mkdirSync(files);
  const {bavail, bsize} = statfsSync(files);
  const needed = shape.ranks * shape.megabytes * MB * 1.5;
  if (bavail * bsize < needed) {
    throw new Error(`${files}: expected ${Math.ceil(needed / MB)} MB free for the recordings`);
  }
  return writeRanks(files, shape);
}

async function compareWays(
  ranks: readonly SimulatedRank[],
  files: string,
  folder: string,
  rounds: number,
  ways: readonly Way[] = [LOOP, batch(1), batch(2)],
): Promise<void> {
  const runs: TreeRun[][] = ways.map(() => []);
  const again: TreeRun[] = [];
  const out = join(folder, 'out');
  let found = '';
  for (let round = 0; round < rounds; round++) {
    for (const [i, way] of ways.entries()) {
      rmSync(out, {recursive: true, force: true});
      runs[i]!.push(await way.run(files, out));
      if (way === LOOP) continue;
      if (i === ways.length - 1) again.push(await way.run(files, out));
      found = await judged(out, ranks, join(folder, 'run.json'));
    }
  }
  rmSync(out, {recursive: true, force: true});
  printRows(files, [...ways, {name: `${ways.at(-1)!.name}, again`}], [...runs, again], rounds);
  console.log(`merge: ${found}\n`);
}

/** Counts results and outliers. @throws Error where one is missing */
async function judged(out: string, ranks: readonly SimulatedRank[], json: string): Promise<string> {
  const results = readdirSync(join(out, 'results')).length;
  if (results !== ranks.length) throw new Error(`${out}: ${results} results of ${ranks.length} files`);
  await runTree(process.execPath, [MAIN, 'merge', out, '-o', json]);
  const {planted, found, others, groups} = checkOutliers(
    JSON.parse(readFileSync(json, 'utf8')) as Run,
    ranks,
  );
  return `${results} results, ${groups} groups, ${found} of ${planted} planted outliers found, ${others} others named`;
}

function printRows(
  files: string,
  ways: readonly Pick<Way, 'name'>[],
  all: readonly (readonly TreeRun[])[],
  rounds: number,
): void {
  const names = readdirSync(files);
  const bytes = names.reduce((sum, name) => sum + statSync(join(files, name)).size, 0);
  const most = Math.max(...names.map(name => statSync(join(files, name)).size));
  console.log(
    `batch: ${names.length} files of ${(bytes / names.length / MB).toFixed(1)} MB on average, ${(most / MB).toFixed(1)} at most, ` +
      `${rounds} round(s) in turns; memory: Σ resident of all processes`,
  );
  const middles = all.map(runs => median(runs.map(({seconds}) => seconds)));
  const head = [
    'way',
    'seconds: min',
    'median',
    'files/s',
    'faster',
    'processor',
    'MB resident',
    'processes',
  ];
  const rows = all.map((runs, i) => [
    ways[i]!.name,
    inSeconds(Math.min(...runs.map(({seconds}) => seconds))),
    inSeconds(middles[i]!),
    (names.length / middles[i]!).toPrecision(3),
    (middles[0]! / middles[i]!).toFixed(2),
    inSeconds(Math.min(...runs.map(({processor}) => processor))),
    Math.round(Math.max(...runs.map(({resident}) => resident)) / MB),
    Math.max(...runs.map(({processes}) => processes)),
  ]);
  printTable(head, rows);
}

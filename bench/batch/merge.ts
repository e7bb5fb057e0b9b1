/** `stowage merge` of the results of 4,096 ranks. */
import {readdirSync, readFileSync, rmSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import type {BatchFile, BatchResult} from '../../bindings/ranks/result.ts';
import type {Run} from '../../bindings/ranks/run.ts';
import {type RunShape, ranksOf, type SimulatedRank, writeRanks} from '../../tools/simulate/ranks.ts';
import {inSeconds, median, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {MAIN} from './command.ts';
import {checkOutliers} from './outliers.ts';
import {runTree, type TreeRun} from './tree.ts';
import {writeVaried} from './varied.ts';

const SAMPLES = 5;
const RESULTS = 4096;
const GOAL = 5;
/** Results of these are varied: five of each stage, an outlier of each kind. */
const REAL = {ranks: 40, groups: 8, outliers: 3, megabytes: 1};
const FORMS = ['json', 'csv', 'html'] as const;
const MB = 1e6;

export async function benchMerge(
  {samples = SAMPLES, seed, quick}: BenchOptions,
  folder: string,
): Promise<void> {
  const shape = {...REAL, seed, ...(quick ? {ranks: 15, groups: 3, megabytes: 0} : {})};
  const results = await realResults(shape, folder);
  const ranks = ranksOf({...shape, ranks: quick ? 30 : RESULTS});
  const varied = join(folder, 'varied');
  await writeVaried(varied, ranks, seed, rank => {
    const own = results.find(one => one.rank.pp === rank.pp && one.rank.fault === rank.fault);
    if (!own) throw new Error(`no result of stage ${rank.pp} with ${rank.fault ?? 'nothing wrong'}`);
    return own.result;
  });
  const rows: (string | number)[][] = [];
  for (const form of FORMS) rows.push(await mergedRow(varied, join(folder, `run.${form}`), samples));
  const run = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as Run;
  const {planted, found, others, groups} = checkOutliers(run, ranks);
  if (run.ranks.length !== ranks.length)
    throw new Error(`${run.ranks.length} ranks of ${ranks.length} merged`);
  console.log(
    `merge: ${ranks.length} results (${results.length} real ones of ${shape.megabytes} MB, varied), ${groups} groups, ` +
      `${found} of ${planted} planted outliers found, ${others} others named`,
  );
  printTable(['output', 'seconds: min', 'median', 'processor', 'MB resident', 'output MB', 'goal'], rows);
  rmSync(varied, {recursive: true});
}

async function mergedRow(folder: string, output: string, samples: number): Promise<(string | number)[]> {
  const runs: TreeRun[] = [];
  for (let i = 0; i < samples; i++) {
    runs.push(await runTree(process.execPath, [MAIN, 'merge', folder, '-o', output]));
  }
  const middle = median(runs.map(({seconds}) => seconds));
  return [
    output.slice(output.lastIndexOf('.')),
    inSeconds(Math.min(...runs.map(({seconds}) => seconds))),
    inSeconds(middle),
    inSeconds(Math.min(...runs.map(({processor}) => processor))),
    Math.round(Math.max(...runs.map(({resident}) => resident)) / MB),
    (statSync(output).size / MB).toFixed(1),
    `< ${GOAL} s: ${middle < GOAL ? 'yes' : 'no'}`,
  ];
}

async function realResults(
  shape: RunShape,
  folder: string,
): Promise<{readonly rank: SimulatedRank; readonly result: BatchResult}[]> {
  const [files, out] = [join(folder, 'few'), join(folder, 'few-results')];
  const ranks = new Map(writeRanks(files, shape).map(rank => [rank.name, rank]));
  await runTree(process.execPath, [MAIN, 'batch', files, '--out', out, '--jobs', '2']);
  return readdirSync(join(out, 'files')).map(name => {
    const file = JSON.parse(readFileSync(join(out, 'files', name), 'utf8')) as BatchFile;
    const result = JSON.parse(readFileSync(join(out, 'results', `${file.key}.json`), 'utf8')) as BatchResult;
    return {rank: ranks.get(basename(file.name))!, result};
  });
}

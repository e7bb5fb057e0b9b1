/** From a file to the problem of a step: of the last iteration, and of all iterations of all devices. */
import {execFileSync} from 'node:child_process';
import {existsSync, statSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {ms, printTable} from './measure.ts';

const CHILD = fileURLToPath(new URL('import-step-child.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SHARED = new URL('../../shared/data/traces/', import.meta.url);
/** The largest snapshot and the largest Chrome trace of the collection. */
const LARGEST = ['cuda-snapshots/lm_train_step.pickle', 'kineto-gpu/v100x2_nccl_training.json.gz'];
/** Processes per file and package, in turns; in each a warm-up and the timed runs. */
const PROCESSES = 5;
const TIMED = 2;

/** Milliseconds of the processor. */
interface Sample {
  readonly read: number;
  readonly last: number;
  readonly all: number;
}

interface Package {
  readonly name: string;
  readonly root: string;
}

/** Name and path of a file. */
export type BenchFile = readonly [name: string, path: string];

/** @param against root of another built package, measured in turns with this one. */
export function benchSteps(files: readonly BenchFile[], against: string | undefined): void {
  console.log(
    `steps: problems of traces, warm, processor ms of ${PROCESSES * TIMED} samples each: min, median`,
  );
  const shared = LARGEST.map((name): BenchFile => [name, fileURLToPath(new URL(name, SHARED))]);
  const packages: Package[] = [
    {name: 'this', root: ROOT},
    ...(against === undefined ? [] : [{name: against, root: against}]),
  ];
  const rows = [...shared.filter(([, path]) => existsSync(path)), ...files].flatMap(file =>
    rowsOf(file, packages),
  );
  printTable(['file', 'MB', 'package', 'read ms', '', 'last step ms', '', 'all steps ms', '', 'steps'], rows);
}

function rowsOf([name, path]: BenchFile, packages: readonly Package[]): (string | number)[][] {
  const samples = packages.map((): Sample[] => []);
  const steps = packages.map(() => 0);
  for (let turn = 0; turn < PROCESSES; turn++) {
    for (const [index, {root}] of packages.entries()) {
      const child = runChild(path, root);
      samples[index]!.push(...child.samples.slice(1));
      steps[index] = child.steps;
    }
  }
  const megabytes = (statSync(path).size / 1e6).toFixed(1);
  return packages.map((one, index) => [
    name,
    megabytes,
    one.name,
    ...(['read', 'last', 'all'] as const).flatMap(part => minAndMedian(samples[index]!, part)),
    steps[index]!,
  ]);
}

function runChild(path: string, root: string): {readonly samples: Sample[]; readonly steps: number} {
  const output = execFileSync(process.execPath, [CHILD, path, root, String(1 + TIMED)], {encoding: 'utf8'});
  return JSON.parse(output) as {samples: Sample[]; steps: number};
}

function minAndMedian(samples: readonly Sample[], part: keyof Sample): string[] {
  const rising = samples.map(sample => sample[part]).sort((a, b) => a - b);
  return [ms(rising[0]!), ms(rising[rising.length >> 1]!)];
}

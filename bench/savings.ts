/** Memory today against planned: bytes that allocators reserve for the step of every recording, and bytes of a plan. */
import {createReadStream, existsSync, readdirSync} from 'node:fs';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describeAllocator} from '../bindings/allocators/index.ts';
import {loadPlannerSync, type Planner} from '../bindings/index.ts';
import {chooseDevice, ImportError, type ImportedTrace, importFile, stepProblem} from '../bindings/trace.ts';
import {benchBatches} from './batches.ts';
import {printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {bestSettings, partsOf, planStep, requestsOfStep, roundStep, type Steady, steadyOf} from './steady.ts';

const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));
const TRACES = fileURLToPath(new URL('../../shared/data/traces/', import.meta.url));

const HEAD = [
  'recording',
  'format',
  'step',
  'buffers',
  'old pool',
  'pool',
  'caching',
  'best set',
  'settings',
  'bound',
  'planned',
  'proven',
  '% of old',
  '% of pool',
  '% of caching',
  '% of best',
];

const NOTE = `  MiB; one step served 8 times over by models of allocators, and what is reserved in the last of them
  old pool: Chainer's up to 2017, by exact size; pool: CuPy's and Chainer's since; caching: PyTorch's for CUDA, as it is set by default, and set best
  bound, planned: 512 bytes to a block and streams apart, as for the allocators; persistent blocks left out on both sides
  %: saved by the plan. A step that does not repeat is served once, from an empty allocator: no steady state`;

/** One recording's line, and its figures for the summary; bytes. */
interface Line {
  readonly cells: readonly (string | number)[];
  readonly isTraining: boolean;
  readonly ofOld: number;
  readonly ofPool: number;
  readonly ofCaching: number;
  readonly ofBest: number;
}

export async function benchSavings({only}: BenchOptions): Promise<void> {
  const began = performance.now();
  console.log('savings: memory today against planned, by recording');
  if (!existsSync(TRACES)) console.log('  ../shared/data is not there: the recordings of examples/ alone');
  console.log(NOTE);
  const planner = loadPlannerSync();
  const lines: Line[] = [];
  const recorded: string[][] = [];
  const without: string[] = [];
  for (const file of recordings().filter(one => only.test(one))) {
    const imported = await read(file);
    if (typeof imported === 'string') {
      without.push(`${nameOf(file)}: ${imported}`);
      continue;
    }
    lines.push(lineOf(planner, nameOf(file), imported));
    const known = recordedLine(planner, nameOf(file), imported);
    if (known) recorded.push(known);
  }
  if (lines.length > 0)
    printTable(
      HEAD,
      lines.map(({cells}) => cells),
    );
  if (without.length > 0) console.log(`left out: ${without.join('; ')}\n`);
  printRecorded(recorded);
  printSummary(lines);
  await benchBatches(only);
  console.log(`${((performance.now() - began) / 1000).toFixed(1)} s in all\n`);
}

/** A trace, or why there is none. */
async function read(file: string): Promise<ImportedTrace | string> {
  try {
    const imported = await importFile({name: basename(file), data: createReadStream(file)});
    return imported.kind === 'trace' ? imported : 'no trace';
  } catch (error) {
    if (error instanceof ImportError) return error.message;
    throw error;
  }
}

/** Every trace of the collection, and those of the examples that it does not have. */
function recordings(): string[] {
  const shared = existsSync(TRACES)
    ? readdirSync(TRACES)
        .sort()
        .flatMap(folder => tracesIn(join(TRACES, folder)))
    : [];
  const names = new Set(shared.map(file => basename(file)));
  return [...shared, ...tracesIn(EXAMPLES).filter(file => !names.has(basename(file)))];
}

function tracesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter(name => /\.(pickle|json\.gz|log\.gz|txt\.gz|zst|mtrace|ltrace)$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

const nameOf = (file: string): string => basename(file).replace(/\.(gz|zst)$/, '');

function lineOf(planner: Planner, name: string, {trace, format}: ImportedTrace): Line {
  const step = roundStep(stepProblem(trace));
  const parts = partsOf(step);
  const requests = requestsOfStep(step, parts);
  const old = steadyOf(requests, 'chainer-1');
  const pool = steadyOf(requests, 'cupy');
  const caching = steadyOf(requests, 'pytorch-cuda');
  const best = bestSettings(requests);
  const {lowerBound, peak, isProven} = planStep(planner, step);
  const least = Math.min(best.most.reserved, caching.reserved);
  const isCyclic = step.lifetimes === 'cyclic';
  const shown = ({reserved, isSteady}: Steady): string =>
    `${mebibytes(reserved)}${isCyclic && !isSteady ? ' and rising' : ''}`;
  const saved = (reserved: number): number => 1 - peak / reserved;
  const settings = best.most.reserved < caching.reserved ? describeAllocator(best.choice).slice(13) : '–';
  return {
    isTraining: isCyclic && /^(kineto|singa|cuda-snapshot)$/.test(format) && !/inference/.test(name),
    ofOld: saved(old.reserved),
    ofPool: saved(pool.reserved),
    ofCaching: saved(caching.reserved),
    ofBest: saved(least),
    cells: [
      name,
      format,
      isCyclic ? `iteration ${step.iteration}` : `${step.iteration}, once`,
      step.problem.count,
      shown(old),
      shown(pool),
      shown(caching),
      mebibytes(least),
      settings,
      mebibytes(lowerBound),
      mebibytes(peak),
      isProven ? 'yes' : 'no',
      ...[old.reserved, pool.reserved, caching.reserved, least].map(reserved => percent(saved(reserved))),
    ],
  };
}

/** The reserved bytes, where recorded: all of them, persistent blocks too. */
function recordedLine(planner: Planner, name: string, {trace}: ImportedTrace): string[] | undefined {
  const device = trace.devices.length > 0 ? chooseDevice(trace) : -1;
  const reserved = trace.cuda?.devices[device]?.reserved;
  if (!reserved || reserved.most === 0) return undefined;
  // what was reserved over the whole recording is measured against a plan of all of it
  const whole = stepProblem(trace, {iteration: 'window'});
  const step = roundStep(whole);
  const {peak, lowerBound, isProven} = planStep(planner, step);
  const persistent = whole.persistentAligned;
  const needed = persistent + peak;
  return [
    name,
    mebibytes(reserved.most),
    mebibytes(persistent),
    mebibytes(lowerBound),
    mebibytes(peak),
    isProven ? 'yes' : 'no',
    mebibytes(reserved.most - needed),
    percent(1 - needed / reserved.most),
  ];
}

function printRecorded(rows: readonly (readonly string[])[]): void {
  if (rows.length === 0) return;
  console.log(
    'savings: where the recording knows what was reserved, with what is persistent on both sides; MiB',
  );
  printTable(
    ['recording', 'reserved', 'persistent', 'bound', 'planned', 'proven', 'recoverable', '%'],
    [...rows],
  );
}

function printSummary(lines: readonly Line[]): void {
  const training = lines.filter(({isTraining}) => isTraining);
  const range = (of: (line: Line) => number): string => {
    const values = training.map(of);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return `${percent(Math.min(...values))} to ${percent(Math.max(...values))} %, ${percent(mean)} % on average`;
  };
  if (training.length === 0) return;
  console.log(`training steps that repeat, ${training.length} of them: saved of the old pool ${range(line => line.ofOld)};
of the pool ${range(line => line.ofPool)};
of the caching allocator ${range(line => line.ofCaching)}; with its best settings ${range(line => line.ofBest)}
The paper says up to 49.5 % of the memory that Chainer takes, on a GPU; platforms, networks and batch sizes differ.\n`);
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(bytes < 2 ** 20 ? 3 : 1);
const percent = (part: number): string => (100 * part).toFixed(1);

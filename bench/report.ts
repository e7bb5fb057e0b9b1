/** Inspecting and reporting: the whole command in a process of its own, from the file to the page, and its memory. */
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, openSync, rmSync, statSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {inSeconds, median, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {hasShared} from './sources.ts';
import {type TrainingLog, trainingLog} from './training-log.ts';

const COMMAND = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const SHARED = fileURLToPath(new URL('../../shared/data/traces/', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../examples/resnet50.training.json.gz', import.meta.url));
const RUNS = 5;

/** A recording to be reported, and the goal for its seconds. */
interface Recording {
  readonly name: string;
  readonly file: string;
  readonly goal: string;
}

const MARKS: readonly (TrainingLog & {readonly name: string; readonly goal: string})[] = [
  {name: 'training, 25,000 events', iterations: 5, events: 5000, seed: 0, goal: 'each < 1 s'},
  {name: 'training, 1,000,000 events', iterations: 40, events: 25_000, seed: 0, goal: 'each < 10 s'},
  {name: 'one iteration of 1,000,000', iterations: 1, events: 1_000_000, seed: 0, goal: ''},
];

const REAL = [
  'singa/vgg_read_write.txt.gz',
  'cuda-snapshots/lm_train_step.pickle',
  'kineto-gpu/v100x2_nccl_training.json.gz',
  'pytorch-cpu/gpt2_small.training.json.gz',
];

export async function benchReport({only, samples = RUNS, seed, synthetic}: BenchOptions): Promise<void> {
  if (!existsSync(COMMAND)) throw new Error('dist/ is missing: run `npm run build` first');
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  try {
    const made = MARKS.filter(({name}) => only.test(name)).map(mark => ({
      ...mark,
      file: writeLog(folder, mark, seed),
    }));
    const real = synthetic || !hasShared() ? [] : REAL.map(path => join(SHARED, path));
    const files = [EXAMPLE, ...real].map(file => ({name: basename(file), file, goal: ''}));
    const rows: (string | number)[][] = [];
    for (const recording of [...made, ...files.filter(({name}) => only.test(name))])
      rows.push(await measured(recording, folder, samples));
    console.log(
      'report: whole processes of the built command, from the file to the output; seconds and peak memory',
    );
    const head = [
      'recording',
      'MB',
      'inspect: min',
      'median',
      'processor',
      'MB resident',
      'report: min',
      'median',
      'processor',
      'MB resident',
      'page MB',
      'goal',
    ];
    printTable(head, rows);
  } finally {
    rmSync(folder, {recursive: true});
  }
}

function writeLog(folder: string, log: (typeof MARKS)[number], seed: number): string {
  const path = join(folder, `${log.name.replace(/\W+/g, '-')}.jsonl`);
  const file = openSync(path, 'w');
  let text = '';
  for (const line of trainingLog({...log, seed})) {
    text += line;
    if (text.length < 1 << 20) continue;
    writeSync(file, text);
    text = '';
  }
  writeSync(file, text);
  return path;
}

async function measured(
  {name, file, goal}: Recording,
  folder: string,
  samples: number,
): Promise<(string | number)[]> {
  const page = join(folder, 'report.html');
  const inspected = await repeated(['inspect', file], samples);
  const reported = await repeated(['report', file, '-o', page], samples);
  const columns = (runs: readonly Run[]) => [
    inSeconds(Math.min(...runs.map(({seconds}) => seconds))),
    inSeconds(median(runs.map(({seconds}) => seconds))),
    inSeconds(Math.min(...runs.map(({processor}) => processor))),
    (median(runs.map(({resident}) => resident)) / 1e6).toFixed(0),
  ];
  return [
    name,
    (statSync(file).size / 1e6).toFixed(1),
    ...columns(inspected),
    ...columns(reported),
    (statSync(page).size / 1e6).toFixed(2),
    goal,
  ];
}

interface Run {
  readonly seconds: number;
  /** Seconds of processor time, all threads together. */
  readonly processor: number;
  /** Bytes, at most. */
  readonly resident: number;
}

/** A run to warm the disk's cache, then those that count. */
async function repeated(args: readonly string[], samples: number): Promise<Run[]> {
  const runs: Run[] = [];
  for (let i = 0; i <= samples; i++) runs.push(await run(args));
  return runs.slice(1);
}

/** Writes the usage to a pipe of its own as the process ends. */
const TELL_USAGE =
  'data:text/javascript,import{writeSync}from"node:fs";import{isMainThread}from"node:worker_threads";if(isMainThread)process.on("exit",()=>writeSync(3,JSON.stringify(process.resourceUsage())))';

function run(args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, ['--import', TELL_USAGE, COMMAND, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    let [said, told] = ['', ''];
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.stdio[3]!.on('data', (bytes: Buffer) => {
      told += bytes.toString();
    });
    child.once('error', reject);
    child.once('close', code => {
      const seconds = (performance.now() - began) / 1000;
      if (code === 0) resolve({seconds, ...usageOf(told)});
      else reject(new Error(`${args.join(' ')}: exit code ${code}: ${said.trim().slice(-300)}`));
    });
  });
}

function usageOf(told: string): Pick<Run, 'processor' | 'resident'> {
  const {userCPUTime, systemCPUTime, maxRSS} = JSON.parse(told) as NodeJS.ResourceUsage;
  return {processor: (userCPUTime + systemCPUTime) / 1e6, resident: maxRSS * 1024};
}

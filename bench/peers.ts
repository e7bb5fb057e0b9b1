/** Other solvers beside ours: the same instances, one after the other, in turns, every plan checked by our `verify`. */
import {createWriteStream, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {loadPlannerSync, type Planner, type ProblemColumns} from '../bindings/index.ts';
import {writeCsv} from '../bindings/trace.ts';
import {answerIn} from './answers.ts';
import {checkCommand, fill, quoted, runCommand} from './command.ts';
import {type Mark, suiteMarks} from './marks.ts';
import {geometricMean, inSeconds, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {problemOf} from './sources.ts';

interface Solver {
  readonly name: string;
  readonly command: string;
}

/** One solver on one instance. */
export interface Score {
  readonly solver: string;
  /** The least of its runs, seconds; NaN where one failed. */
  readonly seconds: number;
  /** The smallest of its peaks, bytes; NaN where one failed. */
  readonly peak: number;
  readonly failed?: string;
}

/** An instance on the disk, and its task. */
interface Task {
  readonly name: string;
  readonly problem: ProblemColumns;
  readonly file: string;
  readonly capacity?: number;
}

const OURS = 'stowage';
const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** Rounds, each begun by another solver; seconds for an instance; seconds after which a solver is killed. */
const ROUNDS = 3;
const SECONDS = 60;
const patience = (seconds: number) => 1.1 * seconds + 1;
/** `{capacity}` for an instance without one: more than any instance needs. */
const NO_CAPACITY = Number.MAX_SAFE_INTEGER;

/** @throws Error for a peer that is not `NAME=COMMAND`, no peer at all, or where our own command line is not built. */
export function checkPeers(options: BenchOptions): void {
  options.peers.forEach(peerOf);
  if (options.peers.length === 0) throw new Error('peers: name a solver with --peer');
  if (!existsSync(MAIN)) throw new Error('dist/cli/main.js is missing: run `npm run build` first');
}

export async function benchPeers(options: BenchOptions): Promise<void> {
  const peers = options.peers.map(peerOf);
  const marks = suiteMarks(options);
  const {seconds = SECONDS, samples = ROUNDS, threads} = options;
  console.log(`peers: the least of ${samples} runs in turns, ${seconds} s each, on ${threads} thread${threads > 1 ? 's' : ''}
  seconds are of whole processes, from their start to their end, with reading and writing, ours too
  a capacity is asked for; where there is none we minimise, and a peer gets ${NO_CAPACITY}
  the start of ours alone takes ${inSeconds(await startUp())} s\n`);
  const planner = loadPlannerSync();
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  const rows: (string | number)[][] = [];
  const scores: Score[][] = [];
  try {
    for (const mark of marks) {
      const task = await taskOf(mark, options, folder);
      const solvers = [{name: OURS, command: ownCommand(task, options)}, ...peers];
      const bound = planner.lowerBound(task.problem);
      const found = await compare(task, solvers, {...options, seconds, samples}, planner);
      scores.push(found);
      rows.push(...found.map(score => row(task, bound, score, found[0]!)));
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
  printTable(
    ['instance', 'n', 'solver', 'seconds', 'peak', 'peak ÷ bound', 'time ÷ ours', 'peak ÷ ours', 'failed'],
    rows,
  );
  for (const {name} of peers) console.log(summary(name, scores));
  console.log();
}

function peerOf(text: string): Solver {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined)
    throw new Error(`--peer: expected NAME=COMMAND, got ${text}`);
  checkCommand(command);
  return {name, command};
}

/** Least seconds of a process of ours that plans nothing. */
async function startUp(): Promise<number> {
  const runs: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    runs.push((await runCommand(`${quoted(process.execPath)} ${quoted(MAIN)} --version`, SECONDS)).seconds);
  }
  return Math.min(...runs);
}

function ownCommand({capacity}: Task, {seed}: BenchOptions): string {
  const limit = capacity === undefined ? '' : '--capacity {capacity}';
  const node = `${quoted(process.execPath)} ${quoted(MAIN)}`;
  return `${node} plan {in} -o {out} ${limit} --time-limit {seconds}s --threads {threads} --seed ${seed}`;
}

async function taskOf(
  {name, source, capacity: own}: Mark,
  options: BenchOptions,
  folder: string,
): Promise<Task> {
  const {capacity: _, ...problem} = await problemOf(source);
  const file = join(folder, 'in.csv');
  await pipeline(Readable.from(writeCsv(problem)), createWriteStream(file));
  const capacity = options.capacity ?? own;
  return {name, problem, file, ...(capacity === undefined ? {} : {capacity})};
}

/** Every solver once per round, another one first in each; a solver that failed does not run again. */
async function compare(
  task: Task,
  solvers: readonly Solver[],
  {seconds, samples, threads}: BenchOptions & {readonly seconds: number; readonly samples: number},
  planner: Planner,
): Promise<Score[]> {
  const scores: Score[] = solvers.map(({name}) => ({
    solver: name,
    seconds: Number.POSITIVE_INFINITY,
    peak: Number.POSITIVE_INFINITY,
  }));
  for (let round = 0; round < samples; round++) {
    for (let turn = 0; turn < solvers.length; turn++) {
      const k = (round + turn) % solvers.length;
      const score = scores[k]!;
      if (score.failed !== undefined) continue;
      const run = await runOnce(task, solvers[k]!, seconds, threads, planner);
      scores[k] =
        run.failed === undefined
          ? {
              ...score,
              seconds: Math.min(score.seconds, run.seconds),
              peak: Math.min(score.peak, run.peak),
            }
          : run;
    }
  }
  return scores;
}

async function runOnce(
  {problem, file, capacity}: Task,
  {name, command}: Solver,
  seconds: number,
  threads: number,
  planner: Planner,
): Promise<Score> {
  const out = `${file}.out.csv`;
  rmSync(out, {recursive: true, force: true});
  const line = fill(command, {in: file, out, capacity: capacity ?? NO_CAPACITY, seconds, threads});
  const ran = await runCommand(line, patience(seconds));
  const answer =
    ran.failed === undefined ? await answerIn(out, problem, planner, capacity) : {failed: ran.failed};
  if ('failed' in answer) return {solver: name, seconds: Number.NaN, peak: Number.NaN, failed: answer.failed};
  return {solver: name, seconds: ran.seconds, peak: answer.peak};
}

function row(task: Task, bound: number, score: Score, ours: Score): (string | number)[] {
  const start = [task.name, task.problem.count, score.solver];
  if (score.failed !== undefined) return [...start, '', '', '', '', '', score.failed];
  const isCompared = ours.failed === undefined;
  return [
    ...start,
    inSeconds(score.seconds),
    score.peak,
    (score.peak / bound).toFixed(5),
    isCompared ? (score.seconds / ours.seconds).toFixed(2) : '',
    isCompared ? (score.peak / ours.peak).toFixed(5) : '',
    '',
  ];
}

/** Where both have a valid plan: geometric means of the peer's figures over ours. */
function summary(peer: string, scores: readonly (readonly Score[])[]): string {
  const pairs = scores.map(found => [found[0]!, found.find(({solver}) => solver === peer)!] as const);
  const both = pairs.filter(([ours, theirs]) => ours.failed === undefined && theirs.failed === undefined);
  const count = (which: 0 | 1) => pairs.filter(pair => pair[which].failed !== undefined).length;
  const failed = `failed: ${peer} on ${count(1)}, ${OURS} on ${count(0)} of ${pairs.length}`;
  if (both.length === 0) return `${peer} ÷ ${OURS}: no instance with plans of both; ${failed}`;
  const time = geometricMean(both.map(([ours, theirs]) => theirs.seconds / ours.seconds));
  const peak = geometricMean(both.map(([ours, theirs]) => theirs.peak / ours.peak));
  return `${peer} ÷ ${OURS}, geometric means of ${both.length}: time ${time.toFixed(2)}, peak ${peak.toFixed(5)}; ${failed}`;
}

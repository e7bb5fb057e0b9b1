/** What a user waits for: whole processes of the built command line, cold, in turns. */
import {spawnSync} from 'node:child_process';
import {createWriteStream, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {fileURLToPath} from 'node:url';
import {writeCsv} from '../bindings/trace.ts';
import {ms, printTable} from './measure.ts';
import type {BenchOptions} from './options.ts';
import {type PeerGroup, peerGroups, plainProblem} from './peers/tasks.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 7;

/** One process, milliseconds; of a plan, what its JSON says of solving and of starting threads. */
interface Run {
  readonly wall: number;
  readonly solve: number;
  readonly start: number;
}

/** `--against` measures another checkout, built, in the same turns; `--only` chooses groups and instances as for `peers`. */
export async function benchStart(options: BenchOptions): Promise<void> {
  const {samples = ROUNDS, threads, against} = options;
  const mains = [ROOT, ...(against === undefined ? [] : [against])].map(root =>
    join(root, 'dist/cli/main.js'),
  );
  const missing = mains.find(main => !existsSync(main));
  if (missing !== undefined) throw new Error(`${missing} is missing: run \`npm run build\` there`);
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  try {
    console.log(
      `start: ${samples} rounds in turns, minimum and median, milliseconds; on ${threads} thread(s)`,
    );
    const single = [['-e', '0'], ...mains.flatMap(main => SINGLE.map(args => [main, ...args]))];
    const rows = inTurns(single, samples).map((runs, i) => row(single[i]!.join(' ').replace(ROOT, ''), runs));
    for (const group of peerGroups(options)) {
      const suite = await argumentsOf(group, options, folder);
      const all = mains.flatMap(main => suite.map(args => [main, ...args]));
      const measured = inTurns(all, samples);
      for (const [m, main] of mains.entries()) {
        const own = measured.slice(m * suite.length, (m + 1) * suite.length);
        rows.push(row(`${main.replace(ROOT, '')}: Σ of ${suite.length}: ${group.title}`, sums(own)));
      }
    }
    printTable(['process', 'wall', 'median', 'solve', 'median', 'threads', 'median'], rows);
    console.log();
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

const SINGLE = [
  ['--version'],
  ['plan', join(ROOT, 'examples/five.csv'), '--json'],
  ['plan', join(ROOT, 'examples/resnet50.training.json.gz'), '--json', '--no-offsets'],
];

/** Arguments that plan each instance of a group. */
async function argumentsOf({marks}: PeerGroup, options: BenchOptions, folder: string): Promise<string[][]> {
  const all: string[][] = [];
  for (const mark of marks) {
    const {name, capacity} = mark;
    const {capacity: _, ...problem} = await plainProblem(mark);
    const file = join(folder, `${name}.csv`);
    await pipeline(Readable.from(writeCsv(problem)), createWriteStream(file));
    const limit = capacity === undefined ? [] : ['--capacity', String(capacity)];
    const budget = ['--threads', String(options.threads), '--time-limit', '30s', '--json', '--no-offsets'];
    all.push(['plan', file, ...limit, ...budget]);
  }
  return all;
}

/** The runs of each process, one of each per round. */
function inTurns(processes: readonly string[][], rounds: number): Run[][] {
  const runs = processes.map((): Run[] => []);
  for (let round = 0; round < rounds; round++)
    processes.forEach((args, i) => void runs[i]!.push(runOf(args)));
  return runs;
}

function runOf(args: readonly string[]): Run {
  const began = performance.now();
  const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
  const wall = performance.now() - began;
  if (status !== 0) throw new Error(`${args.join(' ')}: exit code ${status}: ${stderr}`);
  const {solve = 0, start = 0} = stdout.startsWith('{') ? JSON.parse(stdout).seconds : {};
  return {wall, solve: solve * 1000, start: start * 1000};
}

/** The runs of a round of several processes as one. */
function sums(runs: readonly (readonly Run[])[]): Run[] {
  const total = (round: number, of: keyof Run) => runs.reduce((sum, own) => sum + own[round]![of], 0);
  return (runs[0] ?? []).map((_, round) => ({
    wall: total(round, 'wall'),
    solve: total(round, 'solve'),
    start: total(round, 'start'),
  }));
}

function row(name: string, runs: readonly Run[]): string[] {
  const figures = (['wall', 'solve', 'start'] as const).flatMap(of => {
    const sorted = runs.map(run => run[of]).sort((a, b) => a - b);
    return [ms(sorted[0]!), ms(sorted[sorted.length >> 1]!)];
  });
  return [name, ...figures];
}

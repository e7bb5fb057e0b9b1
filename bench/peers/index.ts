/** Other solvers beside ours: the same instances, one after the other, in turns, every plan checked by our `verify`. */
import {createWriteStream, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {loadPlannerSync, type Planner} from '../../bindings/index.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {checkCommand, fill} from '../command.ts';
import type {Mark} from '../marks.ts';
import {inSeconds, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {isBuilt, ours, startUp} from './ours.ts';
import {READY, readyNames, readySolver} from './ready.ts';
import {compare} from './rounds.ts';
import type {Solver} from './solver.ts';
import {type Comparison, HEAD, rowsOf, SUMMARY_HEAD, summaryOf} from './table.ts';
import {type PeerGroup, peerGroups, plainProblem, type Task} from './tasks.ts';

/** Rounds, each begun by another solver; seconds for an instance. */
const ROUNDS = 3;
const SECONDS = 60;
/** `{capacity}` for an instance without one: more than any instance needs. */
const NO_CAPACITY = Number.MAX_SAFE_INTEGER;

/** @throws Error for a peer that is not known, no peer at all, or where our own command line is not built. */
export function checkPeers(options: BenchOptions): void {
  for (const text of options.peers) if (readyNames(text).length === 0) ownPeer(text);
  if (options.peers.length === 0) throw new Error(`peers: name a solver with --peer: NAME=COMMAND, ${READY}`);
  if (!isBuilt()) throw new Error('dist/cli/main.js is missing: run `npm run build` first');
}

export async function benchPeers(options: BenchOptions): Promise<void> {
  const {seconds = SECONDS, samples = ROUNDS, threads} = options;
  const limits = {seconds, samples, threads};
  console.log(`peers: the least of ${samples} runs in turns, ${seconds} s each, on ${threads} thread${threads > 1 ? 's' : ''}
  process: seconds of whole processes, from their start to their end, with reading and writing, ours too
  solve: seconds of solving that the solver reports; warm: the same again in one process, where it takes less than 1 s
  a process is ended at 1.1 times that and 1 s, a package of Python 5 s later
  a solver is asked for a capacity where there is one, else for the smallest peak; a COMMAND gets ${NO_CAPACITY}
  times are compared where both plans are valid, and within the capacity or of one peak
  proven: the solver says so, or the peak is our lower bound
  the start of ours alone takes ${inSeconds(await startUp())} s`);
  const solvers = [ours(options.seed), ...peersOf(options.peers)];
  for (const {name, about} of solvers) if (about !== undefined) console.log(`  ${name}: ${about}`);
  console.log();
  const planner = loadPlannerSync();
  for (const group of peerGroups(options)) {
    const comparisons: Comparison[] = [];
    for (const mark of group.marks) {
      await inFolder(async folder => {
        const task = await taskOf(mark, options, folder, planner);
        comparisons.push({task, scores: await compare(task, fitting(solvers, task), limits, planner)});
      });
    }
    printGroup(group, comparisons, solvers.slice(1));
  }
}

/** The solvers of `--peer` that this machine can run; the others are named with their reason. */
function peersOf(texts: readonly string[]): Solver[] {
  return texts.flatMap(text => {
    const names = readyNames(text);
    if (names.length === 0) return [ownPeer(text)];
    return names.flatMap(name => {
      const solver = readySolver(name);
      if (!('reason' in solver)) return [solver];
      console.log(`  ${name}: skipped: ${solver.reason}`);
      return [];
    });
  });
}

function ownPeer(text: string): Solver {
  const [, name, command] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined) {
    throw new Error(`--peer: expected NAME=COMMAND or ${READY}, got ${text}`);
  }
  checkCommand(command);
  return {
    name,
    command: ({task: {file, capacity = NO_CAPACITY}, out, seconds, threads}) =>
      fill(command, {in: file, out, capacity, seconds, threads}),
    reportOf: () => ({}),
  };
}

const fitting = (solvers: readonly Solver[], {capacity}: Task) =>
  solvers.filter(({onlyMinimises}) => capacity === undefined || onlyMinimises !== true);

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

async function taskOf(mark: Mark, options: BenchOptions, folder: string, planner: Planner): Promise<Task> {
  const problem = await plainProblem(mark);
  const file = join(folder, 'in.csv');
  await pipeline(Readable.from(writeCsv(problem)), createWriteStream(file));
  const capacity = options.capacity ?? mark.capacity;
  const bound = planner.lowerBound(problem);
  return {name: mark.name, problem, file, bound, ...(capacity === undefined ? {} : {capacity})};
}

function printGroup({title}: PeerGroup, comparisons: readonly Comparison[], peers: readonly Solver[]): void {
  console.log(`peers: ${title}`);
  printTable(HEAD, comparisons.flatMap(rowsOf));
  const isThere = ({name}: Solver) =>
    comparisons.some(({scores}) => scores.some(({solver}) => solver === name));
  const present = peers.filter(isThere);
  console.log(
    `peers: ${title}, together: sums of seconds and geometric means of ratios where the plan is as good as ours`,
  );
  printTable(
    SUMMARY_HEAD,
    present.map(({name}) => summaryOf(name, comparisons)),
  );
}

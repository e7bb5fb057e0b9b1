/** How long the end takes once it is asked for, at every size: an abort, a time limit, and Ctrl-C on the command line. */
import type {ProblemColumns} from '../bindings/index.ts';
import {scattered} from './instances.ts';
import {ms, printTable} from './measure.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const SAMPLES = 5;
/** Milliseconds after the first plan, at which it is asked to end. */
const AFTER_MS = 150;

export async function benchCancel(): Promise<void> {
  console.log(
    'cancel: milliseconds from the asking to the verified plan, two threads, peak ÷ lower bound of the last',
  );
  const rows: (string | number)[][] = [];
  for (const n of SIZES) {
    const problem = scattered(n, 3);
    rows.push(['abort', n, ...(await sampled(() => abortMs(problem)))]);
    rows.push(['time limit', n, ...(await sampled(() => limitMs(problem)))]);
    if (process.platform !== 'win32')
      rows.push(['Ctrl-C', n, ...(await sampled(() => interruptMs(problem)))]);
  }
  printTable(['asked by', 'n', 'min', 'median', 'max', 'ratio'], rows);
}

interface Sample {
  readonly ms: number;
  readonly ratio: number;
}

async function sampled(measure: () => Promise<Sample>): Promise<string[]> {
  const samples: Sample[] = [];
  for (let i = 0; i <= SAMPLES; i++) samples.push(await measure());
  samples.shift(); // warm-up
  const sorted = samples.map(sample => sample.ms).sort((a, b) => a - b);
  const middle = sorted[SAMPLES >> 1]!;
  return [ms(sorted[0]!), ms(middle), ms(sorted.at(-1)!), samples.at(-1)!.ratio.toFixed(5)];
}

/** The built package: workers are files of their own. */
const {loadPlanner} = (await import('../dist/index.js')) as unknown as typeof import('../bindings/index.ts');
const {solve} = (await import(
  new URL('../dist/cli/solver.js', import.meta.url).href
)) as typeof import('../bindings/cli/solver.ts');

async function abortMs(problem: ProblemColumns): Promise<Sample> {
  const planner = await loadPlanner();
  const controller = new AbortController();
  let asked = 0;
  const plan = await planner.planAsync(problem, {
    threads: 2,
    nodeLimit: 1e15,
    signal: controller.signal,
    onProgress({peak}) {
      if (peak === undefined || asked > 0) return;
      asked = Number.POSITIVE_INFINITY;
      setTimeout(() => {
        asked = performance.now();
        controller.abort();
      }, AFTER_MS);
    },
  });
  return {ms: performance.now() - asked, ratio: plan.peak / plan.lowerBound};
}

async function limitMs(problem: ProblemColumns): Promise<Sample> {
  const planner = await loadPlanner();
  // far enough to have a first plan at every size
  const timeLimitMs = 1000 + problem.count / 200;
  const began = performance.now();
  const plan = await planner.planAsync(problem, {threads: 2, timeLimitMs});
  return {ms: performance.now() - began - timeLimitMs, ratio: plan.peak / plan.lowerBound};
}

/** As the command line does it, which listens for the signal while workers plan. */
async function interruptMs(problem: ProblemColumns): Promise<Sample> {
  let asked = 0;
  const {plan} = await solve(problem, {threads: 2, nodeLimit: 1e15}, ({peak}) => {
    if (peak === undefined || asked > 0) return;
    asked = Number.POSITIVE_INFINITY;
    setTimeout(() => {
      asked = performance.now();
      process.kill(process.pid, 'SIGINT');
    }, AFTER_MS);
  });
  const ended = performance.now();
  process.removeAllListeners('SIGINT'); // it would end this process at the next one
  return {ms: ended - asked, ratio: plan.peak / plan.lowerBound};
}

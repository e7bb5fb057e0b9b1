/** How long the end takes once it is asked for, at every size: an abort, a time limit, and Ctrl-C on the command line. */
import type {Plan, ProblemColumns, Progress} from '../bindings/index.ts';
import {scattered} from './instances.ts';
import {ms, printTable} from './measure.ts';

const SIZES = [1500, 10_000, 100_000, 1_000_000];
const SAMPLES = 5;
/** Milliseconds after the first plan, at which it is asked to end. */
const AFTER_MS = 150;

export async function benchCancel(): Promise<void> {
  console.log('cancel: milliseconds from the asking to the verified plan, two threads');
  const rows: (string | number)[][] = [];
  for (const n of SIZES) {
    const problem = scattered(n, 5);
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

/** Minimum, median, maximum and last ratio of `measure`, which gives nothing where planning ended by itself. */
async function sampled(measure: () => Promise<Sample | undefined>): Promise<string[]> {
  const samples: Sample[] = [];
  for (let i = 0; i <= SAMPLES; i++) {
    const sample = await measure();
    if (sample && i > 0) samples.push(sample); // the first is the warm-up
  }
  if (samples.length < SAMPLES) return ['ended', 'before', 'it', '-'];
  const sorted = samples.map(sample => sample.ms).sort((a, b) => a - b);
  return [ms(sorted[0]!), ms(sorted[SAMPLES >> 1]!), ms(sorted.at(-1)!), samples.at(-1)!.ratio.toFixed(5)];
}

/** The built package: workers are files of their own. */
const {loadPlanner} = (await import('../dist/index.js')) as unknown as typeof import('../bindings/index.ts');
const {interruptible} = (await import(
  new URL('../dist/cli/io/interrupt.js', import.meta.url).href
)) as typeof import('../bindings/cli/io/interrupt.ts');

/** Hears of progress, and asks once, some time after the first plan. */
class Asking {
  at: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ask: () => void;

  constructor(ask: () => void) {
    this.#ask = ask;
  }

  hear({peak}: Progress): void {
    if (peak === undefined) return;
    this.#timer ??= setTimeout(() => {
      this.at = performance.now();
      this.#ask();
    }, AFTER_MS);
  }

  /** To be called when the plan is there. */
  sample({peak, lowerBound}: Plan): Sample | undefined {
    const ended = performance.now();
    clearTimeout(this.#timer);
    return this.at === undefined ? undefined : {ms: ended - this.at, ratio: peak / lowerBound};
  }
}

async function abortMs(problem: ProblemColumns): Promise<Sample | undefined> {
  const planner = await loadPlanner();
  const controller = new AbortController();
  const asking = new Asking(() => controller.abort());
  const plan = await planner.planAsync(problem, {
    threads: 2,
    nodeLimit: 1e15,
    signal: controller.signal,
    onProgress: progress => asking.hear(progress),
  });
  return asking.sample(plan);
}

async function limitMs(problem: ProblemColumns): Promise<Sample | undefined> {
  const planner = await loadPlanner();
  // far enough to have a first plan at every size
  const timeLimitMs = 300 + problem.count / 100;
  const began = performance.now();
  const plan = await planner.planAsync(problem, {threads: 2, timeLimitMs});
  const over = performance.now() - began - timeLimitMs;
  return over < 0 ? undefined : {ms: over, ratio: plan.peak / plan.lowerBound};
}

/** As the command line does it, which listens for the signal while workers plan. */
async function interruptMs(problem: ProblemColumns): Promise<Sample | undefined> {
  const asking = new Asking(() => process.kill(process.pid, 'SIGINT'));
  const planner = await loadPlanner();
  const plan = await interruptible(signal =>
    planner.planAsync(problem, {
      threads: 2,
      nodeLimit: 1e15,
      signal,
      onProgress: progress => asking.hear(progress),
    }),
  );
  const sample = asking.sample(plan);
  process.removeAllListeners('SIGINT'); // it would end this process at the next one
  return sample;
}

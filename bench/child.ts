/** One instance in a process of its own: `node child.ts JSON` with a `Job`; prints a `Result` as JSON. */
import {
  loadPlannerSync,
  type Plan,
  type Planner,
  type PlanOptions,
  type ProblemColumns,
} from '../bindings/index.ts';
import {median} from './measure.ts';
import {problemOf, type Source} from './sources.ts';

/** The problem and the options. */
export interface Job {
  readonly source: Source;
  /** Bytes; the smallest peak where absent. */
  readonly capacity?: number;
  /** Time limit; the default budget of nodes where absent. */
  readonly seconds?: number;
  readonly samples?: number;
  readonly threads: number;
  readonly seed: number;
}

/** The result. */
export interface Result {
  readonly n: number;
  readonly lowerBound: number;
  readonly peak: number;
  readonly status: Plan['status'];
  readonly nodes: number;
  /** Seconds of the first plan, and of those after it, or of the first where there are none. */
  readonly first: number;
  readonly min: number;
  readonly median: number;
  readonly samples: number;
  /** Seconds from the unopened file, or the generator, to the first verified plan; the core is compiled in between. */
  readonly whole: number;
  /** Seconds of CPU up to then, of all threads. */
  readonly cpu: number;
  /** Most resident memory up to the first plan, bytes. */
  readonly resident: number;
}

/** Runs after the first: so many at least, and as many as fit half a second, of plans that take less than a second. */
const SAMPLES = 5;
const MOST_SAMPLES = 200;

/** The one place that plans: here on one thread; on more in workers, which the built package alone has. */
async function plan(
  planner: Planner,
  problem: ProblemColumns,
  options: PlanOptions,
  threads: number,
): Promise<Plan> {
  return threads > 1 ? planner.planAsync(problem, {...options, threads}) : planner.plan(problem, options);
}

async function plannerFor(threads: number): Promise<Planner> {
  if (threads === 1) return loadPlannerSync();
  const built = (await import('../dist/index.js')) as unknown as typeof import('../bindings/index.ts');
  return built.loadPlannerSync();
}

async function measured({source, capacity, seconds, samples, threads, seed}: Job): Promise<Result> {
  const began = performance.now();
  // only the job's capacity counts: the same instance is also packed for the smallest peak
  const {capacity: _, ...problem} = await problemOf(source);
  const planner = await plannerFor(threads);
  const options: PlanOptions = {
    seed,
    ...(capacity === undefined ? {} : {capacity}),
    ...(seconds === undefined ? {} : {timeLimitMs: seconds * 1000}),
  };
  const solve = async () => {
    const start = performance.now();
    const made = await plan(planner, problem, options, threads);
    return {made, took: (performance.now() - start) / 1000};
  };
  const {made, took} = await solve();
  const whole = (performance.now() - began) / 1000;
  const {maxRSS, userCPUTime, systemCPUTime} = process.resourceUsage();
  const resident = maxRSS * 1024;
  const times: number[] = [];
  const least = samples ?? (took < 1 ? SAMPLES : 0);
  const isMore = () => times.length < least || (samples === undefined && least > 0 && hasRoom(times));
  while (isMore()) times.push((await solve()).took);
  const counted = times.length === 0 ? [took] : times;
  return {
    n: problem.count,
    lowerBound: made.lowerBound,
    peak: made.peak,
    status: made.status,
    nodes: made.nodes,
    first: took,
    min: Math.min(...counted),
    median: median(counted),
    samples: counted.length,
    whole,
    cpu: (userCPUTime + systemCPUTime) / 1e6,
    resident,
  };
}

const hasRoom = (times: readonly number[]) =>
  times.length < MOST_SAMPLES && times.reduce((sum, time) => sum + time, 0) < 0.5;

const [job] = process.argv.slice(2);
if (job === undefined) console.log(JSON.stringify({resident: process.resourceUsage().maxRSS * 1024}));
else console.log(JSON.stringify(await measured(JSON.parse(job) as Job)));

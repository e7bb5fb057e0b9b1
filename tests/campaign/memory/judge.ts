/** Judges what the planner does where memory or threads run out: the plan that it makes otherwise, or an error that says so. */
import {readFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {
  CoreError,
  HostError,
  LimitError,
  loadPlannerSync,
  type Plan,
  type Problem,
} from '../../../bindings/index.ts';
import {loadPlannerSync as loadPlannerInJs} from '../../../bindings/js.ts';
import {Planner} from '../../../bindings/planner/planner.ts';
import type {Fault, Verdict} from '../campaign.ts';
import {buffersOf, type MemoryCase} from './cases.ts';
import {firstPages, withMostPages, withoutBuffer} from './limited-core.ts';

const WASM = readFileSync(new URL('../../../build/release.wasm', import.meta.url));
const MODULE = new WebAssembly.Module(WASM);
const WORKER = new URL('../../../dist/planner/worker.js', import.meta.url);
const ENDING = new URL('ending-worker.js', import.meta.url);
const planner = loadPlannerSync({module: MODULE});

/** Needs a page or two. */
const SMALL: Problem = {
  buffers: [
    {start: 0, end: 2, size: 8},
    {start: 1, end: 3, size: 4},
  ],
};
const SMALL_PEAK = 12;
/** A planner that has not answered by then waits for ever. */
const LONGEST_MS = 30_000;
/** `many`: what heap and buffers may grow by, bytes, and the whole process over a run. */
const MOST_GROWTH = 4 << 20;
const MOST_RSS_GROWTH = 100 << 20;

const same = (a: Plan, b: Plan): boolean =>
  a.peak === b.peak &&
  a.nodes === b.nodes &&
  Buffer.from(a.offsets.buffer).equals(Buffer.from(b.offsets.buffer));

const fault = (kind: string, message: string): Verdict => ({fault: {kind, message}});

/** The fault of one attempt; undefined where it makes the plan that is expected, or fails with one of the errors. */
function judgeAttempt(
  attempt: () => Plan,
  expected: Plan,
  errors: readonly ErrorClass[],
): [Fault | undefined, string] {
  try {
    const plan = attempt();
    return same(plan, expected)
      ? [undefined, 'planned']
      : [{kind: 'another plan', message: `${plan.peak}`}, ''];
  } catch (error) {
    return judgeError(error as Error, errors);
  }
}

type ErrorClass = typeof CoreError | typeof HostError | typeof LimitError;

function judgeError(error: Error, errors: readonly ErrorClass[]): [Fault | undefined, string] {
  const {name, message} = error;
  const isStated = errors.some(each => error instanceof each);
  return isStated ? [undefined, `refused: ${name}`] : [{kind: `throws ${name}`, message}, ''];
}

export async function judgeMemory(drawn: MemoryCase): Promise<Verdict> {
  if (drawn.kind === 'many') return judgeMany(drawn);
  if (drawn.kind === 'worker') return judgeWorker(drawn);
  return drawn.kind === 'growth' ? judgeGrowth(drawn) : judgeJs(drawn);
}

function judgeGrowth(drawn: MemoryCase): Verdict {
  const {nodeLimit, most} = drawn;
  const buffers = buffersOf(drawn);
  const limited = withMostPages(WASM, firstPages(WASM) + most);
  const own = loadPlannerSync({module: new WebAssembly.Module(limited)});
  const expected = planner.plan({buffers}, {nodeLimit});
  const [wrong, what] = judgeAttempt(() => own.plan({buffers}, {nodeLimit}), expected, [LimitError]);
  if (wrong) return {fault: wrong};
  // the planner goes on after it was refused memory
  const small = planner.plan(SMALL);
  const [after] = judgeAttempt(() => own.plan(SMALL), small, most === 0 ? [LimitError] : []);
  if (after) return fault(`after: ${after.kind}`, after.message);
  return {counts: {[`growth, ${what}`]: 1}};
}

function judgeJs(drawn: MemoryCase): Verdict {
  const {nodeLimit, most} = drawn;
  const buffers = buffersOf(drawn);
  const own = loadPlannerInJs();
  const expected = planner.plan({buffers}, {nodeLimit});
  let verdict: [Fault | undefined, string] = [undefined, ''];
  withoutBuffer(most, () => {
    verdict = judgeAttempt(() => own.plan({buffers}, {nodeLimit}), expected, [LimitError, HostError]);
  });
  const [wrong, what] = verdict;
  if (wrong) return {fault: wrong};
  if (own.plan(SMALL).peak !== SMALL_PEAK) return fault('after: another plan', 'of the small problem');
  return {counts: {[`js, ${what}`]: 1}};
}

async function judgeWorker(drawn: MemoryCase): Promise<Verdict> {
  const {nodeLimit, most, threads, how} = drawn;
  const buffers = buffersOf(drawn);
  let started = 0;
  const url = () => {
    if (started++ !== most) return WORKER;
    if (how === 'refused') throw new Error('refused');
    return new URL(`?${how}`, ENDING);
  };
  const file = {web: (): never => fail('Node has no Web Workers'), url};
  const own = new Planner(MODULE, {file, module: MODULE});
  const expected = planner.plan({buffers}, {nodeLimit});
  const attempt = async (errors: readonly ErrorClass[]): Promise<[Fault | undefined, string]> => {
    const late = Symbol();
    const waiting = new Promise<typeof late>(resolve => setTimeout(() => resolve(late), LONGEST_MS).unref());
    try {
      const plan = await Promise.race([own.planAsync({buffers}, {nodeLimit, threads}), waiting]);
      if (plan === late) return [{kind: 'hangs', message: `worker ${most} of ${threads} ends: ${how}`}, ''];
      return judgeAttempt(() => plan as Plan, expected, []);
    } catch (error) {
      return judgeError(error as Error, errors);
    }
  };
  const [wrong, what] = await attempt(how === 'throws' ? [CoreError, HostError] : [HostError]);
  if (wrong) return {fault: wrong};
  // the bad worker may only now be started
  const isOver = started > most;
  const [again] = await attempt(isOver ? [] : [CoreError, HostError]);
  if (again) return fault(`again: ${again.kind}`, again.message);
  return {counts: {[`worker, ${what}`]: 1}};
}

function fail(message: string): never {
  throw new Error(message);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  const {heapUsed, external} = process.memoryUsage();
  return heapUsed + external;
}

/** Resident bytes after each case of many problems. */
const resident: number[] = [];

function judgeMany(drawn: MemoryCase): Verdict {
  const {nodeLimit, most} = drawn;
  const buffers = buffersOf(drawn);
  const plan = (k: number) => planner.plan({buffers: buffers.toSpliced(k % buffers.length, 1)}, {nodeLimit});
  for (let k = 0; k < most / 4; k++) plan(k);
  const before = usedBytes();
  for (let k = 0; k < most; k++) plan(k);
  const growth = usedBytes() - before;
  if (growth > MOST_GROWTH) return fault('memory stays', `${growth} bytes after ${most} plans`);
  resident.push(process.memoryUsage.rss());
  const [early] = resident.slice(5);
  const grown = early === undefined ? 0 : resident.at(-1)! - early;
  if (grown > MOST_RSS_GROWTH)
    return fault('the process grows', `by ${grown} bytes in ${resident.length * most} plans`);
  return {counts: {'many, plans': Math.ceil(1.25 * most)}};
}

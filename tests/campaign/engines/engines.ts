/** One plan, whoever makes it: engines of JavaScript, the core in JavaScript, the planner in C, one to four threads. */
import {join} from 'node:path';
import {type BufferInfo, loadPlannerSync, type Plan, type Problem} from '../../../bindings/index.ts';
import {binaryOf} from '../../hosts/runtimes.ts';
import {planCommand, plannerProgram} from '../../native/planner-program.ts';
import type {Random} from '../../random.ts';
import {firstMissing} from '../../requirements.ts';
import {entry, type Verdict} from '../campaign.ts';
import {drawCase, type PlansCase, smallerCases} from '../plans/cases.ts';
import {Engine} from './engine.ts';

const CHILD = join('tests', 'campaign', 'engines', 'child.js');
/** In every so many cases the engines plan in threads, too. */
const THREADS_ONE_IN = 8;
const MOST_THREADS = 4;

interface EnginesCase extends PlansCase {
  /** 0: in no threads. */
  readonly threads: number;
}

/** More engines that run JavaScript as Node does: `CAMPAIGN_ENGINES="PATH PATH …"`. */
const given = (process.env.CAMPAIGN_ENGINES ?? '').split(/\s+/).filter(path => path !== '');

function engines(): Engine[] {
  const node = (name: string, binary: string, load = 'index') => new Engine(name, binary, [CHILD, load]);
  const found = [
    node('node', process.execPath),
    node('stowage/js', process.execPath, 'js'),
    ...given.map(path => node(path, path)),
  ];
  const deno = binaryOf('deno');
  const flags = [
    '--no-prompt',
    '--no-remote',
    '--no-npm',
    '--no-config',
    '--no-lock',
    '--allow-read',
    '--allow-env',
  ];
  if (deno !== undefined)
    found.push(
      new Engine('deno', deno, ['run', ...flags, CHILD, 'index'], {DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1'}),
    );
  const bun = binaryOf('bun');
  const quiet = {BUN_RUNTIME_TRANSPILER_CACHE_PATH: '0', DO_NOT_TRACK: '1', NO_COLOR: '1'};
  if (bun !== undefined) found.push(new Engine('bun', bun, ['--no-install', CHILD, 'index'], quiet));
  return found;
}

const lineOf = ({peak, lowerBound, nodes, status, algorithm, offsets}: Plan): string =>
  [peak, lowerBound, nodes, status, algorithm, ...offsets].join(' ');

export const ENGINES = entry<EnginesCase>({
  name: 'engines',
  about: 'one plan in Node, Deno, Bun, stowage/js and C, in one to four threads; CAMPAIGN_ENGINES names more',
  short: 24,
  open: () => {
    const planner = loadPlannerSync();
    const hosts = engines();
    const missingToCompile = firstMissing('cc', 'linux');
    const native = missingToCompile ? undefined : new Engine('native', plannerProgram(['-O1']), []);
    const missing = [
      ...(['deno', 'bun'] as const).filter(name => binaryOf(name) === undefined),
      ...(missingToCompile ? [missingToCompile] : []),
    ];
    return {
      missing,
      draw: (random, number) => ({...drawCase(random), ...limits(random, number)}),
      judge: drawn => judged(planner.plan.bind(planner), hosts, native, drawn),
      *smaller(drawn) {
        for (const smaller of smallerCases(drawn)) yield {...drawn, ...smaller};
        if (drawn.threads > 0) yield {...drawn, threads: drawn.threads - 1};
      },
      close: () => {
        for (const engine of [...hosts, ...(native ? [native] : [])]) engine.close();
      },
    };
  },
});

/** Few nodes, for the core in JavaScript is slow; more where threads take part. */
function limits(random: Random, number: number): Pick<EnginesCase, 'nodeLimit' | 'threads'> {
  const threads = number % THREADS_ONE_IN === 0 ? 1 + random(MOST_THREADS) : 0;
  return {threads, nodeLimit: threads > 0 ? 60_000 : 8000};
}

type MakePlan = (problem: Problem, options: {nodeLimit: number; seed: number}) => Plan;

async function judged(
  plan: MakePlan,
  hosts: readonly Engine[],
  native: Engine | undefined,
  {buffers, nodeLimit, seed, threads}: EnginesCase,
): Promise<Verdict> {
  const problem: Problem = {buffers: buffers.map(buffer => buffer as BufferInfo)};
  const expected = expectedOf(plan, problem, nodeLimit, seed);
  const isError = !expected.includes(' ');
  const request = JSON.stringify({buffers, nodeLimit, seed, threads});
  const wanted = threads > 0 && !isError ? `${expected}\t${expected}` : expected;
  const answers = await Promise.all(
    hosts.map(async host => [host.name, await host.ask(request), wanted] as const),
  );
  // the planner in C takes no hints, and answers a clash by an error
  const takesPart = native !== undefined && buffers.every(({hint}) => hint === undefined);
  if (takesPart) {
    const line = await native.ask(planCommand({name: '', problem, nodeLimit, seed}));
    answers.push([
      'native',
      line.startsWith('error ') ? 'error' : line,
      isError || / infeasible /.test(expected) ? 'error' : expected,
    ]);
  }
  const other = answers.find(([, answer, right]) => answer !== right);
  if (other)
    return {
      fault: {
        kind: `another plan: ${other[0]}`,
        message: `${other[1].slice(0, 300)}, not ${other[2].slice(0, 300)}`,
      },
    };
  return {
    counts: {
      answers: answers.length,
      ...(threads > 0 ? {'in threads': hosts.length} : {}),
      ...(isError ? {errors: 1} : {}),
    },
  };
}

/** The plan as a line, or the name of the error. */
function expectedOf(plan: MakePlan, problem: Problem, nodeLimit: number, seed: number): string {
  try {
    return lineOf(plan(problem, {nodeLimit, seed}));
  } catch (error) {
    return (error as Error).name;
  }
}

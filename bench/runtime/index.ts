/** Cost of a pair of malloc and free inside wasm, for each allocator, with one worker and with two. */
import {loadPlannerSync, type Planner} from '../../bindings/index.ts';
import type {Script} from '../../tests/runtime/script.ts';
import {median, printTable} from '../measure.ts';
import type {BenchOptions} from '../options.ts';
import {compile, compileDlmalloc} from './modules.ts';
import {scripts} from './scripts.ts';
import {measure, newSubject, type Subject, servedShare} from './subject.ts';
import {inThreads, type Threaded} from './threads.ts';

/** Short measurements, many of them: the minimum is then one that nothing else on the machine disturbed. */
const ROUNDS = 200;
const THREADED_ROUNDS = 20;
/** Pairs in one measurement, about: a millisecond or two of ours, and more for an allocator that waits for a lock. */
const PAIRS = 1e5;
const NAMES: Readonly<Record<string, string>> = {
  none: 'calls alone',
  oracle: 'oracle',
  planned: 'stowage',
  bump: 'bump',
  general: "stowage's TLSF",
  standard: "AssemblyScript's TLSF",
  dlmalloc: 'dlmalloc',
};

export async function benchRuntime({only, quick}: BenchOptions): Promise<void> {
  const planner = loadPlannerSync();
  const found = await scripts(only);
  if (found.length === 0) throw new Error(`runtime: no script matches ${only}`);
  const modules = new Map(
    ['none', 'oracle', 'planned', 'bump', 'general', 'standard'].map(name => [name, compile(name)]),
  );
  const dlmalloc = compileDlmalloc();
  if (typeof dlmalloc === 'string') console.log(`runtime: dlmalloc is not measured: ${dlmalloc}\n`);
  else modules.set('dlmalloc', dlmalloc);
  const scale = quick ? 0.1 : 1;
  benchOne(found, modules, planner, Math.ceil(ROUNDS * scale));
  await benchTwo(found, modules, planner, Math.ceil(THREADED_ROUNDS * scale));
}

function benchOne(
  found: readonly Script[],
  modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  planner: Planner,
  rounds: number,
): void {
  console.log(
    `runtime: one worker; nanoseconds per malloc + free inside wasm, minimum (median) of ${rounds} turns of ${PAIRS} pairs,\n` +
      'the first byte of every block touched. Every allocator is called through the function table, and none is inlined;\n' +
      '"calls alone" is what those calls, the loop and the touching cost, "above" is the oracle and stowage less that; the oracle\n' +
      'returns the addresses of the plan, in order, and compares nothing',
  );
  const rows = found.map(script => {
    const subjects = [...modules].map(([name, bytes]) => newSubject(name, bytes, script, planner));
    compare(subjects, script, rounds);
    const above = (name: string) => least(subjectOf(subjects, name)) - least(subjectOf(subjects, 'none'));
    const both = `${above('oracle').toFixed(1)} · ${above('planned').toFixed(1)}`;
    return [script.name, script.rows.length, ...subjects.map(cell), both, servedShare(subjects)];
  });
  const heads = [...modules.keys()].map(name => NAMES[name]!);
  printTable(['script', 'pairs', ...heads, 'above', 'served'], rows);
}

const subjectOf = (subjects: readonly Subject[], wanted: string) =>
  subjects.find(({name}) => name === wanted)!;

/** Measures all in turn, so that other load slows all alike. */
function compare(subjects: readonly Subject[], script: Script, rounds: number): void {
  const iterations = iterationsOf(script);
  // until the engine has its best code for all of it
  for (const {exports, placed} of subjects) {
    for (let i = 0; i < 20; i++) measure(exports, placed, iterations);
  }
  for (let round = 0; round < rounds; round++) {
    for (const {exports, placed, times} of subjects) times.push(measure(exports, placed, iterations));
  }
}

/** Even, so that the blocks carried over a border are found again. */
const iterationsOf = (script: Script) => 2 * Math.max(1, Math.round(PAIRS / script.rows.length / 2));

const least = ({times}: {readonly times: readonly number[]}) => Math.min(...times);
const cell = ({times}: {readonly times: readonly number[]}) =>
  `${Math.min(...times).toFixed(1)} (${median(times).toFixed(1)})`;

async function benchTwo(
  found: readonly Script[],
  modules: ReadonlyMap<string, Uint8Array<ArrayBuffer>>,
  planner: Planner,
  rounds: number,
): Promise<void> {
  console.log(
    `runtime: one worker and two, in turn, each replaying the script; the slower one's nanoseconds per pair, ${rounds} turns.\n` +
      'Over one shared memory: stowage and bump, an arena per worker; its TLSF, one heap behind a lock.\n' +
      'Each in a memory of its own, since they cannot share one: the TLSF of AssemblyScript, and dlmalloc of wasi-libc',
  );
  const shared = new Map(
    ['none', 'oracle', 'planned', 'bump', 'general'].map(name => [name, compile(name, 'shared')] as const),
  );
  const names = [...shared.keys(), ...[...modules.keys()].filter(name => !shared.has(name))];
  const rows: (string | number)[][] = [];
  for (const script of found) {
    const row: (string | number)[] = [script.name];
    for (const name of names) {
      const bytes = shared.get(name) ?? modules.get(name)!;
      const job = {bytes, name, script, iterations: iterationsOf(script), isShared: shared.has(name)};
      row.push(...threadedCells(await inThreads(job, rounds, planner)));
    }
    rows.push(row);
  }
  printTable(['script', ...names.flatMap(name => [`${NAMES[name]} ×1`, '×2', 'grows'])], rows);
}

function threadedCells({alone, together}: Threaded): string[] {
  const grows = Math.min(...together) / Math.min(...alone);
  return [cell({times: alone}), cell({times: together}), `×${grows.toFixed(2)}`];
}

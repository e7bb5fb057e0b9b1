/** Problems as text for `planner-driver.c`, and the library's answers in the same form. */
import {spawnSync} from 'node:child_process';
import type {Plan, Planner, Problem, ProblemColumns} from '../../bindings/index.ts';
import {NO_OFFSET} from '../../bindings/index.ts';
import {VIOLATION_KINDS} from '../../bindings/model/names.ts';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {compile, PLANNER, type Program} from './compile.ts';

const RUN_MS = 120_000;

/** A problem to plan; without a limit the driver passes no options, and the seed is 1. */
export interface Job {
  readonly name: string;
  readonly problem: Problem | ProblemColumns;
  readonly nodeLimit?: number;
  readonly seed?: number;
}

export const plannerProgram = (flags: Program['flags']) =>
  compile({sources: ['planner-driver.c', 'wasm-rt.c', ...PLANNER], flags});

/** What the driver prints, a line per command; `addressSpace`: KiB that it may have. */
export function drive(program: string, commands: readonly string[], addressSpace?: number): string[] {
  const limit = addressSpace === undefined ? '' : `ulimit -v ${addressSpace}; `;
  const {stdout, stderr, status, signal} = spawnSync('sh', ['-c', `${limit}exec ${program}`], {
    input: `${commands.join('\n')}\n`,
    encoding: 'utf8',
    timeout: RUN_MS,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the driver ended with ${signal ?? status}: ${stderr.slice(0, 4000)}`);
  return stdout.split('\n').slice(0, -1);
}

export function planCommand({problem, nodeLimit, seed = 1}: Job): string {
  const columns = toColumns(problem);
  const head = `plan ${columns.count} ${columns.defaultAlignment ?? 0} ${nodeLimit ?? 'default'} ${seed}`;
  return [head, ...rowsOf(columns)].join('\n');
}

/** `capacity` in bytes; −1 for none. */
export function verifyCommand(
  problem: Problem | ProblemColumns,
  offsets: Iterable<number>,
  capacity: number,
  most: number,
): string {
  const columns = toColumns(problem);
  const head = `verify ${columns.count} ${columns.defaultAlignment ?? 0} ${capacity} ${most}`;
  return [`${head} ${[...offsets].join(' ')}`, ...rowsOf(columns)].join('\n');
}

function rowsOf(columns: ProblemColumns): string[] {
  const {count, start, end, size, alignment, offset, gapIndex, gapStart, gapEnd} = columns;
  return Array.from({length: count}, (_, i) => {
    const fixed = offset[i] === NO_OFFSET ? -1 : offset[i];
    const gaps: number[] = [];
    for (let g = gapIndex[i]!; g < gapIndex[i + 1]!; g++) gaps.push(gapStart[g]!, gapEnd[g]!);
    return [start[i], end[i], size[i], alignment[i], fixed, gaps.length / 2, ...gaps].join(' ');
  });
}

/** The library's plan as the driver prints it. */
export function libraryLine(planner: Planner, {problem, nodeLimit, seed = 1}: Job): string {
  const plan = planner.plan(problem, {seed, ...(nodeLimit === undefined ? {} : {nodeLimit})});
  return lineOf(plan);
}

function lineOf({peak, lowerBound, nodes, status, algorithm, offsets}: Plan): string {
  return [peak, lowerBound, nodes, status, algorithm, ...offsets].join(' ');
}

/** The library's violations as the driver prints them. */
export function violationsLine(
  planner: Planner,
  problem: Problem,
  offsets: readonly number[],
  capacity?: number,
) {
  const found = planner.verify(problem, {offsets}, capacity === undefined ? {} : {capacity});
  const none = 2 ** 32 - 1;
  const numberOf = (kind: string) => (VIOLATION_KINDS as readonly string[]).indexOf(kind);
  return found.map(({kind, a, b}) => `${numberOf(kind)} ${a} ${b ?? none}; `).join('');
}

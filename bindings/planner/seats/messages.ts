/**
 * What a solve and a seat say to each other. A request carries the tasks, and how many of the problem's tasks the seat must
 * have executed before; a seat that has not replies how many it has, and gets the others first. So neither a lost seat nor a
 * request that comes twice changes a result.
 */
import {type Failure, UsageError} from '../../model/errors.ts';
import {HEURISTICS} from '../../model/names.ts';
import {checkAlignment} from '../../model/numbers.ts';
import {ALGORITHMS, type Solver} from '../../model/plan.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {toColumns} from '../../model/to-columns.ts';
import type {SubsolverTask, TaskResult} from '../executor.ts';
import {SUBSOLVER_KINDS, type SubsolverKind} from '../subsolvers.ts';
import {packMessage, unpackMessage} from './pack.ts';

/** Of another number are requests that this version does not understand. */
const PROTOCOL = 1;

/** The problem, for a seat that does not have it. */
export interface SeatSetup {
  readonly columns: ProblemColumns;
  /** Bytes, for buffers that name none. */
  readonly alignment?: number;
}

/** The setup of a problem of buffers that all hold bytes, without what executing needs not. */
export function setupOf(problem: ProblemColumns, alignment: number | undefined): SeatSetup {
  const {ids: _, hint: __, constraints: ___, capacity: ____, ...columns} = problem;
  return {columns, ...(alignment === undefined ? {} : {alignment})};
}

export interface SeatRequest {
  /** Name of the solve: a seat that has another one needs the setup. */
  readonly solve: string;
  readonly setup?: SeatSetup;
  /** How many tasks of the solve the seat has executed before these. */
  readonly before: number;
  /** Of the tasks, so many at the beginning are executed for their state alone, and have no result. */
  readonly earlier: number;
  readonly tasks: readonly SubsolverTask[];
}

export type SeatReply =
  /** Results of the tasks that are not earlier ones, and the milliseconds that all tasks took. */
  | {readonly results: readonly SeatResult[]; readonly ms: number}
  /** So many tasks the seat has executed; −1 where it lacks the problem. */
  | {readonly has: number}
  | {readonly failure: Failure};

/** A result as it travels: peak and violations of a plan are found out where it arrives. */
export interface SeatResult extends Omit<TaskResult, 'found' | 'bounds'> {
  readonly found?: {readonly algorithm: Solver; readonly offsets: Float64Array};
}

export function packRequest(request: SeatRequest): Uint8Array {
  return packMessage({protocol: PROTOCOL, ...request});
}

export function packReply(reply: SeatReply): Uint8Array {
  return packMessage(reply);
}

/** Every field checked, but offsets against the problem. @throws UsageError */
export function unpackRequest(message: Uint8Array): SeatRequest {
  const request = recordOf(unpackMessage(message), 'request');
  const {protocol, solve, before, earlier, tasks, setup} = request;
  if (protocol !== PROTOCOL)
    throw new UsageError(
      `the request has protocol ${JSON.stringify(protocol)}, and this version of stowage has ${PROTOCOL}: use the same version on both sides`,
    );
  if (typeof solve !== 'string') throw wrong('solve', 'a text');
  const list = listOf(tasks, 'tasks').map(taskOf);
  return {
    solve,
    before: countOf(before, 'before'),
    earlier: countOf(earlier, 'earlier'),
    tasks: list,
    ...(setup === undefined ? {} : {setup: readSetup(setup)}),
  };
}

function readSetup(value: unknown): SeatSetup {
  const {columns, alignment} = recordOf(value, 'setup');
  const {
    count,
    start,
    end,
    size,
    alignment: own,
    offset,
    gapIndex,
    gapStart,
    gapEnd,
    defaultAlignment,
  } = recordOf(columns, 'setup.columns');
  const plain = {
    count: countOf(count, 'count'),
    start: arrayOf(start, Uint32Array, 'start'),
    end: arrayOf(end, Uint32Array, 'end'),
    size: arrayOf(size, Float64Array, 'size'),
    alignment: arrayOf(own, Float64Array, 'alignment'),
    offset: arrayOf(offset, Float64Array, 'offset'),
    gapIndex: arrayOf(gapIndex, Uint32Array, 'gapIndex'),
    gapStart: arrayOf(gapStart, Uint32Array, 'gapStart'),
    gapEnd: arrayOf(gapEnd, Uint32Array, 'gapEnd'),
    ...(defaultAlignment === undefined ? {} : {defaultAlignment: defaultAlignment as number}),
  };
  if (alignment !== undefined) checkAlignment(alignment, 'setup.alignment');
  return {columns: toColumns(plain), ...(alignment === undefined ? {} : {alignment})};
}

function taskOf(value: unknown): SubsolverTask {
  const task = recordOf(value, 'task');
  const {number, nodes, target, peak, offsets} = task;
  if (task.type !== 'subsolver') throw wrong('task.type', '"subsolver"');
  const subsolver = recordOf(task.subsolver, 'task.subsolver');
  const kind = subsolver.kind as SubsolverKind;
  if (!SUBSOLVER_KINDS.includes(kind)) throw wrong('task.subsolver.kind', SUBSOLVER_KINDS.join(', '));
  const count = (name: string) => countOf(subsolver[name], `task.subsolver.${name}`);
  return {
    type: 'subsolver',
    number: countOf(number, 'task.number'),
    subsolver: {
      kind,
      seed: count('seed'),
      part: count('part'),
      parts: count('parts'),
      slice: count('slice'),
      lateSlice: count('lateSlice'),
      worth: count('worth'),
      after: amountOf(subsolver.after, 'task.subsolver.after'),
    },
    nodes: countOf(nodes, 'task.nodes'),
    target: amountOf(target, 'task.target'),
    peak: amountOf(peak, 'task.peak'),
    ...(offsets === undefined ? {} : {offsets: arrayOf(offsets, Float64Array, 'task.offsets')}),
  };
}

/** Every field checked; `count` buffers. @throws UsageError */
export function unpackReply(message: Uint8Array, count: number): SeatReply {
  const {results, ms, has, failure} = recordOf(unpackMessage(message), 'reply');
  if (has !== undefined) return {has: has === -1 ? -1 : countOf(has, 'has')};
  if (failure !== undefined) {
    const {name, message: text} = recordOf(failure, 'failure');
    return {failure: {name: String(name), message: String(text)}};
  }
  return {
    results: listOf(results, 'results').map(result => resultOf(result, count)),
    ms: amountOf(ms, 'ms'),
  };
}

const SOLVERS: readonly string[] = [...ALGORITHMS, ...HEURISTICS].filter(
  name => name !== 'auto' && name !== 'portfolio',
);

function resultOf(value: unknown, count: number): SeatResult {
  const {nodes, isDone, verifyMs, lowerBound, found, isBeyond} = recordOf(value, 'result');
  if (typeof isDone !== 'boolean') throw wrong('result.isDone', 'true or false');
  if (isBeyond !== undefined && isBeyond !== true) throw wrong('result.isBeyond', 'true');
  return {
    nodes: countOf(nodes, 'result.nodes'),
    isDone,
    verifyMs: Math.min(amountOf(verifyMs, 'result.verifyMs'), Number.MAX_SAFE_INTEGER),
    ...(lowerBound === undefined ? {} : {lowerBound: amountOf(lowerBound, 'result.lowerBound')}),
    ...(found === undefined ? {} : {found: foundOf(found, count)}),
    ...(isBeyond ? {isBeyond} : {}),
  };
}

function foundOf(value: unknown, count: number): NonNullable<SeatResult['found']> {
  const {algorithm, offsets} = recordOf(value, 'result.found');
  if (!SOLVERS.includes(algorithm as string))
    throw wrong('result.found.algorithm', 'the name of an algorithm');
  const array = arrayOf(offsets, Float64Array, 'result.found.offsets');
  if (array.length !== count)
    throw wrong('result.found.offsets', `${count} entries, and there are ${array.length}`);
  return {algorithm: algorithm as Solver, offsets: array};
}

function recordOf(value: unknown, field: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(field, 'an object');
  return value as Record<string, unknown>;
}

function listOf(value: unknown, field: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(field, 'a list');
  return value;
}

function countOf(value: unknown, field: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(field, 'an integer from 0');
  return value as number;
}

/** A number from 0, also an infinite one. */
function amountOf(value: unknown, field: string): number {
  if (typeof value !== 'number' || !(value >= 0)) throw wrong(field, 'a number from 0');
  return value;
}

function arrayOf<T>(value: unknown, type: new (length: number) => T, field: string): T {
  if (!(value instanceof type)) throw wrong(field, `a ${type.name}`);
  return value;
}

function wrong(field: string, expected: string): UsageError {
  return new UsageError(`the message has a wrong field ${field}: expected ${expected}`);
}

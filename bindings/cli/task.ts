/** What a command is asked to plan: a problem as it is, or iterations of a trace. */

import type {Pool} from '../index.ts';
import {UsageError} from '../model/errors.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {
  chooseDevice,
  findIterations,
  type ImportedProblem,
  type ReadProblem,
  type StepOptions,
  type StepProblem,
  stepProblem,
  type Trace,
} from '../trace.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import type {Input} from './input.ts';

/** Options that choose a problem within a trace. */
export interface Choice {
  readonly iteration?: number | 'auto' | 'all' | 'window';
  readonly linear?: boolean;
  readonly device?: string;
  readonly alignment?: number;
  /** Pools to plan for, the preferred one first. */
  readonly pool?: readonly Pool[];
  /** Whether the outputs of a model may take the places of inputs. */
  readonly inPlace?: boolean;
  /** Sizes of a model's symbolic dimensions. */
  readonly dim?: Readonly<Record<string, number>>;
}

/** One problem to plan, with where it comes from. */
export interface Task {
  readonly file: string;
  readonly format: string;
  readonly problem: ProblemColumns;
  /** Of a trace; absent for a problem that was read as it is. */
  readonly step?: StepProblem;
  readonly trace?: Trace;
  /** What a model told besides its problem; absent for a trace. */
  readonly read?: ReadProblem;
  readonly warnings: readonly string[];
}

/** The problems that `choice` picks from an input. @throws CliError for a choice that the input does not have. */
export function* tasksOf({file, imported}: Input, choice: Choice): Generator<Task, void, undefined> {
  if (imported.kind === 'problem') {
    checkNoTraceOptions(file, imported.format, choice);
    yield {
      file,
      format: imported.format,
      problem: withConstraints(file, imported, aligned(imported.problem, choice), choice),
      read: imported,
      warnings: imported.warnings,
    };
    return;
  }
  const {trace, format} = imported;
  for (const iteration of iterationsOf(file, trace, choice)) {
    const step = stepOf(file, trace, {...stepOptions(choice), iteration});
    const problem = withPools(step.problem, choice.pool);
    yield {file, format, problem, step, trace, warnings: [...trace.warnings, ...step.warnings]};
  }
}

/** The only problem that `choice` picks. @throws CliError where it asks for all iterations. */
export function taskOf(input: Input, choice: Choice): Task {
  if (choice.iteration === 'all')
    throw new CliError('--iteration: expected one iteration, got all', EXIT.usage);
  const [task] = tasksOf(input, choice);
  return task!;
}

function stepOptions({linear, device, alignment}: Choice): StepOptions {
  return {
    ...(linear ? {lifetimes: 'linear' as const} : {}),
    ...(device === undefined ? {} : {device}),
    ...(alignment === undefined ? {} : {alignment}),
  };
}

function iterationsOf(
  file: string,
  trace: Trace,
  {iteration = 'auto', device}: Choice,
): (number | 'auto' | 'window')[] {
  if (iteration !== 'all') return [iteration];
  try {
    const {iterations} = findIterations(trace, chooseDevice(trace, device));
    const whole = iterations.filter(one => one.whole);
    if (whole.length === 0) throw new UsageError('--iteration all: nothing repeats in the recording');
    return whole.map(one => one.number);
  } catch (error) {
    throw inputError(file, error);
  }
}

function stepOf(file: string, trace: Trace, options: StepOptions): StepProblem {
  try {
    return stepProblem(trace, options);
  } catch (error) {
    throw inputError(file, error);
  }
}

/** The problem with the alignment that is asked for in place of its own default. */
function aligned(problem: ProblemColumns, {alignment}: Choice): ProblemColumns {
  return alignment === undefined ? problem : {...problem, defaultAlignment: alignment};
}

/** The problem with the constraints that are asked for besides its own. */
function withConstraints(
  file: string,
  {format, inPlace}: ImportedProblem,
  problem: ProblemColumns,
  choice: Choice,
): ProblemColumns {
  if (!choice.inPlace) return withPools(problem, choice.pool);
  if (inPlace === undefined)
    throw new CliError(
      `${file}: --in-place: ${format} does not tell what could be written in place`,
      EXIT.usage,
    );
  const pairs = inPlace.map(({input, output}) => ({input, output}));
  const constraints = pairs.length > 0 ? {...problem.constraints, inPlace: pairs} : problem.constraints;
  return withPools({...problem, ...(constraints ? {constraints} : {})}, choice.pool);
}

/** These pools before the problem's own, which they limit where they have the same name. */
function withPools(problem: ProblemColumns, pools: readonly Pool[] | undefined): ProblemColumns {
  if (pools === undefined) return problem;
  const own = problem.constraints?.pools ?? [];
  const given = pools.map(pool => ({...own.find(({name}) => name === pool.name), ...pool}));
  const all = [...given, ...own.filter(({name}) => !pools.some(pool => pool.name === name))];
  const allowed = problem.constraints?.allowed?.map(list =>
    list?.map(pool => all.findIndex(({name}) => name === own[pool]!.name)),
  );
  return {...problem, constraints: {...problem.constraints, pools: all, ...(allowed ? {allowed} : {})}};
}

function checkNoTraceOptions(file: string, format: string, {iteration, linear, device}: Choice): void {
  const given = [
    ...(iteration === undefined ? [] : ['--iteration']),
    ...(linear ? ['--linear'] : []),
    ...(device === undefined ? [] : ['--device']),
  ];
  if (given.length === 0) return;
  const message = `${file}: ${given.join(', ')}: only a trace has iterations and devices, and this is ${format}`;
  throw new CliError(message, EXIT.usage);
}

/** What allocated or wrote a buffer; undefined where unknown. */
export function operationOf({step, read}: Task, buffer: number): string | undefined {
  return (step?.operations ?? read?.operations)?.[buffer] || undefined;
}

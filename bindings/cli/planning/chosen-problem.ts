/** The problems that a command plans: one that was read as it is, or the iterations of a trace. */

import type {Pool} from '../../index.ts';
import {UsageError} from '../../model/errors.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {
  chooseDevice,
  findIterations,
  type ImportedProblem,
  type ReadProblem,
  requireAnyEvents,
  type StepOptions,
  type StepProblem,
  stepProblem,
  type Trace,
} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import type {Input, ReadingOptions} from '../io/input.ts';
import type {Ordered} from './ordered.ts';

/** Options that choose a problem within an input. */
export interface ProblemChoice extends ReadingOptions {
  readonly iteration?: number | 'auto' | 'all' | 'window';
  readonly linear?: boolean;
  readonly device?: string;
  readonly alignment?: number;
  readonly streams?: 'apart' | 'together';
  readonly idle?: 'iteration';
  /** Pools to plan for, the preferred one first. */
  readonly pool?: readonly Pool[];
  /** Whether outputs of a model may be written over inputs. */
  readonly inPlace?: boolean;
  /** Ticks that bytes wait before another buffer may use them. */
  readonly hold?: number;
}

/** One problem to plan, and its origin. */
export interface ChosenProblem {
  readonly file: string;
  readonly format: string;
  readonly problem: ProblemColumns;
  /** The step of a trace; absent for a problem that was read as it is. */
  readonly step?: StepProblem;
  readonly trace?: Trace;
  /** The problem as read, with weights, in-place pairs and a plan of its own; absent for a trace. */
  readonly read?: ReadProblem;
  /** Present where the order of operators was chosen for it. */
  readonly ordered?: Ordered;
  readonly warnings: readonly string[];
}

/** The problems that `choice` picks from an input. @throws CliError if the input has no such problem. */
export function* chooseProblems(
  {file, imported}: Input,
  choice: ProblemChoice,
): Generator<ChosenProblem, void, undefined> {
  if (imported.kind === 'problem') {
    checkNoTraceOptions(file, imported.format, choice);
    yield {
      file,
      format: imported.format,
      problem: withHold(withConstraints(file, imported, aligned(imported.problem, choice), choice), choice),
      read: imported,
      warnings: imported.warnings,
    };
    return;
  }
  const {trace, format} = imported;
  for (const iteration of iterationsOf(file, trace, choice)) {
    const step = stepOf(file, trace, {...stepOptions(choice), iteration});
    const period = step.lifetimes === 'cyclic' ? step.ticks : undefined;
    const problem = withHold(withPools(step.problem, choice.pool), choice, period);
    yield {file, format, problem, step, trace, warnings: [...trace.warnings, ...step.warnings]};
  }
}

/** The one problem that `choice` picks. @throws CliError if it asks for all iterations. */
export function chooseProblem(input: Input, choice: ProblemChoice): ChosenProblem {
  if (choice.iteration === 'all')
    throw new CliError(
      '--iteration all: this command takes one iteration: give a number, auto or window',
      EXIT.usage,
    );
  const [chosen] = chooseProblems(input, choice);
  return chosen!;
}

function stepOptions({linear, device, alignment, streams, idle}: ProblemChoice): StepOptions {
  return {
    ...(linear ? {lifetimes: 'linear' as const} : {}),
    ...(device === undefined ? {} : {device}),
    ...(alignment === undefined ? {} : {alignment}),
    ...(streams === undefined ? {} : {streams}),
    ...(idle === undefined ? {} : {idle}),
  };
}

function iterationsOf(
  file: string,
  trace: Trace,
  {iteration = 'auto', device}: ProblemChoice,
): (number | 'auto' | 'window')[] {
  if (iteration !== 'all') return [iteration];
  try {
    const {iterations} = findIterations(trace, chooseDevice(trace, device));
    const whole = iterations.filter(one => one.whole);
    if (whole.length === 0)
      throw new UsageError(
        '--iteration all: no whole iteration was found: use --iteration window for the whole recording',
      );
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

/** The problem with the alignment option as its default alignment. */
function aligned(problem: ProblemColumns, {alignment}: ProblemChoice): ProblemColumns {
  return alignment === undefined ? problem : {...problem, defaultAlignment: alignment};
}

/** The problem with its own constraints and those of the options. */
function withConstraints(
  file: string,
  {format, inPlace}: ImportedProblem,
  problem: ProblemColumns,
  choice: ProblemChoice,
): ProblemColumns {
  if (!choice.inPlace) return withPools(problem, choice.pool);
  if (inPlace === undefined)
    throw new CliError(
      `${file}: --in-place: only models say which outputs can be written in place, and this is ${format}`,
      EXIT.usage,
    );
  const pairs = inPlace.map(({input, output}) => ({input, output}));
  const constraints = pairs.length > 0 ? {...problem.constraints, inPlace: pairs} : problem.constraints;
  return withPools({...problem, ...(constraints ? {constraints} : {})}, choice.pool);
}

/** The given pools come before the problem's own; one with the same name overrides its capacity. */
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

/** `period`: ticks after which the plan repeats; the problem's own where absent. */
function withHold(
  problem: ProblemColumns,
  {hold: ticks}: ProblemChoice,
  period = problem.constraints?.hold?.period,
): ProblemColumns {
  if (ticks === undefined) return problem;
  const {hold: _, ...others} = problem.constraints ?? {};
  const hold = ticks > 0 ? {hold: {ticks, ...(period === undefined ? {} : {period})}} : {};
  const constraints = {...others, ...hold};
  const {constraints: __, ...plain} = problem;
  return Object.keys(constraints).length > 0 ? {...plain, constraints} : plain;
}

function checkNoTraceOptions(
  file: string,
  format: string,
  {iteration, linear, device, streams, idle}: ProblemChoice,
): void {
  const given = [
    ...(iteration === undefined ? [] : ['--iteration']),
    ...(linear ? ['--linear'] : []),
    ...(device === undefined ? [] : ['--device']),
    ...(streams === undefined ? [] : ['--streams']),
    ...(idle === undefined ? [] : ['--idle']),
  ];
  if (given.length === 0) return;
  const message = `${file}: ${given.join(', ')}: only a trace has iterations, devices and streams, and this is ${format}`;
  throw new CliError(message, EXIT.usage);
}

/** The operation that allocated or wrote a buffer, if it is known. */
export function operationOf({step, read}: ChosenProblem, buffer: number): string | undefined {
  return (step?.operations ?? read?.operations)?.[buffer] || undefined;
}

/** An event log of no events would look like a program that allocates nothing. @throws CliError */
export function checkEvents(file: string, trace: Trace): void {
  try {
    requireAnyEvents(trace, 'an event log');
  } catch (error) {
    throw inputError(file, error);
  }
}

/** A file as something to compare: its blockTable, with what a plan of it takes. */
import {type Bounds, loadPlannerSync, type Plan} from '../index.ts';
import {
  type BlockTable,
  blockTableOfProblem,
  blockTableOfStep,
  blockTableOfTotals,
  importSource,
  isPlanJson,
  type KnownTotals,
  readPlanTotals,
} from '../trace.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {nameOf, readSource} from './input.ts';
import {type SolveOptions, solveTask} from './solve-task.ts';
import {type Choice, type Task, taskOf} from './task.ts';

export interface SideOptions
  extends Choice,
    Omit<SolveOptions, 'alignment' | 'capacity' | 'algorithm' | 'minimize'> {
  /** False for `--no-plan`. */
  readonly plan?: boolean;
}

export interface Side {
  readonly file: string;
  /** `plan` for a plan in JSON. */
  readonly format: string;
  /** Null for what is no trace. */
  readonly iteration: number | 'window' | null;
  readonly device: string | null;
  readonly blockTable: BlockTable;
  readonly warnings: readonly string[];
}

/** Reads a trace, a problem, a model, or a plan in JSON, and plans it where asked for. */
export async function readSide(file: string, options: SideOptions): Promise<Side> {
  const name = nameOf(file);
  const read = await readSource(file, async source =>
    isPlanJson(source)
      ? {totals: await readPlanTotals(source)}
      : {imported: await importSource(source, options.dim ? {dims: options.dim} : {})},
  );
  if (read.totals) {
    const {peak, lowerBound, persistentBytes: persistent, source} = read.totals;
    const blockTable = blockTableOfTotals({peak, lowerBound, persistent});
    const {iteration = null, device = null} = source ?? {};
    return {file: name, format: 'plan', iteration, device, blockTable, warnings: []};
  }
  const task = taskOf({file: name, imported: read.imported, seconds: 0}, options);
  return sideOf(task, await knownOf(task, options));
}

export function sideOf(task: Task, known: KnownTotals & {readonly at?: number}): Side {
  const {file, format, step, warnings} = task;
  return {
    file,
    format,
    iteration: step?.iteration ?? null,
    device: step?.device.name ?? null,
    blockTable: blockTableOf(task, known),
    warnings,
  };
}

function blockTableOf(
  {file, problem, step, trace, read}: Task,
  known: KnownTotals & {readonly at?: number},
): BlockTable {
  try {
    if (trace && step) return blockTableOfStep(trace, step, known);
    return blockTableOfProblem(problem, {
      ...known,
      ...(read?.operations ? {operations: read.operations} : {}),
    });
  } catch (error) {
    throw inputError(file, error);
  }
}

async function knownOf(task: Task, options: SideOptions): Promise<KnownTotals> {
  const reserved = reservedOf(task);
  if (options.plan === false) {
    const {load, lowerBound} = boundsOf(task);
    return {load, lowerBound, reserved};
  }
  const {bounds, plan} = await planWhole(task, options);
  return {load: bounds.load, lowerBound: plan.lowerBound, peak: peakOf(plan), reserved};
}

/** The best plan within the budget. @throws CliError where Ctrl-C cut it short. */
export async function planWhole(task: Task, options: SideOptions): Promise<{bounds: Bounds; plan: Plan}> {
  const {timeLimit, nodeLimit, threads, seed, alignment} = options;
  const given = Object.entries({timeLimit, nodeLimit, threads, seed, alignment}).filter(
    ([, value]) => value !== undefined,
  );
  // a capacity would end it at the first plan that fits: neither that of the command nor that of the file counts
  const solved = await solveTask(task, {...Object.fromEntries(given), minimize: true});
  if (solved.interrupted) throw new CliError(`${task.file}: interrupted while planning`, EXIT.interrupted);
  return solved;
}

export function boundsOf({file, problem}: Task): Bounds {
  try {
    return loadPlannerSync().bounds(problem);
  } catch (error) {
    throw inputError(file, error);
  }
}

/** Null where fixed offsets collide. */
export function peakOf({peak}: Plan): number | null {
  return Number.isNaN(peak) ? null : peak;
}

/** The most that was reserved on the task's device; null where the recording does not tell. */
export function reservedOf({trace, step}: Task): number | null {
  if (!trace?.cuda || !step) return null;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  return trace.cuda.devices[device]!.reserved.most || null;
}

/** `examples/a.json.gz: kineto, cpu, iteration 4`. */
export function describeSide({
  file,
  format,
  iteration,
  device,
}: Pick<Side, 'file' | 'format' | 'iteration' | 'device'>): string {
  const where = iteration === 'window' ? 'the whole recording' : `iteration ${iteration}`;
  return [
    `${file}: ${format}`,
    ...(device === null ? [] : [device]),
    ...(iteration === null ? [] : [where]),
  ].join(', ');
}

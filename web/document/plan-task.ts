/** The problem that is planned, with the way from its buffers back to the items of the file. */
import type {Bounds, Plan} from '../../bindings/index.ts';
import type {PackingInput} from '../../bindings/pictures/index.ts';
import {
  type Imported,
  type StepOptions,
  type StepProblem,
  stepProblem,
  timelineOf,
} from '../../bindings/trace.ts';
import {type EditableProblem, type ItemEdit, withEdits} from './edits.ts';

export interface TaskOptions {
  readonly iteration: number | 'auto' | 'window';
  /** Bytes; absent for the recorded allocator's. */
  readonly alignment?: number;
  readonly streams?: 'apart' | 'together';
  readonly idle?: 'iteration';
  readonly edits: readonly ItemEdit[];
}

export interface PlanTask extends EditableProblem {
  readonly operations: readonly string[] | undefined;
  readonly step: StepProblem | undefined;
  readonly warnings: readonly string[];
}

/** @throws UsageError if the recording lacks the chosen part. */
export function taskOf(imported: Imported, device: number, options: TaskOptions): PlanTask {
  const task =
    imported.kind === 'trace' ? stepTask(imported, device, options) : problemTask(imported, options);
  return {...task, problem: withEdits(task, options.edits)};
}

function problemTask(imported: Extract<Imported, {kind: 'problem'}>, {alignment}: TaskOptions): PlanTask {
  const {problem, operations, warnings} = imported;
  return {
    problem: alignment === undefined ? problem : {...problem, defaultAlignment: alignment},
    operations,
    step: undefined,
    itemOf: buffer => buffer,
    firstMoment: 0,
    warnings,
  };
}

function stepTask(
  {trace}: Extract<Imported, {kind: 'trace'}>,
  device: number,
  {iteration, alignment, streams, idle}: TaskOptions,
): PlanTask {
  const options: StepOptions = {
    device: trace.devices[device]!.name,
    iteration,
    ...(alignment === undefined ? {} : {alignment}),
    ...(streams === undefined ? {} : {streams}),
    ...(idle === undefined ? {} : {idle}),
  };
  const step = stepProblem(trace, options);
  const {iterations} = timelineOf(trace, device).iterations;
  const own = iterations.find(({number}) => number === step.iteration);
  return {
    problem: step.problem,
    operations: step.operations,
    step,
    itemOf: buffer => step.blocks[buffer]!,
    // an item is live from the moment after the event that allocated it
    firstMoment: 1 + (own?.firstEvent ?? 0),
    warnings: step.warnings,
  };
}

/** The input of a picture of a plan. */
export function packingOf(
  {problem, operations}: PlanTask,
  plan: Plan,
  bounds: Bounds | undefined,
  capacity?: number,
): PackingInput {
  return {
    problem,
    offsets: plan.offsets,
    peak: plan.peak,
    lowerBound: plan.lowerBound,
    ...(bounds ? {bound: {start: bounds.start, end: bounds.end}} : {}),
    ...(operations ? {operations} : {}),
    ...(capacity === undefined ? {} : {capacity}),
  };
}

/** The problem that is planned, with the way from its buffers back to the items of the file. */
import type {Bounds, BufferFacts, ListedChange, Plan} from '../../bindings/index.ts';
import {checkedValues, problemAt} from '../../bindings/model/dimension-values.ts';
import type {ProblemColumns} from '../../bindings/model/problem.ts';
import type {SymbolicColumns} from '../../bindings/model/symbolic.ts';
import type {PackingInput} from '../../bindings/pictures/index.ts';
import {
  type Imported,
  largestWarning,
  type StepOptions,
  type StepProblem,
  stepProblem,
  timelineOf,
} from '../../bindings/trace.ts';
import {type ChangedTask, changedBy, factsOf} from './changed.ts';

export interface TaskOptions {
  readonly iteration: number | 'auto' | 'window';
  /** Bytes; absent for the recorded allocator's. */
  readonly alignment?: number;
  readonly streams?: 'apart' | 'together';
  readonly idle?: 'iteration';
  /** Values of a model's dimensions; the largest of each where absent. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Ticks that bytes wait before they are used again. */
  readonly hold?: number;
  readonly changes: readonly ListedChange[];
}

/** A problem, and the way from its buffers back to the items of the file. */
interface FoundProblem {
  readonly problem: ProblemColumns;
  /** Per buffer. */
  readonly itemOf: (buffer: number) => number;
  /** The moment of tick 0. */
  readonly firstMoment: number;
  readonly operations: readonly string[] | undefined;
  readonly step: StepProblem | undefined;
  readonly warnings: readonly string[];
}

export interface PlanTask extends FoundProblem, ChangedTask {}

/** @throws UsageError if the recording lacks the chosen part, or a change asks for what the file does not record. */
export function taskOf(imported: Imported, device: number, options: TaskOptions): PlanTask {
  const found =
    imported.kind === 'trace' ? stepTask(imported, device, options) : problemTask(imported, options);
  const {problem: recorded, step} = found;
  let known: BufferFacts | undefined;
  const facts = () => {
    known ??= factsOf(imported, step, recorded);
    return known;
  };
  const changed = changedBy(recorded, facts, options.changes);
  const problem = withHold({...found, problem: changed?.columns ?? recorded}, options.hold);
  return {...found, problem, recorded, facts, changed};
}

/** Where the plan repeats, what is held at its end waits at its beginning. */
function withHold({problem, step}: FoundProblem, ticks: number | undefined): ProblemColumns {
  if (ticks === undefined) return problem;
  const hold = {ticks, ...(step?.lifetimes === 'cyclic' ? {period: step.ticks} : {})};
  return {...problem, constraints: {...problem.constraints, hold}};
}

function problemTask(
  imported: Extract<Imported, {kind: 'problem'}>,
  {alignment, dims = {}}: TaskOptions,
): FoundProblem {
  const {symbolic, operations} = imported;
  const problem = symbolic ? problemWith(symbolic, dims) : imported.problem;
  const isLargest = !symbolic || Object.keys(dims).length === 0;
  const warnings = imported.warnings.filter(text => isLargest || text !== largestWarning(symbolic));
  return {
    problem: alignment === undefined ? problem : {...problem, defaultAlignment: alignment},
    operations,
    step: undefined,
    itemOf: buffer => buffer,
    firstMoment: 0,
    warnings,
  };
}

/** At the given values of dimensions, and at the largest of the others. @throws UsageError for a value that one cannot have. */
function problemWith(symbolic: SymbolicColumns, dims: Readonly<Record<string, number>>): ProblemColumns {
  const largest = Object.fromEntries(symbolic.dimensions.map(({name, max}) => [name, max]));
  return problemAt(symbolic, checkedValues(symbolic.dimensions, {...largest, ...dims}));
}

function stepTask(
  {trace}: Extract<Imported, {kind: 'trace'}>,
  device: number,
  {iteration, alignment, streams, idle}: TaskOptions,
): FoundProblem {
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

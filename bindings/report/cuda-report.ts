/** A plan against the device of its recording: the memory it would recover, and whether a failed request had to fail. */
import {
  buffersByPool,
  type OutOfMemoryVerdict,
  outOfMemoryVerdict,
  type PartPlan,
  partOf,
  type Recoverable,
  recoverableBytes,
} from '../allocators/index.ts';
import type {Plan} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {type StepProblem, stepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';

export interface CudaReport {
  readonly device: string;
  readonly recoverable: Recoverable;
  /** The verdict on the last failed request. */
  readonly outOfMemory?: OutOfMemoryVerdict;
}

type Solve = (problem: ProblemColumns) => Promise<Plan>;

/** Undefined where the trace is no CUDA snapshot, there is no plan, or its alignment is not the allocator's. */
export async function cudaReport(
  {trace, step}: {readonly trace?: Trace; readonly step?: StepProblem},
  plan: Plan,
  solve: Solve,
): Promise<CudaReport | undefined> {
  if (!trace?.cuda || !step || !Number.isFinite(plan.peak)) return undefined;
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  if ((step.problem.defaultAlignment ?? step.device.alignment) !== step.device.alignment) return undefined;
  const parts = await planParts(trace, device, step, plan, solve);
  const recoverable = recoverableBytes(trace, device, step, parts);
  if (!recoverable) return undefined;
  const outOfMemory = await verdictOf(trace, device, step, recoverable, solve);
  return {device: step.device.name, recoverable, ...(outOfMemory ? {outOfMemory} : {})};
}

/** A plan per stream and pool; the one there is where all buffers share one. */
async function planParts(
  trace: Trace,
  device: number,
  {problem, blocks}: StepProblem,
  plan: Plan | undefined,
  solve: Solve,
): Promise<PartPlan[]> {
  const lists = buffersByPool(trace, device, blocks);
  if (plan && lists.length < 2) return [plan];
  const parts: PartPlan[] = [];
  for (const list of lists) parts.push(await solve(lists.length < 2 ? problem : partOf(problem, list)));
  return parts;
}

/** Plans the whole recording: blocks live at the failed request may come from any part of it. */
async function verdictOf(
  trace: Trace,
  device: number,
  step: StepProblem,
  recoverable: Recoverable,
  solve: Solve,
): Promise<OutOfMemoryVerdict | undefined> {
  const {outOfMemory, entries} = trace.cuda!;
  if (!outOfMemory.some(({entry}) => entries.device[entry] === device)) return undefined;
  if (step.iteration === 'window') return outOfMemoryVerdict(trace, device, recoverable);
  const whole = stepProblem(trace, {device: step.device.name, iteration: 'window'});
  const parts = await planParts(trace, device, whole, undefined, solve);
  const all = recoverableBytes(trace, device, whole, parts);
  return all && outOfMemoryVerdict(trace, device, all);
}

/** A whole recording of a CUDA device against a plan of it: the memory to recover, and whether a failed request had to fail. */
import {
  keptPools,
  type OutOfMemoryVerdict,
  outOfMemoryVerdict,
  type Recoverable,
  recoverableBytes,
  withoutPools,
} from '../allocators/index.ts';
import {type EvidenceJson, evidenceJson} from '../evidence/index.ts';
import type {Plan} from '../model/plan.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {type StepProblem, stepProblem} from '../trace/step/step.ts';
import type {Trace} from '../trace/trace.ts';

/** Both are statements about the whole recording, whatever part of it was planned. */
export interface CudaReport {
  readonly device: string;
  readonly recoverable: Recoverable;
  /** The verdict on the last failed request. */
  readonly outOfMemory?: OutOfMemoryVerdict;
}

/** As JSON has it: each statement with its evidence. */
export interface CudaReportJson {
  readonly device: string;
  readonly recoverable: Omit<Recoverable, 'evidence'> & {readonly evidence: EvidenceJson};
  readonly outOfMemory?: Omit<OutOfMemoryVerdict, 'evidence'> & {readonly evidence: EvidenceJson};
}

export function cudaReportJson({device, recoverable, outOfMemory}: CudaReport): CudaReportJson {
  return {
    device,
    recoverable: {...recoverable, evidence: evidenceJson(recoverable.evidence)},
    ...(outOfMemory ? {outOfMemory: {...outOfMemory, evidence: evidenceJson(outOfMemory.evidence)}} : {}),
  };
}

type Solve = (problem: ProblemColumns) => Promise<Plan>;

/**
 * @param plan of the step; it is used where the step is the whole recording.
 * @param solve plans without a capacity, at which a search would end early.
 * @returns undefined where the trace is no CUDA snapshot, there is no plan, or its alignment is not the allocator's.
 */
export async function cudaReport(
  {trace, step}: {readonly trace?: Trace; readonly step?: StepProblem},
  plan: Plan,
  solve: Solve,
): Promise<CudaReport | undefined> {
  if (!trace?.cuda || !step || !Number.isFinite(plan.peak)) return undefined;
  const {name, alignment} = step.device;
  if ((step.problem.defaultAlignment ?? alignment) !== alignment) return undefined;
  const device = trace.devices.findIndex(one => one.name === name);
  if (trace.cuda.devices[device]!.reserved.most === 0) return undefined;
  const all =
    step.iteration === 'window'
      ? step
      : stepProblem(trace, {device: name, iteration: 'window', ...step.rules});
  const kept = keptPools(trace, device, all);
  const whole = withoutPools(trace, all, kept.pools);
  const wholePlan = whole === step ? plan : await solve(whole.problem);
  const recoverable = recoverableBytes(trace, device, whole, wholePlan, kept);
  if (!recoverable) return undefined;
  const outOfMemory = outOfMemoryVerdict(trace, device, recoverable);
  return {device: name, recoverable, ...(outOfMemory ? {outOfMemory} : {})};
}

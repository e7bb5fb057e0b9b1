/** A plan as text for a person, and as one object of the `stowage.plan/1` contract. */

import {keptPools} from '../../allocators/index.ts';
import type {Bounds, FitAdvice, PeakExplanation, Plan, Replan} from '../../index.ts';
import {withoutReuse} from '../../model/problem.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {type PlanJson, planJson} from '../../report/plan-json.ts';
import {type CudaReport, type CudaReportJson, cudaReportJson, sharingSentences} from '../../report.ts';
import {
  describePartFit,
  describeProof,
  describeRecordingFit,
  evidenceOf,
  type MissingWaits,
  peakClaim,
  recordingPeakOf,
} from '../../trace.ts';
import type {ChangesReport} from '../planning/changes.ts';
import type {ChosenProblem} from '../planning/chosen-problem.ts';
import {type AdviceJson, adviceJson} from './advice.ts';
import {type ChangesJson, changesJson} from './changes.ts';
import {constrainedLines} from './constraints.ts';
import {cudaLines} from './cuda.ts';
import {type ExplanationJson, explanationJson} from './explanation.ts';
import {type OrderJson, orderJson, orderLines} from './order.ts';
import {recordingLines} from './recording.ts';
import {describeReference, type ReferenceReport} from './reference.ts';
import {type ReplanJson, replanJson, replanLines} from './replan.ts';
import {describeIteration} from './source.ts';
import {type StreamsJson, streamsJson} from './streams.ts';
import {type WorkersJson, type WorkersReport, workersJson, workersLines} from './workers.ts';

/** Everything that is reported about one planned problem. */
export interface PlanReport {
  readonly chosen: ChosenProblem;
  readonly plan: Plan;
  readonly bounds: Bounds;
  /** Bytes; absent if none was given. */
  readonly capacity?: number;
  /** The plan that came with the file. */
  readonly reference?: ReferenceReport;
  /** Present where an earlier plan is given. */
  readonly replan?: Replan;
  /** Absent if it was not asked for, or if Ctrl-C stopped it. */
  readonly explanation?: PeakExplanation;
  /** In place of an explanation, where recorded waits order streams. */
  readonly missingWaits?: MissingWaits;
  /** Absent if it was not asked for, or if Ctrl-C stopped it. */
  readonly advice?: FitAdvice;
  /** Present where changes were asked for. */
  readonly changes?: ChangesReport;
  /** Present for a CUDA snapshot. */
  readonly cuda?: CudaReport;
  /** Present where workers of a queue were asked for. */
  readonly workers?: WorkersReport;
  readonly importSeconds: number;
  readonly warnings: readonly string[];
}

/** `stowage.plan/1` with the parts that options ask for. */
export interface PlanReportJson extends PlanJson {
  /** Bytes of a model's constants. */
  readonly weightBytes?: number;
  readonly reference?: ReferenceReport;
  readonly order?: OrderJson;
  readonly replan?: ReplanJson;
  readonly explanation?: ExplanationJson;
  /** Present where the recording orders its streams. */
  readonly streams?: StreamsJson;
  readonly advice?: AdviceJson;
  readonly changes?: ChangesJson;
  readonly cuda?: CudaReportJson;
  readonly workers?: WorkersJson;
}

export function planReportJson(report: PlanReport, withOffsets: boolean): PlanReportJson {
  const {chosen, plan, reference, explanation, missingWaits, advice, cuda, workers} = report;
  const concurrency = chosen.step?.concurrency;
  const {read} = chosen;
  return {
    ...planJson({...chosen, ...report}, withOffsets),
    ...(read?.weightBytes === undefined ? {} : {weightBytes: read.weightBytes}),
    ...(reference ? {reference} : {}),
    ...(chosen.ordered ? {order: orderJson(chosen.ordered)} : {}),
    ...(report.replan ? {replan: replanJson(report.replan)} : {}),
    ...(explanation ? {explanation: explanationJson(explanation, chosen)} : {}),
    ...(concurrency ? {streams: streamsJson(concurrency, missingWaits)} : {}),
    ...(advice ? {advice: adviceJson(advice, chosen)} : {}),
    ...(report.changes ? {changes: changesJson(report.changes)} : {}),
    ...(cuda ? {cuda: cudaReportJson(cuda)} : {}),
    ...(workers ? {workers: workersJson(workers, plan)} : {}),
  };
}

/**
 * Five lines: the source, the buffers, the lower bound, the peak, and the bytes without reuse; for a trace, the peak of the
 * whole recording and its streams before them. More lines follow if
 * the recorded peak is lower, for constraints, for a plan that came with the file, and for a CUDA snapshot.
 */
export function planLines(report: PlanReport): string[] {
  const {chosen, plan, reference} = report;
  const naive = withoutReuse(chosen.problem);
  return [
    `read         ${chosen.file}: ${describeTask(chosen)}`,
    ...(chosen.trace && chosen.step ? recordingLines(chosen.trace, chosen.step) : []),
    `buffers      ${describeBuffers(chosen)}`,
    `lower bound  ${describeBound(report)}`,
    ...loadLines(report),
    `peak         ${describePeak(report)}`,
    ...(chosen.ordered ? orderLines(chosen.ordered, chosen.format) : []),
    ...(report.workers ? workersLines(report.workers, plan) : []),
    ...capacityLines(report),
    ...(report.replan ? replanLines(report.replan) : []),
    `no reuse     ${formatBytes(naive)}${plan.peak > 0 ? `, ${(naive / plan.peak).toFixed(2)} times the peak` : ''}`,
    ...constrainedLines(chosen.problem, plan),
    ...(chosen.read?.sharing
      ? sharingSentences(chosen.problem, chosen.read.sharing).map(text => `sharing      ${text}`)
      : []),
    ...(reference ? [`own plan     ${describeReference(reference, chosen.problem, plan.peak)}`] : []),
    ...(report.cuda ? cudaLines(report.cuda) : []),
  ];
}

function describeBound({chosen, plan, bounds}: PlanReport): string {
  const bytes = formatBytes(plan.lowerBound);
  // parts have their bounds at times of their own
  if (plan.parts) return `${bytes}, the sum over ${plural(plan.parts.length, 'part')}`;
  if (chosen.problem.count === 0) return bytes;
  if (chosen.problem.constraints?.clocks) return `${bytes}, by buffers of which any two may be live at once`;
  return `${bytes}, at ticks ${formatCount(bounds.start)} to ${formatCount(bounds.end)}`;
}

/** Present if the recorded peak is below the load of the cyclic plan. */
function loadLines({chosen: {step}, bounds}: PlanReport): string[] {
  if (!step || bounds.load <= step.recordedLoad) return [];
  const more = formatBytes(bounds.load - step.recordedLoad);
  const cause =
    step.held > 0
      ? 'blocks whose free waited keep their bytes'
      : step.concurrency
        ? 'bytes pass between streams only where a wait orders them'
        : 'buffers that outlive an iteration need one slot per iteration in flight';
  return [
    `recorded     peak ${formatBytes(step.recordedLoad)}; the plan needs ${more} more, because ${cause}`,
  ];
}

function describeTask({format, step}: ChosenProblem): string {
  if (!step) return format;
  return `${format}, ${step.device.name}, ${describeIteration(step.iteration)}, ${plural(step.ticks, 'event')}, ${step.lifetimes}`;
}

function describeBuffers({problem, step, read}: ChosenProblem): string {
  const notes: string[] = [];
  if (read?.weightBytes) notes.push(`plus weights: ${formatBytes(read.weightBytes)}`);
  if (read?.inPlace?.length) notes.push(`${formatCount(read.inPlace.length)} can be written in place`);
  if (step) {
    const {carried, persistent, dropped} = step;
    if (carried.in + carried.out > 0) {
      notes.push(
        `${formatCount(carried.in)} carried in, ${formatCount(carried.out)} out, ${formatCount(carried.matched)} matched`,
      );
    }
    if (persistent.count > 0)
      notes.push(`plus ${formatCount(persistent.count)} persistent: ${formatBytes(persistent.bytes)}`);
    if (dropped > 0) notes.push(`${formatCount(dropped)} dropped: freed at once`);
  }
  return [formatCount(problem.count), ...notes].join('; ');
}

function describePeak({chosen, plan, capacity}: PlanReport): string {
  if (Number.isNaN(plan.peak) && !plan.clash) return 'none: no plan was found around the fixed offsets';
  if (plan.clash) return `none: the fixed offsets of buffers ${plan.clash.a} and ${plan.clash.b} collide`;
  if (plan.arenas && plan.status === 'infeasible')
    return `${formatBytes(plan.peak)}, no plan can fit the pools (${plan.algorithm}, ${seconds(plan)})`;
  if (plan.arenas && plan.status === 'unknown')
    return `${formatBytes(plan.peak)}, does not fit the pools, another plan may (${plan.algorithm}, ${seconds(plan)})`;
  const proof = describeProof(peakClaim(plan, evidenceOf(chosen)));
  const fits = capacity === undefined ? '' : `; ${describeFit(plan, capacity)}`;
  return `${formatBytes(plan.peak)}, ${proof}${fits} (${plan.algorithm}, ${seconds(plan)})`;
}

function seconds({seconds: {solve}}: Plan): string {
  return `${solve.toFixed(2)} s`;
}

/** A capacity is for the arena; a recording has persistent blocks beside it, and other parts. */
function capacityLines({chosen: {trace, step}, plan, capacity, cuda}: PlanReport): string[] {
  if (!trace || !step || capacity === undefined || Number.isNaN(plan.peak)) return [];
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const kept = keptPools(trace, device, step);
  // a plan of an iteration has no place for the pools of CUDA graphs from before
  const persistent = step.persistent.bytes + kept.bytes - kept.persistent;
  const part = describePartFit(
    describeIteration(step.iteration),
    plan.peak + persistent,
    persistent,
    capacity,
  );
  if (step.iteration === 'window') return [`capacity     ${part}`];
  const whole = cuda
    ? describePartFit('the whole recording', cuda.recoverable.needed, 0, capacity)
    : describeRecordingFit(recordingPeakOf(trace, step), capacity);
  return [`capacity     ${part}; ${whole}`];
}

function describeFit({peak, status}: Plan, capacity: number): string {
  if (peak <= capacity) return `fits ${formatBytes(capacity)}`;
  if (status === 'infeasible') return `no plan can fit ${formatBytes(capacity)}`;
  return `does not fit ${formatBytes(capacity)}, another plan may`;
}

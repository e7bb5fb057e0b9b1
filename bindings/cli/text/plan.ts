/** What is printed of a plan: five lines for a person, or one object of the `stowage.plan/1` contract. */
import type {Bounds, FitAdvice, PeakExplanation, Plan} from '../../index.ts';
import {type CudaReport, type PlanJson, planJson, withoutReuse} from '../../report.ts';
import {formatBytes, formatCount, plural} from '../quantities.ts';
import type {Task} from '../task.ts';
import {type AdviceJson, adviceJson} from './advice.ts';
import {constrainedLines} from './constraints.ts';
import {cudaLines} from './cuda.ts';
import {type ExplanationJson, explanationJson} from './explanation.ts';
import {describeReference, type ReferenceReport, reportReference} from './reference.ts';

/** Everything that is told of one planned problem. */
export interface Report {
  readonly task: Task;
  readonly plan: Plan;
  readonly bounds: Bounds;
  /** Bytes; absent where none was given. */
  readonly capacity?: number;
  /** Absent where none was asked for, or Ctrl-C stopped it. */
  readonly explanation?: PeakExplanation;
  /** Absent where none was asked for, or Ctrl-C stopped it. */
  readonly advice?: FitAdvice;
  /** Of a CUDA snapshot. */
  readonly cuda?: CudaReport;
  readonly importSeconds: number;
  readonly warnings: readonly string[];
}

/** `stowage.plan/1` with what else the command was asked for. */
export interface ReportJson extends PlanJson {
  /** Bytes of a model's constants. */
  readonly weightBytes?: number;
  readonly reference?: ReferenceReport;
  readonly explanation?: ExplanationJson;
  readonly advice?: AdviceJson;
  readonly cuda?: CudaReport;
}

export function reportJson(report: Report, withOffsets: boolean): ReportJson {
  const {task, explanation, advice, cuda} = report;
  const {problem, read} = task;
  return {
    ...planJson({...task, ...report}, withOffsets),
    ...(read?.weightBytes === undefined ? {} : {weightBytes: read.weightBytes}),
    ...(read?.reference ? {reference: reportReference(problem, read.reference)} : {}),
    ...(explanation ? {explanation: explanationJson(explanation, task)} : {}),
    ...(advice ? {advice: adviceJson(advice, task)} : {}),
    ...(cuda ? {cuda} : {}),
  };
}

/**
 * Five lines: what was read, the buffers, the lower bound, the peak, and what no planning would take; one more where the
 * recording had less live than the bound, and where the file came with a plan of its own. Of a CUDA snapshot also what could be recovered, and whether it had to fail.
 */
export function planLines(report: Report): string[] {
  const {task, plan, bounds} = report;
  const naive = withoutReuse(task.problem);
  const own = task.read?.reference && reportReference(task.problem, task.read.reference);
  return [
    `read         ${task.file}: ${describeTask(task)}`,
    `buffers      ${describeBuffers(task)}`,
    `lower bound  ${formatBytes(plan.lowerBound)}${task.problem.count > 0 ? `, at ticks ${formatCount(bounds.start)} to ${formatCount(bounds.end)}` : ''}`,
    ...loadLines(report),
    `peak         ${describePeak(report)}`,
    `no planning  ${formatBytes(naive)}${plan.peak > 0 ? `, ${(naive / plan.peak).toFixed(2)} times the peak` : ''}`,
    ...constrainedLines(task.problem, plan),
    ...(own ? [`own plan     ${describeReference(own, task.problem, plan.peak)}`] : []),
    ...(report.cuda ? cudaLines(report.cuda) : []),
  ];
}

/** Where the recording had less live at a time than any plan can do with that is run step after step. */
function loadLines({task: {step}, bounds}: Report): string[] {
  if (!step || bounds.load <= step.recordedLoad) return [];
  const more = formatBytes(bounds.load - step.recordedLoad);
  return [
    `recorded     ${formatBytes(step.recordedLoad)} live at most; ${more} more since buffers that live longer than an iteration keep a place for each instance`,
  ];
}

function describeTask({format, step}: Task): string {
  if (!step) return format;
  const iteration = step.iteration === 'window' ? 'the whole recording' : `iteration ${step.iteration}`;
  return `${format}, ${step.device.name}, ${iteration}, ${plural(step.ticks, 'event')}, ${step.lifetimes}`;
}

function describeBuffers({problem, step, read}: Task): string {
  const notes: string[] = [];
  if (read?.weightBytes) notes.push(`weights apart: ${formatBytes(read.weightBytes)}`);
  if (read?.inPlace?.length) notes.push(`${formatCount(read.inPlace.length)} could be written in place`);
  if (step) {
    const {carried, persistent, dropped} = step;
    if (carried.in + carried.out > 0) {
      notes.push(
        `${formatCount(carried.in)} carried in, ${formatCount(carried.out)} out, ${formatCount(carried.matched)} matched`,
      );
    }
    if (persistent.count > 0)
      notes.push(`${formatCount(persistent.count)} persistent apart: ${formatBytes(persistent.bytes)}`);
    if (dropped > 0) notes.push(`${formatCount(dropped)} dropped: freed at once`);
  }
  return [formatCount(problem.count), ...notes].join('; ');
}

function describePeak({plan, capacity}: Report): string {
  if (Number.isNaN(plan.peak) && !plan.clash) return 'none: no plan was found around the fixed offsets';
  if (plan.clash) return `none: the fixed offsets of buffers ${plan.clash.a} and ${plan.clash.b} collide`;
  if (plan.arenas && plan.status === 'infeasible')
    return `${formatBytes(plan.peak)}, and no plan can fit the pools (${plan.algorithm}, ${seconds(plan)})`;
  if (plan.arenas && plan.status === 'unknown')
    return `${formatBytes(plan.peak)}, which does not fit the pools, though another plan may (${plan.algorithm}, ${seconds(plan)})`;
  const gap = plan.lowerBound > 0 ? (plan.peak / plan.lowerBound - 1) * 100 : 0;
  const quality =
    plan.peak === plan.lowerBound
      ? 'optimal: no plan can be smaller'
      : `${gap < 0.001 ? 'less than 0.001' : gap.toFixed(3)} % above the lower bound, not proven to be the smallest`;
  const fits = capacity === undefined ? '' : `; ${describeFit(plan, capacity)}`;
  return `${formatBytes(plan.peak)}, ${quality}${fits} (${plan.algorithm}, ${seconds(plan)})`;
}

function seconds({seconds: {solve}}: Plan): string {
  return `${solve.toFixed(2)} s`;
}

function describeFit({peak, status}: Plan, capacity: number): string {
  if (peak <= capacity) return `fits ${formatBytes(capacity)}`;
  if (status === 'infeasible') return `no plan can fit ${formatBytes(capacity)}`;
  return `does not fit ${formatBytes(capacity)}, though another plan may`;
}

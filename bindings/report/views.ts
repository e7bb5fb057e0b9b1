/** The pictures of a report. */

import {describeFailures, describeLimit, requestsBeforeEvents} from '../allocators/index.ts';
import {type Breakdown, breakDown} from '../behaviour/breakdown.ts';
import {accessIntervals} from '../behaviour/intervals.ts';
import {classifyLifetimes} from '../behaviour/lifetimes.ts';
import type {BehaviourReport} from '../behaviour/report.ts';
import {
  activeBuffersPicture,
  activePicture,
  addressesPicture,
  type BreakdownRow,
  footprintPicture,
  groupsPicture,
  intervalCdfPicture,
  intervalSizesPicture,
  isEmpty,
  loadPicture,
  modelledPicture,
  needsPicture,
  type Picture,
  packingPicture,
  segmentsPicture,
  stackedPicture,
} from '../pictures/index.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Iteration, Iterations} from '../trace/timeline/iterations.ts';
import type {Trace} from '../trace/trace.ts';
import type {TraceFacts} from './answers.ts';
import {flamesOf} from './flames.ts';
import type {ReportInput} from './input.ts';
import {type Needs, needRows} from './needs.ts';
import {stayingPictures} from './staying.ts';

/** All that can be drawn of it; in the order in which they are read. */
export function picturesOf(
  input: ReportInput,
  device: number,
  {found, behaviour, needs, staying}: TraceFacts & {readonly found: Iterations | undefined},
): Picture[] {
  const {trace} = input;
  const pictures = [
    ...packingOf(input),
    ...(trace && found ? overTime(trace, device, found, needs) : problemOverTime(input)),
    ...flamesOf(input, device),
    ...(needs ? [needsPicture(needRows(input, needs, device), needsNotes(input, needs))] : []),
    ...(trace && behaviour && found ? behaviourPictures(trace, device, behaviour, found) : []),
    ...(trace && staying ? stayingPictures(trace, device, staying) : []),
    ...(needs ? [modelledOf(needs)] : []),
    ...(needs ? [segmentsPicture(needs.segments, needs.moment, segmentNotes(needs))] : []),
  ];
  return pictures.filter(picture => !isEmpty(picture));
}

/** What the peak is made of, and how long blocks are left alone. */
export function behaviourPictures(
  trace: Trace,
  device: number,
  behaviour: BehaviourReport,
  found: Iterations,
): Picture[] {
  return [
    ...peakPictures(trace, device, behaviour, found),
    ...(behaviour.intervals ? intervalPictures(trace, device, behaviour) : []),
  ];
}

function packingOf({problem, plan, bounds, read, step, capacity}: ReportInput): Picture[] {
  if (Number.isNaN(plan.peak)) return [];
  const operations = step?.operations ?? read?.operations;
  return [
    packingPicture({
      problem,
      offsets: plan.offsets,
      peak: plan.peak,
      lowerBound: plan.lowerBound,
      bound: bounds,
      ...(operations ? {operations} : {}),
      ...(capacity === undefined ? {} : {capacity}),
    }),
  ];
}

function problemOverTime({problem, plan, read, capacity}: ReportInput): Picture[] {
  const levels = [
    ...(Number.isNaN(plan.peak) ? [] : [{bytes: plan.peak, text: 'planned peak'}]),
    ...(capacity === undefined ? [] : [{bytes: capacity, text: 'capacity'}]),
  ];
  return [loadPicture(problem, levels), activeBuffersPicture(problem, read?.operations)];
}

function overTime(trace: Trace, device: number, found: Iterations, needs: Needs | undefined): Picture[] {
  const {memory, live, maxLoad} = timelineOf(trace, device);
  const {iterations} = found;
  // the requests of a snapshot are its entries, which are not one to one the events of the trace
  const reserved =
    needs && Float64Array.from(requestsBeforeEvents(needs.requests), position => needs.reserved[position]!);
  const isAligned = reserved?.length === live.length;
  const footprint = footprintPicture({
    live,
    iterations,
    persistent: trace.cuda?.devices[device]?.persistent.bytes ?? 0,
    ...(reserved && isAligned
      ? {reserved, reservedName: `reserved by ${needs!.models[0]!.name}, a model`}
      : {}),
  });
  const pictures = [footprint, activePicture(trace, memory, live)];
  if (trace.inferred) return pictures;
  const lifetimes = classifyLifetimes(trace, device, iterations);
  const addresses = addressesPicture(trace, memory, lifetimes, iterations, maxLoad);
  return addresses ? [...pictures, addresses] : pictures;
}

function modelledOf({models, requests, addresses}: Needs): Picture {
  const {name, most} = models[0]!;
  return modelledPicture({requests, addresses, name, reserved: most.reserved});
}

function needsNotes({step, trace}: ReportInput, needs: Needs): string[] {
  const planned = step?.iteration === 'window' ? 'the whole recording' : `iteration ${step?.iteration}`;
  return [
    `Allocators are models, replayed on the whole recording; the plan is of ${planned}.`,
    ...(needs.limit ? [`The models have a capacity of ${describeLimit(needs.limit)}.`] : []),
    ...needs.models.flatMap(({name, failures}) => {
      const text = describeFailures(failures);
      return text === '' ? [] : [`The model of ${name} ${text}.`];
    }),
    ...(trace?.cuda ? [] : ['What the recorded program reserved is not in this recording.']),
  ];
}

function segmentNotes({isRecorded, models}: Needs): string[] {
  if (isRecorded) return [];
  return [`As ${models[0]!.name} would hold them: a model, not a recording.`];
}

function peakPictures(
  trace: Trace,
  device: number,
  {peak}: BehaviourReport,
  {iterations}: Iterations,
): Picture[] {
  const rows = (by: 'content' | 'lifetime', last: Breakdown): BreakdownRow[] =>
    rowsOf(trace, device, iterations, by, last);
  // a breakdown without any named group shows nothing
  const tells = (one: Breakdown | null): one is Breakdown =>
    one?.groups.some(({name, peakBytes}) => name !== '' && peakBytes > 0) ?? false;
  return [
    ...(tells(peak.byOperation) ? [groupsPicture(peak.byOperation, 'operation')] : []),
    ...(tells(peak.byFrame) ? [groupsPicture(peak.byFrame, 'frame')] : []),
    ...(peak.byContent ? [stackedPicture(rows('content', peak.byContent), 'content')] : []),
    // a breakdown with a single kind shows nothing
    ...(peak.byLifetime.groups.length > 1
      ? [stackedPicture(rows('lifetime', peak.byLifetime), 'lifetime')]
      : []),
  ];
}

/** The first, the middle and the last whole iteration; the whole recording where there is none. */
function rowsOf(
  trace: Trace,
  device: number,
  iterations: readonly Iteration[],
  by: 'content' | 'lifetime',
  last: Breakdown,
): BreakdownRow[] {
  const whole = iterations.filter(iteration => iteration.whole);
  if (whole.length === 0) return [{name: 'the whole recording', breakdown: last}];
  const chosen = [...new Set([0, (whole.length - 1) >> 1, whole.length - 1])].map(index => whole[index]!);
  return chosen.map((iteration, index) => ({
    name: `iteration ${iteration.number}`,
    breakdown: index === chosen.length - 1 ? last : breakDown(trace, device, by, iteration),
  }));
}

function intervalPictures(trace: Trace, device: number, {intervals, time}: BehaviourReport): Picture[] {
  const {leastLength, leastBytes, unit} = intervals!.outliers;
  const all = accessIntervals(trace, device);
  const shown = time.isTrustworthy ? 'us' : unit;
  return [
    intervalCdfPicture(all, shown),
    intervalSizesPicture(trace, all, {length: leastLength, unit, bytes: leastBytes}),
  ];
}

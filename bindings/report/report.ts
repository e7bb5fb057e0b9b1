/** Everything known about one trace or problem, gathered once for HTML, tables and JSON. */

import {type Leaks, leaksOf} from '../behaviour/leaks.ts';
import {type BehaviourReport, reportBehaviour} from '../behaviour/report.ts';
import {type Waits, waitsOf} from '../behaviour/waits.ts';
import type {Picture} from '../pictures/index.ts';
import {chooseDevice, findIterations} from '../trace/timeline/device-timeline.ts';
import type {Answer} from './answer.ts';
import {answersOf} from './answers.ts';
import type {ReportInput} from './input.ts';
import {type Needs, needRows, needsOf} from './needs.ts';
import {type PeakBuffers, peakBuffers} from './peak.ts';
import {picturesOf} from './views.ts';

export interface Report {
  readonly input: ReportInput;
  readonly answers: readonly Answer[];
  readonly peak: PeakBuffers;
  /** For a trace. */
  readonly behaviour?: BehaviourReport;
  readonly leaks?: Leaks;
  readonly waits?: Waits;
  readonly needs?: Needs;
  readonly needRows: ReturnType<typeof needRows>;
  readonly pictures: readonly Picture[];
}

export function makeReport(input: ReportInput): Report {
  const {trace, step, read, problem, bounds} = input;
  const device = trace && step ? chooseDevice(trace, step.device.name) : 0;
  const found = trace && findIterations(trace, device);
  const behaviour = trace && reportBehaviour(trace, device, input.behaviour, found);
  const staying = trace && {leaks: leaksOf(trace, device), waits: waitsOf(trace, device)};
  const needs = trace && needsOf(trace, device, input.capacity);
  const peak = peakBuffers(problem, bounds, step?.operations ?? read?.operations);
  return {
    input,
    answers: answersOf(input, peak, {behaviour, needs, staying}),
    peak,
    ...(behaviour ? {behaviour} : {}),
    ...staying,
    ...(needs ? {needs} : {}),
    needRows: needRows(input, needs, device),
    pictures: picturesOf(input, device, {found, behaviour, needs, staying}),
  };
}

/**
 * The evidence behind a statement: the part of the file that was looked at, and the assumptions made. Every claim (peak,
 * proven, recoverable, fits, passed) carries one, and its words are made in this folder.
 */

import type {StepConcurrency} from '../trace/clocks/step-clocks.ts';
import {countStreams} from '../trace/clocks/streams.ts';
import type {ReadProblem} from '../trace/importers/importer.ts';
import type {StepProblem} from '../trace/step/step.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import {ASSUMPTIONS, type Assumption} from './assumptions.ts';
import type {EvidenceScope} from './scope.ts';
import {waitingFrees} from './waiting.ts';

export interface Evidence {
  readonly scope: EvidenceScope;
  readonly assumptions: readonly Assumption[];
}

/** As JSON has it: assumptions with their meaning. */
export interface EvidenceJson {
  readonly scope: EvidenceScope;
  readonly assumptions: readonly {readonly name: Assumption; readonly meaning: string}[];
}

/** A problem that was read as it is assumes nothing. */
export const PROBLEM_EVIDENCE: Evidence = {scope: {kind: 'problem'}, assumptions: []};

/** The source of a plan: a step of a trace, or a problem that was read as it is. */
export interface EvidenceSource {
  readonly trace?: Trace;
  readonly step?: StepProblem;
  readonly read?: Pick<ReadProblem, 'sharing' | 'isCut'>;
}

/** The evidence of a plan: of a step of a trace, or of a problem that was read as it is. */
export function evidenceOf({trace, step, read}: EvidenceSource): Evidence {
  return trace && step ? evidenceOfStep(trace, step) : evidenceOfProblem(read ?? {});
}

function evidenceOfProblem({sharing, isCut}: Pick<ReadProblem, 'sharing' | 'isCut'>): Evidence {
  return {
    ...PROBLEM_EVIDENCE,
    assumptions: [
      ...(isCut ? ['file-cut' as const] : []),
      ...(sharing && sharing.buffers.length > 0 ? ['sharing-from-file' as const] : []),
      ...(sharing && sharing.unexplained.length > 0 ? ['overlaps-unexplained' as const] : []),
    ],
  };
}

/** The evidence of a plan of a step. */
export function evidenceOfStep(trace: Trace, step: StepProblem): Evidence {
  const {
    device: {name: device},
    iteration,
    lifetimes,
    persistent,
  } = step;
  const index = trace.devices.findIndex(({name}) => name === device);
  const isWhole = iteration === 'window';
  const cuda = trace.cuda?.devices[index];
  const isCut = !isWhole && lifetimes === 'linear';
  return {
    scope: isWhole ? {kind: 'recording', device} : {kind: 'iteration', iteration, device},
    assumptions: [
      ...streamAssumptions(trace, index, step),
      ...(isCut ? ['lifetimes-cut' as const] : []),
      ...(!isWhole && !isCut ? ['iterations-repeat' as const] : []),
      ...(trace.isCut ? ['file-cut' as const] : []),
      ...(trace.inferred ? ['pairs-guessed' as const] : []),
      ...(cuda?.isTruncated ? ['beginning-lost' as const] : []),
      ...(cuda && persistent.count > 0 ? ['older-blocks-counted' as const] : []),
    ],
  };
}

function streamAssumptions(
  trace: Trace,
  device: number,
  {rules: {streams = 'apart', idle}, iteration, lifetimes, concurrency}: StepProblem,
): Assumption[] {
  const isWhole = iteration === 'window';
  const parts = timelineOf(trace, device).parts('apart');
  const waiting = waitingFrees(trace, device).count;
  const isConcurrent = countStreams(trace, device) > 1 || waiting > 0;
  const pools: Assumption[] =
    parts.pools === 0
      ? []
      : trace.cuda?.arePoolsInferred
        ? ['pools-inferred', 'graphs-keep-pools']
        : ['graphs-keep-pools'];
  if (!hasStreams(trace, device)) return ['streams-unknown'];
  if (!isConcurrent) return pools;
  if (streams === 'together')
    return ['streams-together', ...(waiting > 0 ? ['waiting-frees-as-recorded' as const] : []), ...pools];
  return [
    ...(concurrency ? orderAssumptions(concurrency, lifetimes) : []),
    ...(parts.streams > 1 && !concurrency ? ['streams-apart' as const] : []),
    ...(concurrency ? [] : ['uses-joined' as const]),
    ...(waiting > 0 ? ['waiting-frees-held' as const] : []),
    ...(waiting > 0 && idle === undefined && !isWhole ? ['waiting-frees-over' as const] : []),
    ...(idle === undefined ? [] : ['idle-between-iterations' as const]),
    ...(trace.cuda && !hasStacks(trace) ? ['frees-without-stacks' as const] : []),
    ...pools,
  ];
}

function orderAssumptions({racing}: StepConcurrency, lifetimes: StepProblem['lifetimes']): Assumption[] {
  return [
    'streams-ordered',
    'uses-recorded',
    ...(lifetimes === 'cyclic' ? ['waits-repeat' as const] : []),
    ...(racing > 0 ? ['uses-over' as const] : []),
  ];
}

/** A device whose work is queued, in a format that says for which stream a block is. */
function hasStreams(trace: Trace, device: number): boolean {
  if (trace.cuda || trace.devices[device]?.name === 'cpu') return true;
  return countStreams(trace, device) > 1;
}

function hasStacks({cuda}: Trace): boolean {
  return cuda?.entries.stack.some(stack => stack !== 0) ?? false;
}

export function evidenceJson({scope, assumptions}: Evidence): EvidenceJson {
  return {scope, assumptions: assumptions.map(name => ({name, meaning: ASSUMPTIONS[name]}))};
}

/** A replay as lines of text. */
import {
  type AllocatorChoice,
  betterTrials,
  type DeviceLimit,
  describeAllocator,
  describeFailures,
  describeLimit,
  failuresOf,
  type Replayed,
  type Requests,
  type Trial,
  type ValidationResult,
} from '../../allocators/index.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {Trace} from '../../trace.ts';

export interface ReplayReport {
  readonly file: string;
  readonly format: string;
  readonly trace: Trace;
  readonly device: number;
  readonly choice: AllocatorChoice;
  readonly limit: DeviceLimit | undefined;
  readonly requests: Requests;
  readonly replayed: Replayed;
  readonly validation: ValidationResult;
  readonly trials: readonly Trial[];
}

const TEXT_SAMPLES = 8;
const MOST_TRIALS = 3;

export function replayLines(report: ReplayReport): string[] {
  const {file, format, trace, device, choice, limit, requests, replayed} = report;
  const {most, atMost} = replayed;
  const {before, failures} = requests;
  const older = before > 0 ? `; ${plural(before, 'older block')} requested first` : '';
  const failed = failures.length > 0 ? ` and ${formatCount(failures.length)} that failed` : '';
  const capacity = limit === undefined ? '' : `, capacity ${describeLimit(limit)}`;
  const served = requests.count - before - 2 * failures.length;
  return [
    `read         ${file}: ${format}, ${trace.devices[device]!.name}, ${plural(served, 'request')}${failed}${older}`,
    `allocator    ${describeAllocator(choice)}${capacity}; ${describeValidation(report)}`,
    ...(failures.length > 0 && limit === undefined
      ? [
          'capacity     not known: the recording does not show the reserved bytes when a request failed; give --capacity, without which every request is served',
        ]
      : []),
    `requested    ${formatBytes(most.requested)} at most`,
    `allocated    ${formatBytes(most.allocated)} at most, rounded as the allocator does`,
    `reserved     ${formatBytes(most.reserved)} at most, ${plural(most.segments, 'segment')} at most${describeRecorded(report)}`,
    `fragmented   ${formatBytes(most.stranded)} at most; ${formatBytes(atMost.stranded)} at the reserved peak, request ${formatCount(atMost.position)}`,
    ...failureLines(report),
    ...timeLines(replayed),
    ...trialLines(report),
  ];
}

function describeValidation({validation, choice}: ReplayReport): string {
  if (choice.name !== 'pytorch-cuda') return 'a model, not validated';
  if ('reason' in validation) return `a model, not validated: ${validation.reason}`;
  const {segments, blocks} = validation;
  return `a model; with the recorded settings it places ${segments.equal} of ${plural(segments.recorded, 'segment')} and ${blocks.equal} of ${plural(blocks.recorded, 'block')} as recorded`;
}

/** The most that was reserved in the recording; undefined where it is not known. */
export function recordedMost({trace, device}: Pick<ReplayReport, 'trace' | 'device'>): number | undefined {
  return trace.cuda?.devices[device]?.reserved.most || undefined;
}

function describeRecorded(report: ReplayReport): string {
  const {most, failed} = report.replayed;
  const without = failed.length > 0 ? ', without the requests that failed' : '';
  const recorded = recordedMost(report);
  if (recorded === undefined) return without;
  const error = (most.reserved / recorded - 1) * 100;
  const sign = error < 0 ? '−' : '+';
  return `${without}; recorded ${formatBytes(recorded)}, ${sign}${Math.abs(error).toFixed(1)} %`;
}

function failureLines({requests, replayed, limit}: ReplayReport): string[] {
  const failures = failuresOf(requests, replayed);
  const text = describeFailures(failures);
  if (text === '') return [];
  const {failed} = replayed;
  const skipped =
    failed.length > 0
      ? `; skipped with ${failed.length === 1 ? 'its free' : 'their frees'}, the first is request ${formatCount(failed[0]!)}`
      : '';
  const lines = [`failed       the model ${text}${skipped}`];
  if (failures.served > 0 && limit !== undefined && limit.source !== 'given')
    lines.push(
      '             it does not repeat the failure of the recording, so what it shows of other settings is weak evidence',
    );
  return lines;
}

/** Splits the requests into equal stretches; the request of each at which most is reserved, the first of equals. */
export function samplesOf(reserved: Float64Array, count: number): number[] {
  const stretch = Math.ceil(reserved.length / count);
  const samples: number[] = [];
  for (let begin = 0; begin < reserved.length; begin += stretch) {
    let most = begin;
    for (let i = begin + 1; i < Math.min(begin + stretch, reserved.length); i++)
      if (reserved[i]! > reserved[most]!) most = i;
    samples.push(most);
  }
  return samples;
}

function timeLines({usage}: Replayed): string[] {
  return samplesOf(usage.reserved, TEXT_SAMPLES).map((at, index) => {
    const allocated = usage.allocated[at]!;
    const reserved = usage.reserved[at]!;
    return `${index === 0 ? 'over time    ' : '             '}request ${formatCount(at)}: allocated ${formatBytes(allocated)}, reserved ${formatBytes(reserved)}, fragmented ${formatBytes(reserved - allocated)}`;
  });
}

/** The three best settings that help. */
function trialLines(report: ReplayReport): string[] {
  const {trials, replayed, requests, validation} = report;
  if (trials.length === 0) return [];
  const recorded = recordedMost(report);
  const better = betterTrials(trials, replayed, recorded);
  if (better.length === 0) {
    const {recorded: all, served} = failuresOf(requests, replayed);
    const what =
      replayed.failed.length === 0
        ? `reserves less${recorded === undefined ? '' : ' than was recorded'}`
        : all > served
          ? `serves ${all === 1 ? 'the request' : 'more requests'} that failed in the recording without failing others`
          : 'fails fewer requests';
    return [`try          nothing else: none of ${trials.length} other settings ${what}`];
  }
  return [
    ...better
      .slice(0, MOST_TRIALS)
      .map(trial => `try          ${describeTrial(trial, recorded, replayed.most.reserved)}`),
    ...('reason' in validation
      ? [
          `             simulated, not measured: ${requests.before > 0 ? 'the order of the older blocks is not known, and ' : ''}the model is not validated on this recording`,
        ]
      : []),
  ];
}

/** A saving is named only where no request failed: without the failed ones, less is reserved anyhow. */
function describeTrial(
  {choice, most, failed, failures}: Trial,
  recorded: number | undefined,
  own: number,
): string {
  const served = describeFailures(failures);
  const than = recorded === undefined ? 'than the model with the settings above' : 'than recorded';
  const less = (recorded ?? own) - most.reserved;
  const change =
    failed > 0 ? ' without them' : `, ${formatBytes(Math.abs(less))} ${less < 0 ? 'more' : 'less'} ${than}`;
  const needs =
    choice.settings.garbage_collection_threshold === undefined
      ? ''
      : '; it counts only after torch.cuda.set_per_process_memory_fraction';
  return `${describeAllocator(choice)}: ${served === '' ? '' : `${served}; `}reserved ${formatBytes(most.reserved)} at most${change}${needs}`;
}

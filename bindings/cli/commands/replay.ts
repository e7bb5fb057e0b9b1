/** `stowage replay`: shows the memory that an allocator would need for the requests of a trace, and better settings. */
import {type Command, InvalidArgumentError} from 'commander';
import {
  type AllocatorChoice,
  describeAllocator,
  makeAllocator,
  namedSettings,
  parseAllocator,
  type Replayed,
  type Requests,
  recordedSettings,
  replay,
  requestsOf,
  type Trial,
  trySettings,
  type ValidationResult,
  validateModel,
} from '../../allocators/index.ts';
import {UsageError} from '../../model/errors.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {chooseDevice, type Trace} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {readInput} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import type {CommandContext} from './options.ts';
import {parseBytes} from './parse.ts';

export interface ReplayCommandOptions {
  readonly allocator?: AllocatorChoice;
  readonly capacity?: number;
  readonly device?: string;
  readonly json?: boolean;
}

/** Most requests at which the usage is reported. */
const JSON_SAMPLES = 256;
const TEXT_SAMPLES = 8;

interface ReplayReport {
  readonly file: string;
  readonly format: string;
  readonly trace: Trace;
  readonly device: number;
  readonly choice: AllocatorChoice;
  readonly capacity: number | undefined;
  readonly requests: Requests;
  readonly replayed: Replayed;
  readonly validation: ValidationResult;
  readonly trials: readonly Trial[];
}

export function addReplayCommand(root: Command, {done}: CommandContext): void {
  root
    .command('replay')
    .argument('<FILE>', 'a trace')
    .description('show the memory that an allocator would need for the requests of a trace')
    .option(
      '--allocator <NAME>',
      'pytorch-cuda, cupy, chainer-1, bump or no-reuse, optionally with settings: pytorch-cuda:expandable_segments=true,max_split_size_mb=128 (default: pytorch-cuda with the recorded settings)',
      parseAllocatorName,
    )
    .option('--capacity <BYTES>', 'device memory that the allocator may reserve, e.g. 24GiB', parseBytes)
    .option('--device <NAME>', 'cpu, cuda:0, … (default: the one with the most live bytes)')
    .option('--json', 'print one object')
    .action(async (file: string, options: ReplayCommandOptions) => done(await replayCommand(file, options)));
}

function parseAllocatorName(text: string): AllocatorChoice {
  try {
    return parseAllocator(text);
  } catch (error) {
    throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
  }
}

/** @returns the exit code. */
export async function replayCommand(file: string, options: ReplayCommandOptions): Promise<number> {
  const input = await readInput(file, {});
  const {imported} = input;
  if (imported.kind !== 'trace') {
    const message = `${input.file}: only a trace has requests to replay, and this is ${imported.format}`;
    throw new CliError(message, EXIT.usage);
  }
  const {trace, format} = imported;
  const device = deviceOf(input.file, trace, options.device);
  const choice = options.allocator ?? recordedChoice(trace);
  const requests = requestsOf(trace, device);
  const report: ReplayReport = {
    file: input.file,
    format,
    trace,
    device,
    choice,
    capacity: options.capacity,
    requests,
    replayed: replay(requests, makeAllocator(choice, options.capacity)),
    validation: validateModel(trace, device),
    trials: trySettings(requests, choice, options.capacity),
  };
  if (options.json) printJson(replayJson(report));
  else {
    for (const warning of trace.warnings) warn(`${input.file}: ${warning}`);
    for (const line of replayLines(report)) print(line);
  }
  return EXIT.ok;
}

function deviceOf(file: string, trace: Trace, name: string | undefined): number {
  try {
    return chooseDevice(trace, name);
  } catch (error) {
    throw inputError(file, error);
  }
}

function recordedChoice({cuda}: Trace): AllocatorChoice {
  return {name: 'pytorch-cuda', settings: cuda ? namedSettings(recordedSettings(cuda.settings)) : {}};
}

function replayJson(report: ReplayReport): object {
  const {file, format, trace, device, choice, capacity, requests, replayed, validation, trials} = report;
  const {most, atMost, failed, usage} = replayed;
  const samples = samplesOf(usage.reserved, JSON_SAMPLES);
  return {
    schema: 'stowage.replay/1',
    source: {file, format, device: trace.devices[device]!.name},
    allocator: describeAllocator(choice),
    capacity: capacity ?? null,
    requests: requests.count,
    requestsBefore: requests.before,
    validation,
    most,
    atMost,
    failed: failed.length,
    recordedReserved: trace.cuda?.devices[device]?.reserved ?? null,
    overTime: samples.map(at => ({
      request: at,
      requested: usage.requested[at]!,
      allocated: usage.allocated[at]!,
      reserved: usage.reserved[at]!,
      stranded: usage.reserved[at]! - usage.allocated[at]!,
      segments: usage.segments[at]!,
    })),
    trials: trials.map(trial => ({
      allocator: describeAllocator(trial.choice),
      most: trial.most,
      failed: trial.failed,
    })),
  };
}

/** Splits the requests into equal stretches; the request of each at which most is reserved, the first of equals. */
function samplesOf(reserved: Float64Array, count: number): number[] {
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

function replayLines(report: ReplayReport): string[] {
  const {file, format, trace, device, choice, capacity, requests, replayed, trials} = report;
  const {most, atMost, failed} = replayed;
  const before = requests.before > 0 ? `; ${plural(requests.before, 'older block')} requested first` : '';
  const limit = capacity === undefined ? '' : `, capacity ${formatBytes(capacity)}`;
  return [
    `read         ${file}: ${format}, ${trace.devices[device]!.name}, ${plural(requests.count - requests.before, 'request')}${before}`,
    `allocator    ${describeAllocator(choice)}${limit}; ${describeValidation(report)}`,
    `requested    ${formatBytes(most.requested)} at most`,
    `allocated    ${formatBytes(most.allocated)} at most, rounded as the allocator does`,
    `reserved     ${formatBytes(most.reserved)} at most, ${plural(most.segments, 'segment')} at most${describeRecorded(report)}`,
    `fragmented   ${formatBytes(most.stranded)} at most; ${formatBytes(atMost.stranded)} at the reserved peak, request ${formatCount(atMost.position)}`,
    ...(failed.length > 0
      ? [
          `failed       ${plural(failed.length, 'request')}, skipped; the first is request ${formatCount(failed[0]!)}`,
        ]
      : []),
    ...timeLines(replayed),
    ...trialLines(trials, replayed),
  ];
}

function describeValidation({validation, choice}: ReplayReport): string {
  if (choice.name !== 'pytorch-cuda') return 'a model, not validated';
  if ('reason' in validation) return `a model, not validated: ${validation.reason}`;
  const {segments, blocks} = validation;
  return `a model; with the recorded settings it places ${segments.equal} of ${plural(segments.recorded, 'segment')} and ${blocks.equal} of ${plural(blocks.recorded, 'block')} as recorded`;
}

function describeRecorded({trace, device, replayed}: ReplayReport): string {
  const reserved = trace.cuda?.devices[device]?.reserved;
  if (!reserved || reserved.most === 0) return '';
  const error = (replayed.most.reserved / reserved.most - 1) * 100;
  const sign = error < 0 ? '−' : '+';
  return `; recorded ${formatBytes(reserved.most)}, ${sign}${Math.abs(error).toFixed(1)} %`;
}

function timeLines({usage}: Replayed): string[] {
  return samplesOf(usage.reserved, TEXT_SAMPLES).map((at, index) => {
    const allocated = usage.allocated[at]!;
    const reserved = usage.reserved[at]!;
    return `${index === 0 ? 'over time    ' : '             '}request ${formatCount(at)}: allocated ${formatBytes(allocated)}, reserved ${formatBytes(reserved)}, fragmented ${formatBytes(reserved - allocated)}`;
  });
}

/** The three best settings that help. */
function trialLines(trials: readonly Trial[], {most, failed}: Replayed): string[] {
  if (trials.length === 0) return [];
  const better = trials.filter(
    trial =>
      trial.failed < failed.length || (trial.failed === failed.length && trial.most.reserved < most.reserved),
  );
  if (better.length === 0)
    return [`try          nothing else: none of ${trials.length} other settings reserves less`];
  return better.slice(0, 3).map(trial => {
    const change = most.reserved - trial.most.reserved;
    const failures = failed.length > 0 ? `, ${plural(trial.failed, 'failed request')}` : '';
    return `try          ${describeAllocator(trial.choice)}: reserved ${formatBytes(trial.most.reserved)}, ${formatBytes(Math.abs(change))} ${change < 0 ? 'more' : 'less'}${failures}`;
  });
}

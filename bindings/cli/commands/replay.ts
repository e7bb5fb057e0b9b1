/** `stowage replay`: shows the memory that an allocator would need for the requests of a trace, and better settings. */
import {type Command, InvalidArgumentError} from 'commander';
import {
  type AllocatorChoice,
  describeAllocator,
  deviceLimit,
  failuresOf,
  makeAllocator,
  namedSettings,
  parseAllocator,
  recordedSettings,
  replay,
  requestsOf,
  trySettings,
  validateModel,
} from '../../allocators/index.ts';
import {UsageError} from '../../model/errors.ts';
import {chooseDevice, requireEvents, type Trace} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {readInput} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import {type ReplayReport, recordedMost, replayLines, samplesOf} from '../text/replay.ts';
import {type CommandContext, withStrict} from './options.ts';
import {parseBytes} from './parse.ts';

export interface ReplayCommandOptions {
  readonly allocator?: AllocatorChoice;
  readonly capacity?: number;
  readonly device?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** Most requests at which the usage is reported. */
const JSON_SAMPLES = 256;

export function addReplayCommand(root: Command, {done}: CommandContext): void {
  const command = root
    .command('replay')
    .argument('<FILE>', 'a trace')
    .description('show the memory that an allocator would need for the requests of a trace')
    .option(
      '--allocator <NAME>',
      'pytorch-cuda, cupy, chainer-1, bump or no-reuse, optionally with settings: pytorch-cuda:expandable_segments=true,max_split_size_mb=128 (default: pytorch-cuda with the recorded settings)',
      parseAllocatorName,
    )
    .option(
      '--capacity <BYTES>',
      'device memory that the allocator may reserve, e.g. 24GiB (default: as a failed request of the recording shows it, else no limit)',
      parseBytes,
    )
    .option('--device <NAME>', 'cpu, cuda:0, … (default: the one with the most live bytes)')
    .option('--json', 'print one object')
    .action(async (file: string, options: ReplayCommandOptions) => done(await replayCommand(file, options)));
  withStrict(command);
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
  const input = await readInput(file, options);
  const {imported} = input;
  if (imported.kind !== 'trace') {
    const message = `${input.file}: only a trace has requests to replay, and this is ${imported.format}`;
    throw new CliError(message, EXIT.usage);
  }
  const {trace, format} = imported;
  const device = deviceOf(input.file, trace, options.device);
  const choice = options.allocator ?? recordedChoice(trace);
  const requests = requestsOf(trace, device);
  const limit = deviceLimit(trace, device, options.capacity);
  const report: ReplayReport = {
    file: input.file,
    format,
    trace,
    device,
    choice,
    limit,
    requests,
    replayed: replay(requests, makeAllocator(choice, limit?.bytes)),
    validation: validateModel(trace, device),
    trials: trySettings(requests, choice, limit?.bytes),
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
    const device = chooseDevice(trace, name);
    requireEvents(trace, device, 'a replay');
    return device;
  } catch (error) {
    throw inputError(file, error);
  }
}

function recordedChoice({cuda}: Trace): AllocatorChoice {
  return {name: 'pytorch-cuda', settings: cuda ? namedSettings(recordedSettings(cuda.settings)) : {}};
}

function replayJson(report: ReplayReport): object {
  const {file, format, trace, device, choice, limit, requests, replayed, validation, trials} = report;
  const {most, atMost, failed, usage} = replayed;
  const samples = samplesOf(usage.reserved, JSON_SAMPLES);
  const recorded = recordedMost(report);
  return {
    schema: 'stowage.replay/1',
    source: {file, format, device: trace.devices[device]!.name},
    allocator: describeAllocator(choice),
    capacity: limit?.bytes ?? null,
    capacitySource: limit?.source ?? null,
    requests: requests.count,
    requestsBefore: requests.before,
    validation,
    assumptions: assumptionsOf(report),
    most,
    atMost,
    failed: failed.length,
    failures: failuresOf(requests, replayed),
    recordedFailures: requests.failures.map(request => ({
      request,
      bytes: requests.blocks.bytes[requests.block[request]!]!,
      served: !failed.includes(request),
    })),
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
      failures: trial.failures,
      // without the failed requests less is reserved anyhow
      lessThanRecorded: recorded === undefined || trial.failed > 0 ? null : recorded - trial.most.reserved,
    })),
  };
}

/** What the figures rest on, in words. */
function assumptionsOf({requests, validation, choice}: ReplayReport): string[] {
  return [
    ...(choice.name !== 'pytorch-cuda'
      ? ['the model is not validated']
      : 'reason' in validation
        ? [`the model is not validated on this recording: ${validation.reason}`]
        : []),
    ...(requests.before > 0
      ? ['the order of the blocks from before the recording is not known: they are requested first']
      : []),
    ...(requests.failures.length > 0
      ? ['a request that failed in the recording is asked for where it failed, and freed at once']
      : []),
  ];
}

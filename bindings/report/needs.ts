/** The memory that models of allocators need for the whole recording, and their segments where they hold most. */
import {
  type AllocatorChoice,
  type DeviceLimit,
  describeAllocator,
  deviceLimit,
  type Failures,
  failuresOf,
  makeAllocator,
  namedSettings,
  PytorchAllocator,
  parseSettings,
  type Replayed,
  type Requests,
  recordedSettings,
  replay,
  requestsOf,
} from '../allocators/index.ts';
import {stackFrame} from '../behaviour/frames.ts';
import {plural} from '../model/quantities.ts';
import type {Need, SegmentState} from '../pictures/index.ts';
import type {Trace} from '../trace/trace.ts';
import type {ReportInput} from './input.ts';

/** One model, replayed. */
export interface ReplayedModel {
  readonly name: string;
  readonly most: Replayed['most'];
  readonly atMost: Replayed['atMost'];
  readonly failures: Failures;
}

export interface Needs {
  readonly models: readonly ReplayedModel[];
  /** The memory that the models have; undefined for no limit. */
  readonly limit: DeviceLimit | undefined;
  /** The first model's bytes after each request, and its address of each block; NaN where it has no memory. */
  readonly reserved: Float64Array;
  readonly addresses: Float64Array;
  readonly requests: Requests;
  /** The segments at a snapshot's end, else those of the first model where it reserves most. */
  readonly segments: readonly SegmentState[];
  readonly moment: string;
  readonly isRecorded: boolean;
}

/** @param capacity bytes that the device has; where absent, what a failed request of the recording shows. */
export function needsOf(trace: Trace, device: number, capacity?: number): Needs {
  const limit = deviceLimit(trace, device, capacity);
  const requests = requestsOf(trace, device);
  const pytorch: AllocatorChoice = {
    name: 'pytorch-cuda',
    settings: trace.cuda ? namedSettings(recordedSettings(trace.cuda.settings)) : {},
  };
  const first = replay(requests, makeAllocator(pytorch, limit?.bytes));
  const cupy: AllocatorChoice = {name: 'cupy', settings: {}};
  const replayed = [
    {choice: pytorch, result: first},
    {choice: cupy, result: replay(requests, makeAllocator(cupy, limit?.bytes))},
  ];
  const recorded = recordedSegments(trace, device);
  return {
    models: replayed.map(({choice, result: {most, atMost, failed}}) => ({
      name: describeAllocator(choice),
      most,
      atMost,
      failures: failuresOf(requests, {failed}),
    })),
    limit,
    reserved: first.usage.reserved,
    addresses: first.addresses,
    requests,
    segments: recorded ?? modelledSegments(requests, pytorch, limit, first.atMost.position),
    moment: recorded ? 'at the end of the recording' : `where ${pytorch.name}, a model, holds most`,
    isRecorded: recorded !== undefined,
  };
}

/** The segments of a snapshot at its end; undefined where it has none of the device. */
export function recordedSegments({cuda}: Trace, device: number): SegmentState[] | undefined {
  const own = cuda?.segments.filter(segment => segment.device === device) ?? [];
  if (!cuda || own.length === 0) return undefined;
  const states = {active: 'live', 'pending-free': 'being freed', inactive: 'free'} as const;
  return own.map(({address, bytes, blocks, isSmall}) => ({
    name: `${isSmall ? 'small ' : ''}0x${cuda.addresses[address]!.toString(16)}`,
    bytes,
    blocks: blocks.map(block => ({
      bytes: block.bytes,
      state: states[block.state],
      name: block.state === 'inactive' ? '' : stackFrame(cuda, block.stack),
    })),
  }));
}

function modelledSegments(
  requests: Requests,
  choice: AllocatorChoice,
  limit: DeviceLimit | undefined,
  position: number,
): SegmentState[] {
  const allocator = new PytorchAllocator({
    settings: parseSettings(choice.settings),
    ...(limit === undefined ? {} : {capacity: limit.bytes}),
  });
  replay(requests, allocator, position);
  return allocator.state().map(({bytes, blocks}, index) => ({
    name: `segment ${index}`,
    bytes,
    blocks: blocks.map(block => ({bytes: block.bytes, state: block.isLive ? 'live' : 'free'})),
  }));
}

/** Allocators first, then the plan of the iteration and its lower bound. */
export function needRows({plan, step, trace}: ReportInput, needs: Needs | undefined, device: number): Need[] {
  // beside the reserved bytes it counts as the allocator rounds it
  const persistent = (trace?.cuda ? step?.persistentAligned : step?.persistent.bytes) ?? 0;
  const reserved = trace?.cuda?.devices[device]?.reserved;
  return [
    ...(reserved && reserved.most > 0
      ? [{name: 'reserved, as recorded', used: reserved.most, kind: 'allocator' as const}]
      : []),
    ...(needs?.models ?? []).map(({name, most, atMost, failures}) => ({
      name: `${name}, a model${failuresOfName(failures)}`,
      used: most.reserved - atMost.stranded,
      stranded: atMost.stranded,
      kind: 'allocator' as const,
    })),
    ...(Number.isNaN(plan.peak)
      ? []
      : [{name: 'planned', persistent, used: plan.peak, kind: 'plan' as const}]),
    {name: 'no plan needs less', persistent, used: plan.lowerBound, kind: 'bound'},
  ];
}

/** A bar of a model that could not serve everything says so: it is shorter for that reason. */
function failuresOfName({recorded, served, others}: Failures): string {
  const failed = recorded - served + others;
  return failed > 0 ? `, without ${plural(failed, 'failed request')}` : '';
}

/** The memory that models of allocators need for the whole recording, and their segments where they hold most. */
import {
  type AllocatorChoice,
  describeAllocator,
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
import type {Need, SegmentState} from '../pictures/index.ts';
import type {Trace} from '../trace/trace.ts';
import type {ReportInput} from './input.ts';

/** One model, replayed. */
export interface ReplayedModel {
  readonly name: string;
  readonly most: Replayed['most'];
  readonly atMost: Replayed['atMost'];
}

export interface Needs {
  readonly models: readonly ReplayedModel[];
  /** The first model's bytes after each request, and its address of each block; NaN where it has no memory. */
  readonly reserved: Float64Array;
  readonly addresses: Float64Array;
  readonly requests: Requests;
  /** The segments at a snapshot's end, else those of the first model where it reserves most. */
  readonly segments: readonly SegmentState[];
  readonly moment: string;
  readonly isRecorded: boolean;
}

export function needsOf(trace: Trace, device: number): Needs {
  const requests = requestsOf(trace, device);
  const pytorch: AllocatorChoice = {
    name: 'pytorch-cuda',
    settings: trace.cuda ? namedSettings(recordedSettings(trace.cuda.settings)) : {},
  };
  const first = replay(requests, makeAllocator(pytorch));
  const cupy: AllocatorChoice = {name: 'cupy', settings: {}};
  const replayed = [
    {choice: pytorch, result: first},
    {choice: cupy, result: replay(requests, makeAllocator(cupy))},
  ];
  const recorded = recordedSegments(trace, device);
  return {
    models: replayed.map(({choice, result: {most, atMost}}) => ({
      name: describeAllocator(choice),
      most,
      atMost,
    })),
    reserved: first.usage.reserved,
    addresses: first.addresses,
    requests,
    segments: recorded ?? modelledSegments(requests, pytorch, first.atMost.position),
    moment: recorded ? 'at the end of the recording' : `where ${pytorch.name}, a model, holds most`,
    isRecorded: recorded !== undefined,
  };
}

function recordedSegments({cuda}: Trace, device: number): SegmentState[] | undefined {
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

function modelledSegments(requests: Requests, choice: AllocatorChoice, position: number): SegmentState[] {
  const allocator = new PytorchAllocator({settings: parseSettings(choice.settings)});
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
    ...(needs?.models ?? []).map(({name, most, atMost}) => ({
      name: `${name}, a model`,
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

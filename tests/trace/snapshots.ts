/** Memory snapshots for the tests, small and written by hand. */
import {type Pickled, pickle, Tuple} from './pickle.ts';

type Fields = Readonly<Record<string, Pickled>>;

export const BASE = 0x7f12_0000_0000;

/** Shared by every stack, as the recorder shares them: pickled once, then by reference. */
const FRAMES: readonly Fields[] = [
  {name: 'torch::unwind::unwind()', filename: '??', line: 0},
  {name: 'at::_ops::empty_memory_format::call(c10::SymInt)', filename: '??', line: 0},
  {name: 'at::_ops::bmm::call(at::Tensor const&, at::Tensor const&)', filename: 'Ops.cpp', line: 12},
  {name: 'forward', filename: '/home/somebody/model.py', line: 42},
  {name: '<module>', filename: '/home/somebody/train.py', line: 7},
];

export const stackOf = (...frames: number[]): Pickled => frames.map(index => FRAMES[index]!);

let clock = 1_754_641_328_380_304;

/** One entry of a device trace; times go on by themselves. */
export function entry(action: string, address: number | bigint, size: number, more: Fields = {}): Fields {
  return {action, addr: address, size, stream: 0, time_us: clock++, frames: stackOf(0, 1, 2, 3, 4), ...more};
}

/** Both frees of a block. */
export function freed(address: number | bigint, size: number, more: Fields = {}): Fields[] {
  return [entry('free_requested', address, size, more), entry('free_completed', address, size, more)];
}

export function block(size: number, state: string, requested = size, more: Fields = {}): Fields {
  return {size, requested_size: requested, state, frames: [], ...more};
}

export function segment(
  device: number,
  address: number | bigint,
  blocks: readonly Fields[],
  more: Fields = {},
): Fields {
  const total = blocks.reduce((sum, {size}) => sum + (size as number), 0);
  return {
    device,
    address,
    total_size: total,
    allocated_size: 0,
    active_size: 0,
    requested_size: 0,
    stream: 0,
    segment_type: 'large',
    segment_pool_id: new Tuple(0, 0),
    is_expandable: false,
    frames: [],
    blocks,
    ...more,
  };
}

export function snapshot(
  traces: readonly (readonly Fields[])[],
  segments: readonly Fields[] = [],
  more: Fields = {},
): Fields {
  return {segments, device_traces: traces, ...more};
}

/** Starts the clock again, so that equal calls give equal bytes. */
export function resetClock(): void {
  clock = 1_754_641_328_380_304;
}

/** Two devices, two streams, a private pool, out of memory, a pending free, a block from before, settings, spans. */
export function everything(): Fields {
  resetClock();
  const wide = 0xffff_8000_0000_1000n;
  const first = [
    entry('segment_alloc', BASE, 20 << 20),
    entry('alloc', BASE, 1000),
    entry('alloc', BASE + 1024, 5 << 20, {stream: 94_123_456_789_012, pool_id: new Tuple(3, 1)}),
    entry('free_requested', BASE + 1024, 5 << 20),
    entry('alloc', BASE + (6 << 20), 600, {frames: stackOf(0, 4)}),
    ...freed(BASE + (9 << 20), 4096),
    entry('free_completed', BASE + 1024, 5 << 20),
    entry('alloc', BASE + 1024, 3 << 20, {frames: null}),
    ...freed(BASE, 1000),
    entry('workspace_snapshot', 0, 0),
    {action: 'oom', size: 80_000_000_000, device_free: 123_456, stream: 0, time_us: clock++, frames: []},
    {action: 'snapshot', addr: 0, size: 0, stream: 0, time_us: clock++, frames: []},
  ];
  const second = [
    entry('segment_map', wide, 2 << 20),
    entry('alloc', wide, 512, {compile_context: 'N/A', user_metadata: ''}),
    ...freed(wide, 512),
    entry('segment_unmap', wide, 2 << 20),
  ];
  const segments = [
    segment(0, BASE, [
      block(1024, 'inactive', 0),
      block(5 << 20, 'active_allocated', 3 << 20, {address: BASE + 1024}),
      block((1 << 20) - 1024, 'inactive', 0),
      block(1024, 'active_allocated', 600),
      block((14 << 20) - 1024, 'inactive', 0),
    ]),
    segment(
      0,
      BASE + (64 << 20),
      [block(1 << 20, 'active_allocated'), block(1 << 20, 'active_awaiting_free')],
      {
        segment_type: 'small',
        segment_pool_id: new Tuple(3, 1),
      },
    ),
    segment(2, wide, [], {is_expandable: true, stream: 94_123_456_789_012}),
  ];
  return snapshot([first, [], second], segments, {
    allocator_settings: {
      PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True',
      max_split_size: -1,
      roundup_power2_divisions: {'1': 0, '2': 0},
    },
    external_annotations: [
      {stage: 'START', name: 'ProfilerStep#4', device: 0, time_us: 1_754_641_328_380_304},
      {stage: 'START', name: 'Optimizer.step#SGD.step', device: 0, time_us: 1_754_641_328_380_306},
      {stage: 'END', name: 'Optimizer.step#SGD.step', device: 0, time_us: 1_754_641_328_380_308},
      {stage: 'END', name: 'ProfilerStep#4', device: 0, time_us: 1_754_641_328_380_310},
      {stage: 'END', name: 'lost', device: 0, time_us: 1_754_641_328_380_311},
    ],
  });
}

/** As PyTorch of 2023 wrote: no times, no addresses of blocks, no settings; a block that was there before. */
export function oldest(): Fields {
  const old = (action: string, addr: number, size: number): Fields => ({
    action,
    addr,
    size,
    stream: 0,
    frames: stackOf(1, 3),
  });
  const traces = [
    old('alloc', BASE, 512),
    old('free_requested', BASE, 512),
    old('free_completed', BASE, 512),
    old('free_requested', BASE + 512, 100),
    old('free_completed', BASE + 512, 100),
    old('alloc', BASE + 512, 700),
  ];
  const history = [{addr: BASE, real_size: 3, frames: stackOf(3)}];
  const segments = [
    segment(0, BASE, [
      block(512, 'inactive', 0),
      block(1024, 'active_allocated', 700, {history}),
      block(2048, 'active_allocated', 2000),
    ]),
  ];
  return snapshot([traces], segments);
}

/** One block. */
export function tiny(): Fields {
  resetClock();
  return snapshot([[entry('alloc', BASE, 8), ...freed(BASE, 8)]]);
}

/** The fixtures of the repository, by their names: written by hand above, kept as bytes. */
export const SNAPSHOT_FIXTURES: Readonly<Record<string, () => Uint8Array>> = {
  'everything.pickle': () => pickle(everything(), 4),
  'protocol-5.pickle': () => pickle(tiny(), 5),
  // C++ writes protocol 2, and lists in one piece
  'oldest.pickle': () => pickle(oldest(), 2, Number.POSITIVE_INFINITY),
};

/** What PyTorch's recorder writes while the model of its allocator serves a simulated program. */
import {PytorchAllocator} from '../../bindings/allocators/index.ts';
import {type Pickled, pickle, Tuple} from '../../tests/trace/pickle.ts';

const MIB = 2 ** 20;
const BASE = 0x7f40_0000_0000;
const BEGIN = 1_760_000_000_000_000;

type Frame = Readonly<Record<string, Pickled>>;

const frames = new Map<string, Frame>();
const stacks = new Map<string, readonly Frame[]>();

function frame(filename: string, line: number, name: string): Frame {
  const key = `${filename}:${line}:${name}`;
  if (!frames.has(key)) frames.set(key, {name, filename, line});
  return frames.get(key)!;
}

/** Innermost first, as the recorder writes them; shared, so that each is written once. */
function stackOf(operation: string, line: number, where: string): readonly Frame[] {
  const key = `${operation}:${line}:${where}`;
  if (!stacks.has(key)) {
    stacks.set(key, [
      frame('Ops.cpp', 1, `at::_ops::${operation}::call`),
      frame('/home/me/llm/model.py', line, where),
      frame('/home/me/llm/train.py', 71, 'step'),
      frame('/home/me/llm/train.py', 118, '<module>'),
    ]);
  }
  return stacks.get(key)!;
}

/** A live block of the simulated program. */
export interface Live {
  readonly number: number;
  readonly bytes: number;
  readonly stack: readonly Frame[];
}

/** The device has not so much left. */
export class OutOfMemory extends Error {}

export interface RecorderOptions {
  /** Bytes of the device. */
  readonly capacity: number;
  /** Where the first segment is. */
  readonly base?: number;
  /** When the program begins, microseconds. */
  readonly clock?: number;
}

type Dictionary = Readonly<Record<string, Pickled>>;

export class Recorder {
  isRecording = false;
  readonly #entries: Dictionary[] = [];
  readonly #annotations: Dictionary[] = [];
  readonly #live = new Map<number, Live>();
  readonly #segments = new Map<number, number>();
  readonly #allocator: PytorchAllocator;
  readonly #capacity: number;
  readonly #base: number;
  #blocks = 0;
  #clock: number;

  constructor({capacity, base = BASE, clock = BEGIN}: RecorderOptions) {
    this.#capacity = capacity;
    this.#base = base;
    this.#clock = clock;
    this.#allocator = new PytorchAllocator({
      capacity,
      onChange: ({isTaken, address, bytes}) => {
        if (isTaken) this.#segments.set(address, bytes);
        else this.#segments.delete(address);
        this.#write(isTaken ? 'segment_alloc' : 'segment_free', address, bytes, []);
      },
    });
  }

  /** @throws OutOfMemory, recorded, where the device has not so much left. */
  allocate(bytes: number, operation: string, line: number, where: string): Live {
    const live = {number: this.#blocks++, bytes, stack: stackOf(operation, line, where)};
    if (!this.#allocator.malloc(live.number, bytes, 0, 0)) {
      const device_free = this.#capacity - this.#allocator.reserved;
      this.#entries.push({
        action: 'oom',
        size: bytes,
        device_free,
        stream: 0,
        time_us: this.#clock++,
        frames: live.stack,
      });
      throw new OutOfMemory();
    }
    this.#live.set(live.number, live);
    this.#write('alloc', this.#allocator.addressOf(live.number)!, bytes, live.stack);
    return live;
  }

  free({number, bytes}: Live): void {
    const address = this.#allocator.addressOf(number)!;
    this.#write('free_requested', address, bytes, []);
    this.#write('free_completed', address, bytes, []);
    this.#allocator.free(number);
    this.#live.delete(number);
  }

  annotate(name: string, stage: 'START' | 'END'): void {
    this.#annotations.push({stage, name, device: 0, time_us: this.#clock++});
  }

  wait(microseconds: number): void {
    this.#clock += microseconds;
  }

  #write(action: string, address: number, size: number, stack: readonly Frame[]): void {
    this.#clock += 7;
    if (!this.isRecording) return;
    this.#entries.push({
      action,
      addr: this.#base + address,
      size,
      stream: 0,
      time_us: this.#clock,
      frames: stack,
    });
  }

  /** The bytes of the snapshot, the same every time. */
  snapshot(): Uint8Array {
    return pickle({
      segments: this.#segmentsNow(),
      device_traces: [this.#entries],
      allocator_settings: {PYTORCH_CUDA_ALLOC_CONF: '', max_split_size: -1},
      external_annotations: this.#annotations,
    });
  }

  /** The segments as they are now, with what is in them. */
  #segmentsNow(): Dictionary[] {
    const blocks = [...this.#live.values()]
      .map(live => ({...live, address: this.#base + this.#allocator.addressOf(live.number)!}))
      .sort((a, b) => a.address - b.address);
    return [...this.#segments].map(([offset, total]) => {
      const address = this.#base + offset;
      const own = blocks.filter(one => one.address >= address && one.address < address + total);
      return segmentOf(address, total, own);
    });
  }
}

function segmentOf(
  address: number,
  total: number,
  own: readonly (Live & {readonly address: number})[],
): Dictionary {
  const blocks: Dictionary[] = [];
  const gap = (from: number, to: number) => {
    if (to <= from) return;
    blocks.push({size: to - from, requested_size: 0, address: from, state: 'inactive', frames: []});
  };
  let at = address;
  for (const one of own) {
    const size = Math.ceil(one.bytes / 512) * 512;
    gap(at, one.address);
    const place = {address: one.address, state: 'active_allocated', frames: one.stack};
    blocks.push({size, requested_size: one.bytes, ...place});
    at = one.address + size;
  }
  gap(at, address + total);
  const used = blocks.reduce((sum, {size, state}) => sum + (state === 'inactive' ? 0 : (size as number)), 0);
  return {
    device: 0,
    address: address,
    total_size: total,
    allocated_size: used,
    active_size: used,
    requested_size: own.reduce((sum, {bytes}) => sum + bytes, 0),
    stream: 0,
    segment_type: total <= 2 * MIB ? 'small' : 'large',
    segment_pool_id: new Tuple(0, 0),
    is_expandable: false,
    frames: [],
    blocks,
  };
}

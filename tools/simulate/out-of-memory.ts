/**
 * Makes `examples/out-of-memory.pickle.gz`: a CUDA memory snapshot of a training run that never ran. A small transformer
 * trains on sequences of changing length; a hook keeps a tensor of each step; the model of PyTorch's allocator serves all
 * of it, until a request fails although enough would be free.
 *
 *     node --import tsx tools/simulate/out-of-memory.ts
 */
import {writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {PytorchAllocator} from '../../bindings/allocators/index.ts';
import {type Pickled, pickle, Tuple} from '../../tests/trace/pickle.ts';

const MIB = 2 ** 20;
const BASE = 0x7f40_0000_0000;
const CAPACITY = 6144 * MIB;
const LAYERS = 12;
const [BATCH, HIDDEN, HEADS] = [8, 1024, 16];
/** Tokens per sequence, step by step. */
const LENGTHS = [512, 592, 480, 640, 544, 688, 608, 736, 656, 784];

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
interface Live {
  readonly number: number;
  readonly bytes: number;
  readonly stack: readonly Frame[];
}

class OutOfMemory extends Error {}

class Recorder {
  readonly entries: Readonly<Record<string, Pickled>>[] = [];
  readonly annotations: Readonly<Record<string, Pickled>>[] = [];
  readonly #live = new Map<number, Live>();
  readonly #segments = new Map<number, number>();
  readonly #allocator = new PytorchAllocator({
    capacity: CAPACITY,
    onChange: ({isTaken, address, bytes}) => {
      if (isTaken) this.#segments.set(address, bytes);
      else this.#segments.delete(address);
      this.#write(isTaken ? 'segment_alloc' : 'segment_free', address, bytes, []);
    },
  });
  #blocks = 0;
  #clock = 1_760_000_000_000_000;
  isRecording = false;

  allocate(bytes: number, operation: string, line: number, where: string): Live {
    const live = {number: this.#blocks++, bytes, stack: stackOf(operation, line, where)};
    if (!this.#allocator.malloc(live.number, bytes, 0, 0)) {
      const device_free = CAPACITY - this.#allocator.reserved;
      this.entries.push({
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
    this.annotations.push({stage, name, device: 0, time_us: this.#clock++});
  }

  #write(action: string, address: number, size: number, stack: readonly Frame[]): void {
    this.#clock += 7;
    if (!this.isRecording) return;
    this.entries.push({action, addr: BASE + address, size, stream: 0, time_us: this.#clock, frames: stack});
  }

  /** The segments as they are now, with what is in them. */
  segments(): Readonly<Record<string, Pickled>>[] {
    const blocks = [...this.#live.values()]
      .map(live => ({...live, address: this.#allocator.addressOf(live.number)!}))
      .sort((a, b) => a.address - b.address);
    return [...this.#segments].map(([address, total]) => {
      const own = blocks.filter(one => one.address >= address && one.address < address + total);
      return segmentOf(address, total, own);
    });
  }
}

function segmentOf(
  address: number,
  total: number,
  own: readonly (Live & {readonly address: number})[],
): Readonly<Record<string, Pickled>> {
  const blocks: Readonly<Record<string, Pickled>>[] = [];
  const gap = (from: number, to: number) => {
    if (to <= from) return;
    blocks.push({size: to - from, requested_size: 0, address: BASE + from, state: 'inactive', frames: []});
  };
  let at = address;
  for (const one of own) {
    const size = Math.ceil(one.bytes / 512) * 512;
    gap(at, one.address);
    const place = {address: BASE + one.address, state: 'active_allocated', frames: one.stack};
    blocks.push({size, requested_size: one.bytes, ...place});
    at = one.address + size;
  }
  gap(at, address + total);
  const used = blocks.reduce((sum, {size, state}) => sum + (state === 'inactive' ? 0 : (size as number)), 0);
  return {
    device: 0,
    address: BASE + address,
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

/** Weights in 16 bits, master weights and both moments in 32: there before the recording begins. */
function prepare(recorder: Recorder): void {
  const layer = 12 * HIDDEN * HIDDEN;
  for (let i = 0; i < LAYERS; i++) {
    for (const bytes of [2, 4, 4, 4]) recorder.allocate(layer * bytes, 'empty', 12, '__init__');
  }
}

/** What a layer keeps for the backward pass. */
function forward(recorder: Recorder, length: number): Live[] {
  const unit = BATCH * length * HIDDEN * 2;
  const scores = BATCH * HEADS * length * length * 2;
  const make = (bytes: number, operation: string, line: number, where: string) =>
    recorder.allocate(bytes, operation, line, where);
  const norm = make(unit, 'layer_norm', 31, 'forward');
  const qkv = make(3 * unit, 'linear', 33, 'attention');
  const raw = make(scores, 'bmm', 36, 'attention');
  const soft = make(scores, 'softmax', 37, 'attention');
  recorder.free(raw);
  const attention = make(unit, 'bmm', 38, 'attention');
  const projected = make(unit, 'linear', 39, 'attention');
  const norm2 = make(unit, 'layer_norm', 43, 'forward');
  recorder.free(projected);
  const up = make(4 * unit, 'linear', 46, 'feed_forward');
  const gelu = make(4 * unit, 'gelu', 47, 'feed_forward');
  const down = make(unit, 'linear', 48, 'feed_forward');
  const statistics = make(BATCH * length * 4, 'var_mean', 49, 'forward');
  recorder.free(down);
  return [norm, qkv, soft, attention, norm2, up, gelu, statistics];
}

/** Gives back what the layer kept, and leaves its gradient. */
function backward(recorder: Recorder, kept: readonly Live[]): Live {
  const gradient = recorder.allocate(24 * HIDDEN * HIDDEN, 'mm', 46, 'feed_forward');
  for (const one of [...kept].reverse()) {
    const temporary = recorder.allocate(one.bytes, 'native_backward', 52, 'backward');
    recorder.free(one);
    recorder.free(temporary);
  }
  return gradient;
}

function step(recorder: Recorder, number: number, length: number): void {
  recorder.annotate(`ProfilerStep#${number}`, 'START');
  const tokens = recorder.allocate(BATCH * length * 8, 'to', 66, 'load');
  const layers: Live[][] = [];
  for (let i = 0; i < LAYERS; i++) {
    layers.push(forward(recorder, length));
    // the mistake: a hook that keeps a map of each third layer, and nobody reads it
    if (i % 3 === 1) recorder.allocate(BATCH * length * 512, 'mean', 81, 'keep_attention_map');
  }
  const logits = recorder.allocate(BATCH * length * 16_000 * 2, 'linear', 57, 'head');
  const loss = recorder.allocate(BATCH * length * 4, 'nll_loss', 58, 'head');
  recorder.free(logits);
  const gradients = layers.reverse().map(kept => backward(recorder, kept));
  recorder.free(loss);
  for (const gradient of gradients) {
    const update = recorder.allocate(gradient.bytes, '_foreach_add', 90, 'optimize');
    recorder.free(update);
    recorder.free(gradient);
  }
  recorder.free(tokens);
  recorder.annotate(`ProfilerStep#${number}`, 'END');
}

/** The snapshot's bytes, the same every time. */
export function outOfMemory(): Uint8Array {
  const recorder = new Recorder();
  prepare(recorder);
  recorder.isRecording = true;
  try {
    LENGTHS.forEach((length, number) => {
      step(recorder, number, length);
    });
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
  }
  return pickle({
    segments: recorder.segments(),
    device_traces: [recorder.entries],
    allocator_settings: {PYTORCH_CUDA_ALLOC_CONF: '', max_split_size: -1},
    external_annotations: recorder.annotations,
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../../examples/out-of-memory.pickle.gz', import.meta.url);
  writeFileSync(file, gzipSync(outOfMemory(), {level: 9}));
}

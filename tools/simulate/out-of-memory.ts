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
import {type Live, OutOfMemory, Recorder} from './recorder.ts';

const MIB = 2 ** 20;
const CAPACITY = 6144 * MIB;
const LAYERS = 12;
const [BATCH, HIDDEN, HEADS] = [8, 1024, 16];
/** Tokens per sequence, step by step. */
const LENGTHS = [512, 592, 480, 640, 544, 688, 608, 736, 656, 784];

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
  const recorder = new Recorder({capacity: CAPACITY});
  prepare(recorder);
  recorder.isRecording = true;
  try {
    LENGTHS.forEach((length, number) => {
      step(recorder, number, length);
    });
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
  }
  return recorder.snapshot();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = new URL('../../examples/out-of-memory.pickle.gz', import.meta.url);
  writeFileSync(file, gzipSync(outOfMemory(), {level: 9}));
}

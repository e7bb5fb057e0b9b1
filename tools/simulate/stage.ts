/** What one rank of a pipeline does, step by step: a transformer in 16 bits with Adam, one stage of its layers. */
import type {Random} from '../../tests/random.ts';
import {type Live, OutOfMemory, type Recorder} from './recorder.ts';

const MIB = 2 ** 20;
const [HIDDEN, HEADS, VOCABULARY] = [2048, 16, 32_000];
/** Tokens of a sequence. */
const LENGTH = 4096;
const BYTES_PER_LAYER = 12 * HIDDEN * HIDDEN;

/** What can be wrong with one rank alone. */
export const FAULTS = ['growth', 'operation', 'out-of-memory', 'batch'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Stage {
  /** From 0, of `stages`: the first embeds, the last has the head and the loss. */
  readonly stage: number;
  readonly stages: number;
  readonly layers: number;
  /** Microbatches in a step, and sequences in a microbatch. */
  readonly microbatches: number;
  readonly batch: number;
  readonly steps: number;
  readonly fault?: Fault;
}

/** Trains so many steps, or until the device is full. `random` is the same for the ranks that see the same data. */
export function train(recorder: Recorder, stage: Stage, random: Random): void {
  const rank = new Rank(recorder, stage, random);
  rank.prepare();
  recorder.isRecording = true;
  // sequences that double end it: no device is large enough for long
  const steps = stage.fault === 'out-of-memory' ? stage.steps + 40 : stage.steps;
  try {
    for (let number = 0; number < steps; number++) rank.step(number);
  } catch (error) {
    if (!(error instanceof OutOfMemory)) throw error;
  }
}

class Rank {
  readonly #recorder: Recorder;
  readonly #stage: Stage;
  /** Per microbatch: the documents that are packed into its sequences. */
  readonly #documents: readonly number[];
  readonly #batch: number;
  #length = LENGTH;

  constructor(recorder: Recorder, stage: Stage, random: Random) {
    this.#recorder = recorder;
    this.#stage = stage;
    this.#documents = Array.from({length: stage.microbatches}, () => 8 + random(9));
    this.#batch = stage.fault === 'batch' ? Math.ceil(stage.batch * 1.5) : stage.batch;
  }

  /** Weights in 16 bits; gradients, master weights and both moments in 32: there before the recording begins. */
  prepare(): void {
    const sizes = new Array<number>(this.#stage.layers).fill(BYTES_PER_LAYER);
    if (this.#isFirst || this.#isLast) sizes.push(VOCABULARY * HIDDEN);
    for (const size of sizes) {
      for (const bytes of [2, 4, 4, 4, 4]) this.#make(size * bytes, 'empty', 12, '__init__');
    }
  }

  /** One forward, one backward: as many microbatches are in flight as there are stages from here on. */
  step(number: number): void {
    const {fault, microbatches, stage, stages, steps} = this.#stage;
    if (fault === 'out-of-memory' && number > steps >> 1) this.#length *= 2;
    this.#recorder.annotate(`ProfilerStep#${number}`, 'START');
    const flying: Microbatch[] = [];
    for (let i = 0; i < microbatches; i++) {
      flying.push(this.#forward(i));
      if (flying.length >= stages - stage) this.#backward(flying.shift()!);
    }
    for (const one of flying) this.#backward(one);
    // the mistake: a hook keeps a map of each step, and nobody reads it
    if (fault === 'growth') this.#make(96 * MIB, 'mean', 81, 'keep_attention_map');
    this.#optimize();
    this.#recorder.wait(20);
    this.#recorder.annotate(`ProfilerStep#${number}`, 'END');
  }

  get #isFirst(): boolean {
    return this.#stage.stage === 0;
  }

  get #isLast(): boolean {
    return this.#stage.stage === this.#stage.stages - 1;
  }

  /** Bytes of an activation of the hidden size. */
  get #unit(): number {
    return this.#batch * this.#length * HIDDEN * 2;
  }

  /** Layers that keep their input alone: early stages have more in flight, and recompute more. */
  get #recomputed(): number {
    return Math.min(this.#stage.layers, this.#stage.stages - 1 - this.#stage.stage);
  }

  #make(bytes: number, operation: string, line: number, where: string): Live {
    return this.#recorder.allocate(bytes, operation, line, where);
  }

  #free(...all: readonly Live[]): void {
    for (const one of all) this.#recorder.free(one);
  }

  #forward(number: number): Microbatch {
    const own = [this.#make(this.#documents[number]! * this.#batch * 4096, 'cumsum', 64, 'pack')];
    if (this.#isFirst) own.push(this.#make(this.#batch * this.#length * 8, 'to', 66, 'load'));
    let input = this.#isFirst
      ? this.#make(this.#unit, 'embedding', 22, 'embed')
      : this.#make(this.#unit, 'empty', 131, 'receive_forward');
    const layers: Layer[] = [];
    for (let i = 0; i < this.#stage.layers; i++) {
      const {kept, output} = this.#layer();
      const isRecomputed = i < this.#recomputed;
      if (isRecomputed) this.#free(...kept);
      layers.push({input, kept: isRecomputed ? undefined : kept});
      input = output;
    }
    if (!this.#isLast) this.#free(input);
    return {own, layers, ...(this.#isLast ? {loss: this.#loss(input)} : {})};
  }

  /** What a layer keeps for the backward pass, and what it gives to the next. */
  #layer(): {readonly kept: Live[]; readonly output: Live} {
    const unit = this.#unit;
    const norm = this.#make(unit, 'layer_norm', 31, 'forward');
    const qkv = this.#make(3 * unit, 'linear', 33, 'attention');
    const attention = this.#make(unit, '_flash_attention_forward', 36, 'attention');
    const statistics = this.#make(
      this.#batch * HEADS * this.#length * 4,
      '_flash_attention_forward',
      36,
      'attention',
    );
    const projected = this.#make(unit, 'linear', 39, 'attention');
    const norm2 = this.#make(unit, 'layer_norm', 43, 'forward');
    this.#free(projected);
    const up = this.#make(4 * unit, 'linear', 46, 'feed_forward');
    const gelu = this.#make(4 * unit, 'gelu', 47, 'feed_forward');
    const output = this.#make(unit, 'linear', 48, 'feed_forward');
    // somebody looks for the spike in the loss, on one rank
    if (this.#stage.fault === 'operation') this.#free(this.#make(unit, 'histc', 83, 'log_activations'));
    return {kept: [norm, qkv, attention, statistics, norm2, up, gelu], output};
  }

  #loss(hidden: Live): readonly Live[] {
    const logits = this.#batch * this.#length * VOCABULARY;
    const half = this.#make(logits * 2, 'linear', 57, 'head');
    const full = this.#make(logits * 4, 'to', 58, 'head');
    const loss = this.#make(this.#batch * this.#length * 4, 'nll_loss', 59, 'head');
    this.#free(half);
    return [hidden, full, loss];
  }

  #backward({own, layers, loss}: Microbatch): void {
    const [operation, line, where] = loss ? HEAD : RECEIVED;
    let gradient = this.#make(this.#unit, operation, line, where);
    if (loss) this.#free(...loss);
    for (const {input, kept} of [...layers].reverse()) {
      const all = kept ?? this.#again();
      const next = this.#make(this.#unit, 'mm', 52, 'backward');
      for (const one of [...all].reverse()) {
        const temporary = this.#make(one.bytes, 'native_backward', 52, 'backward');
        this.#free(one, temporary);
      }
      this.#free(gradient, input);
      gradient = next;
    }
    this.#free(gradient, ...own);
  }

  #again(): readonly Live[] {
    const {kept, output} = this.#layer();
    this.#free(output);
    return kept;
  }

  #optimize(): void {
    for (let i = 0; i < this.#stage.layers; i++) {
      const bucket = this.#make(BYTES_PER_LAYER * 4, 'reduce_scatter', 88, 'synchronize');
      const update = this.#make(BYTES_PER_LAYER * 4, '_foreach_add', 90, 'optimize');
      this.#free(bucket, update);
    }
  }
}

const HEAD = ['nll_loss_backward', 60, 'head'] as const;
const RECEIVED = ['empty', 133, 'receive_backward'] as const;

interface Layer {
  readonly input: Live;
  /** Absent where it is computed again. */
  readonly kept: readonly Live[] | undefined;
}

interface Microbatch {
  readonly own: readonly Live[];
  readonly layers: readonly Layer[];
  /** Of the last stage. */
  readonly loss?: readonly Live[];
}

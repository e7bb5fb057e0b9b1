/** The frames of the stacks of a CUDA snapshot as calls; each frame is looked at once. */
import {allocationEntries} from '../behaviour/frames.ts';
import {
  describeFrame,
  type FrameChoice,
  isAutogradFrame,
  isOptimizerFrame,
  shownFrame,
} from '../trace/cuda-frames.ts';
import {NONE, type Trace} from '../trace/trace.ts';
import type {PathBuilder} from './calls.ts';

export type Phase = 'backward' | 'optimizer';

/** A frame that nobody asked for yet. */
const UNKNOWN = 0x7fffffff;
const BACKWARD = 1;
const OPTIMIZER = 2;

export class StackCalls {
  readonly #trace: Trace;
  readonly #builder: PathBuilder;
  readonly #choice: FrameChoice;
  readonly #entries: Uint32Array;
  /** Per frame: its call + 1, negative where it is not the program's own; 0 where it is not shown. */
  readonly #line: Int32Array;
  /** Per frame of a function `forward`: its call as a module + 1; 0 for any other. */
  readonly #module: Int32Array;
  /** Per frame: `BACKWARD`, `OPTIMIZER` or 0. */
  readonly #phase: Uint8Array;

  constructor(trace: Trace, builder: PathBuilder, choice: FrameChoice) {
    const frames = trace.cuda?.frames.length ?? 0;
    this.#trace = trace;
    this.#builder = builder;
    this.#choice = choice;
    this.#entries = allocationEntries(trace);
    this.#line = new Int32Array(frames).fill(UNKNOWN);
    this.#module = new Int32Array(frames);
    this.#phase = new Uint8Array(frames);
  }

  /** 0, the empty one, where the block has none. */
  stackOf(block: number): number {
    const entry = this.#entries[block]!;
    return entry === NONE ? 0 : this.#trace.cuda!.entries.stack[entry]!;
  }

  /**
   * The program's own lines, the outermost first; in packages the innermost one where there is no other, and as many
   * below the innermost own one as were asked for.
   */
  linesOf(stack: number): number[] {
    const {depth = 0} = this.#choice;
    const frames = this.#framesOf(stack);
    // lines in Python, counted from the innermost: how many there are, and the first of the program's own
    let [count, first] = [0, -1];
    for (let i = 0; i < frames.length; i++) {
      const line = this.#line[frames[i]!]!;
      if (line > 0 && first < 0) first = count;
      if (line !== 0) count++;
    }
    if (first < 0) first = 0;
    const shown: number[] = [];
    for (let i = frames.length - 1; i >= 0; i--) {
      const line = this.#line[frames[i]!]!;
      if (line === 0) continue;
      count--;
      if (line > 0) shown.push(line - 1);
      else if (count <= first && count >= first - depth) shown.push(-line - 1);
    }
    return shown;
  }

  /** The lines of functions `forward`, as modules, the outermost first. */
  modulesOf(stack: number): number[] {
    const modules: number[] = [];
    for (const frame of this.#framesOf(stack))
      if (this.#module[frame] !== 0) modules.push(this.#module[frame]! - 1);
    return modules.reverse();
  }

  phaseOf(stack: number): Phase | undefined {
    let phases = 0;
    for (const frame of this.#framesOf(stack)) phases |= this.#phase[frame]!;
    return phases >= OPTIMIZER ? 'optimizer' : phases === BACKWARD ? 'backward' : undefined;
  }

  /** Innermost first; all of them looked at. */
  #framesOf(stack: number): Uint32Array {
    const {cuda} = this.#trace;
    if (!cuda) return NO_FRAMES;
    const {stackStarts, stackFrames} = cuda;
    const frames = stackFrames.subarray(stackStarts[stack], stackStarts[stack + 1]);
    for (let i = 0; i < frames.length; i++) if (this.#line[frames[i]!] === UNKNOWN) this.#lookAt(frames[i]!);
    return frames;
  }

  #lookAt(index: number): void {
    const own = this.#trace.cuda!.frames[index]!;
    const shown = shownFrame(own, this.#choice);
    this.#line[index] = 0;
    this.#phase[index] = isOptimizerFrame(own)
      ? OPTIMIZER
      : isAutogradFrame(own) || shown?.frame.name === 'backward'
        ? BACKWARD
        : 0;
    if (!shown) return;
    const {name, file} = shown.frame;
    const text = describeFrame(shown.frame);
    const line = this.#builder.call('frame', text, file) + 1;
    this.#line[index] = shown.isOwn ? line : -line;
    if (name === 'forward') this.#module[index] = this.#builder.call('module', text, file) + 1;
  }
}

const NO_FRAMES = new Uint32Array(0);

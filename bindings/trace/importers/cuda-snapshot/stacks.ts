/** Stack frames and call stacks, each distinct one kept once: a recording repeats a few hundred of them everywhere. */
import {uint32Column} from '../../columns/columns.ts';
import {InternTable} from '../../columns/intern-table.ts';

/** A frame while its keys come; not a row, since frames are kept once. */
export interface FrameFields {
  /** Texts, or `ABSENT`. */
  file: number;
  name: number;
  line: number;
  /** Of code that torch.compile wrote. */
  node: number;
  target: number;
  origin: number;
}

/** Rows of numbers: texts of the file and the function, the line, and texts of the node of a graph. */
export class FrameTable {
  readonly file = uint32Column();
  readonly name = uint32Column();
  readonly line = uint32Column();
  readonly node = uint32Column();
  readonly target = uint32Column();
  readonly origin = uint32Column();
  readonly #table = new InternTable(frame => hashOfFrame(this.at(frame)));

  at(frame: number): FrameFields {
    return {
      file: this.file.array[frame]!,
      name: this.name.array[frame]!,
      line: this.line.array[frame]!,
      node: this.node.array[frame]!,
      target: this.target.array[frame]!,
      origin: this.origin.array[frame]!,
    };
  }

  /** The number of the frame, made when first asked for. */
  indexOf(fields: FrameFields): number {
    let frame = this.#table.find(hashOfFrame(fields));
    while (frame >= 0 && !this.#isSame(frame, fields)) frame = this.#table.next();
    if (frame >= 0) return frame;
    this.file.push(fields.file);
    this.name.push(fields.name);
    this.line.push(fields.line);
    this.node.push(fields.node);
    this.target.push(fields.target);
    this.origin.push(fields.origin);
    return this.#table.add();
  }

  #isSame(frame: number, {file, name, line, node, target, origin}: FrameFields): boolean {
    const isFunction = this.file.array[frame] === file && this.name.array[frame] === name;
    const isNode = this.node.array[frame] === node && this.target.array[frame] === target;
    return isFunction && this.line.array[frame] === line && isNode && this.origin.array[frame] === origin;
  }
}

/** Lists of frames, innermost first; stack 0 is the empty one. */
export class StackTable {
  /** Frames of all stacks, one after the other. */
  readonly frames = uint32Column();
  /** First entry of each stack in `frames`, and the end of the last one. */
  readonly starts = uint32Column();
  readonly #table = new InternTable(stack =>
    hashOfStack(this.frames.array, this.starts.array[stack]!, this.starts.array[stack + 1]!),
  );
  /** Set by the caller of `intern`. */
  scratch = new Uint32Array(256);

  constructor() {
    this.starts.push(0);
    this.intern(0);
  }

  get count(): number {
    return this.#table.count;
  }

  /** Makes room for so many frames in `scratch`, which keeps its content. */
  reserve(length: number): Uint32Array {
    if (length > this.scratch.length) {
      const grown = new Uint32Array(length * 2);
      grown.set(this.scratch);
      this.scratch = grown;
    }
    return this.scratch;
  }

  /** Copies a stack into `scratch`; returns how many frames it has. */
  load(stack: number): number {
    const from = this.starts.array[stack]!;
    const length = this.starts.array[stack + 1]! - from;
    this.reserve(length).set(this.frames.array.subarray(from, from + length));
    return length;
  }

  /** The number of the stack that the first so many frames of `scratch` are. */
  intern(length: number): number {
    const {scratch} = this;
    let stack = this.#table.find(hashOfStack(scratch, 0, length));
    while (stack >= 0 && !this.#isSame(stack, length)) stack = this.#table.next();
    if (stack >= 0) return stack;
    for (let i = 0; i < length; i++) this.frames.push(scratch[i]!);
    this.starts.push(this.frames.length);
    return this.#table.add();
  }

  #isSame(stack: number, length: number): boolean {
    const from = this.starts.array[stack]!;
    if (this.starts.array[stack + 1]! - from !== length) return false;
    const own = this.frames.array;
    const {scratch} = this;
    for (let i = 0; i < length; i++) if (own[from + i] !== scratch[i]) return false;
    return true;
  }
}

function hashOfFrame({file, name, line, node}: FrameFields): number {
  return mix(
    Math.imul(file, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b) ^ Math.imul(line, 0xc2b2ae35) ^ (node + 1),
  );
}

function hashOfStack(frames: Uint32Array, from: number, to: number): number {
  let hash = to - from;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ frames[i]!, 0x9e3779b1) ^ (hash >>> 13);
  return mix(hash);
}

/** Mixes all bits of a value: the lowest ones choose the slot. */
function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}

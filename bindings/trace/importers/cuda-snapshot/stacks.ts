/** Stack frames and call stacks, each distinct one kept once: a recording repeats a few hundred of them everywhere. */
import {uint32Column} from '../../columns/columns.ts';

/** Rows of three numbers: text of the file, text of the function, line. */
export class FrameTable {
  readonly file = uint32Column();
  readonly name = uint32Column();
  readonly line = uint32Column();
  #slots = new Uint32Array(1024);

  /** The number of the frame, made when first asked for. */
  indexOf(file: number, name: number, line: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(file, name, line) & mask; ; slot = (slot + 1) & mask) {
      const frame = this.#slots[slot]! - 1;
      if (frame < 0) return this.#add(file, name, line, slot);
      const isSame = this.file.array[frame] === file && this.name.array[frame] === name;
      if (isSame && this.line.array[frame] === line) return frame;
    }
  }

  #add(file: number, name: number, line: number, slot: number): number {
    this.file.push(file);
    this.name.push(name);
    this.line.push(line);
    const count = this.file.length;
    this.#slots[slot] = count;
    if (count * 2 > this.#slots.length) this.#rehash();
    return count - 1;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let frame = 0; frame < this.file.length; frame++) {
      const [file, name] = [this.file.array[frame]!, this.name.array[frame]!];
      let slot = hashOf(file, name, this.line.array[frame]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = frame + 1;
    }
    this.#slots = slots;
  }
}

/** Lists of frames, innermost first; stack 0 is the empty one. */
export class StackTable {
  /** Frames of all stacks, one after the other. */
  readonly frames = uint32Column();
  /** First entry of each stack in `frames`, and the end of the last one. */
  readonly starts = uint32Column();
  readonly #hashes = uint32Column();
  #slots = new Uint32Array(1024);
  /** Set by the caller of `intern`. */
  scratch = new Uint32Array(256);

  constructor() {
    this.starts.push(0);
    this.intern(0);
  }

  get count(): number {
    return this.#hashes.length;
  }

  /** Makes room for so many frames in `scratch`, which keeps what it holds. */
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
    let hash = length;
    for (let i = 0; i < length; i++) hash = Math.imul(hash ^ scratch[i]!, 0x9e3779b1) ^ (hash >>> 13);
    hash >>>= 0;
    const mask = this.#slots.length - 1;
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const stack = this.#slots[slot]! - 1;
      if (stack < 0) return this.#add(length, hash, slot);
      if (this.#hashes.array[stack] === hash && this.#isSame(stack, length)) return stack;
    }
  }

  #isSame(stack: number, length: number): boolean {
    const from = this.starts.array[stack]!;
    if (this.starts.array[stack + 1]! - from !== length) return false;
    const own = this.frames.array;
    const {scratch} = this;
    for (let i = 0; i < length; i++) if (own[from + i] !== scratch[i]) return false;
    return true;
  }

  #add(length: number, hash: number, slot: number): number {
    for (let i = 0; i < length; i++) this.frames.push(this.scratch[i]!);
    this.starts.push(this.frames.length);
    this.#hashes.push(hash);
    const {count} = this;
    this.#slots[slot] = count;
    if (count * 2 > this.#slots.length) this.#rehash();
    return count - 1;
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2);

    const mask = slots.length - 1;
    for (let stack = 0; stack < this.count; stack++) {
      let slot = mix(this.#hashes.array[stack]!) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = stack + 1;
    }
    this.#slots = slots;
  }
}

function hashOf(file: number, name: number, line: number): number {
  return mix(Math.imul(file, 0x9e3779b1) ^ Math.imul(name, 0x85ebca6b) ^ Math.imul(line, 0xc2b2ae35));
}

const mix = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7;

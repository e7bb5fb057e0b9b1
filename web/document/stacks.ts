/** The stacks of allocations, looked up for a block when it is asked for; a million blocks have few distinct ones. */
import type {CudaFrame} from '../../bindings/trace/cuda.ts';
import {allocationEntries, allocationFrames, NONE, type Trace} from '../../bindings/trace.ts';

export class Stacks {
  readonly #trace: Trace;
  #frames: string[] | undefined;
  #entries: Uint32Array | undefined;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  frameOf(block: number): string {
    if (!this.#trace.cuda) return '';
    this.#frames ??= allocationFrames(this.#trace);
    return this.#frames[block] ?? '';
  }

  stackOf(block: number): string[] {
    const {cuda} = this.#trace;
    if (!cuda) return [];
    this.#entries ??= allocationEntries(this.#trace);
    const entry = this.#entries[block];
    if (entry === undefined || entry === NONE) return [];
    const stack = cuda.entries.stack[entry]!;
    const own = cuda.stackFrames.subarray(cuda.stackStarts[stack], cuda.stackStarts[stack + 1]);
    return Array.from(own, frame => describe(cuda.frames[frame]!));
  }
}

function describe({file, name, line}: CudaFrame): string {
  const place = file === '' || file === '??' ? '' : line > 0 ? `${file}:${line}` : file;
  return [name, place].filter(part => part !== '').join('  ');
}

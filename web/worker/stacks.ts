/** The stacks of allocations, looked up for a block when it is asked for; a million blocks have few distinct ones. */
import {ALLOC, type CudaFrame} from '../../bindings/trace/cuda.ts';
import {allocationFrames, type Trace} from '../../bindings/trace/index.ts';
import {MALLOC, NONE} from '../../bindings/trace/trace.ts';

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
    this.#entries ??= entriesOf(this.#trace);
    const entry = this.#entries[block];
    if (entry === undefined || entry === NONE) return [];
    const stack = cuda.entries.stack[entry]!;
    const own = cuda.stackFrames.subarray(cuda.stackStarts[stack], cuda.stackStarts[stack + 1]);
    return Array.from(own, frame => describe(cuda.frames[frame]!));
  }
}

/** Per block: the entry that allocated it; both are in order of time. */
function entriesOf({cuda, events, blocks}: Trace): Uint32Array {
  const found = new Uint32Array(blocks.count).fill(NONE);
  const {entries} = cuda!;
  let entry = -1;
  for (let event = 0; event < events.count; event++) {
    if (events.kind[event] !== MALLOC) continue;
    do entry++;
    while (entry < entries.count && !(entries.action[entry] === ALLOC && entries.bytes[entry]! > 0));
    if (entry >= entries.count) break;
    found[events.block[event]!] = entry;
  }
  return found;
}

function describe({file, name, line}: CudaFrame): string {
  const place = file === '' || file === '??' ? '' : line > 0 ? `${file}:${line}` : file;
  return [name, place].filter(part => part !== '').join('  ');
}

/** The source frame that a block was allocated from, where the recording has stacks. */
import {ALLOC, type CudaFrame, type CudaRecording} from '../trace/cuda.ts';
import {MALLOC, NONE, type Trace} from '../trace/trace.ts';

/** Python files of the frameworks: their callers are more useful. */
const LIBRARY = /(^|[\\/])(site-packages|dist-packages|torch|python3[^\\/]*)[\\/]/;

/**
 * Per block of the trace: the entry of the CUDA recording that allocated it; `NONE` where there is none. Every allocation
 * of a byte or more became one malloc, and both are in order of time.
 */
export function allocationEntries({cuda, events, blocks}: Trace): Uint32Array {
  const found = new Uint32Array(blocks.count).fill(NONE);
  if (!cuda) return found;
  const {entries} = cuda;
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

/** Per block of the trace: `file:line function`; `''` where there is no stack. */
export function allocationFrames(trace: Trace): string[] {
  const {cuda, blocks} = trace;
  const names = new Array<string>(blocks.count).fill('');
  if (!cuda) return names;
  const known = new Map<number, string>();
  for (const [block, entry] of allocationEntries(trace).entries()) {
    if (entry === NONE) continue;
    const stack = cuda.entries.stack[entry]!;
    const name = known.get(stack) ?? stackFrame(cuda, stack);
    known.set(stack, name);
    names[block] = name;
  }
  return names;
}

/** The innermost frame in Python outside of the frameworks; else the innermost in Python; else the innermost named. */
export function stackFrame({stackStarts, stackFrames, frames}: CudaRecording, stack: number): string {
  const own = stackFrames.subarray(stackStarts[stack], stackStarts[stack + 1]);
  const listed = Array.from(own, frame => frames[frame]!);
  const python = listed.filter(({file}) => file.endsWith('.py'));
  const frame =
    python.find(({file}) => !LIBRARY.test(file)) ?? python[0] ?? listed.find(({name}) => name !== '');
  return frame ? describeFrame(frame) : '';
}

function describeFrame({file, name, line}: CudaFrame): string {
  const place = file === '' ? '' : line > 0 ? `${file}:${line}` : file;
  return [place, name].filter(part => part !== '').join(' ');
}

/** The source frame that a block was allocated from, where the recording has stacks. */
import {ALLOC, type CudaFrame, type CudaRecording} from '../trace/cuda.ts';
import {MALLOC, type Trace} from '../trace/trace.ts';

/** Python files of the frameworks: what called them is of more use. */
const LIBRARY = /(^|[\\/])(site-packages|dist-packages|torch|python3[^\\/]*)[\\/]/;

/** Per block of the trace: `file:line function`; `''` where no stack tells. */
export function allocationFrames({cuda, events, blocks}: Trace): string[] {
  const names = new Array<string>(blocks.count).fill('');
  if (!cuda) return names;
  const {entries} = cuda;
  const known = new Map<number, string>();
  // every allocation of a byte or more became one malloc, and both are in order of time
  let entry = -1;
  for (let event = 0; event < events.count; event++) {
    if (events.kind[event] !== MALLOC) continue;
    do entry++;
    while (entry < entries.count && !(entries.action[entry] === ALLOC && entries.bytes[entry]! > 0));
    if (entry >= entries.count) break;
    const stack = entries.stack[entry]!;
    const name = known.get(stack) ?? stackFrame(cuda, stack);
    known.set(stack, name);
    names[events.block[event]!] = name;
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

/** The source frame that a block was allocated from, where the recording has stacks. */
import {ALLOC, type CudaFrame, type CudaRecording} from '../trace/cuda.ts';
import {describeStack, type FrameChoice, isPython} from '../trace/cuda-frames.ts';
import {MALLOC, NONE, type Trace} from '../trace/trace.ts';

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
export function allocationFrames(trace: Trace, choice: FrameChoice = {}): string[] {
  const {cuda, blocks} = trace;
  const names = new Array<string>(blocks.count).fill('');
  if (!cuda) return names;
  // as for operations: what has no frames where others have Python's comes from autograd
  const withoutStack = cuda.frames.some(isPython) ? 'autograd' : '';
  const known = new Map<number, string>();
  for (const [block, entry] of allocationEntries(trace).entries()) {
    if (entry === NONE) continue;
    const stack = cuda.entries.stack[entry]!;
    const name = known.get(stack) ?? (stackFrame(cuda, stack, choice) || withoutStack);
    known.set(stack, name);
    names[block] = name;
  }
  return names;
}

/** The frames of a stack, innermost first. */
export function framesOfStack({stackStarts, stackFrames, frames}: CudaRecording, stack: number): CudaFrame[] {
  return Array.from(
    stackFrames.subarray(stackStarts[stack], stackStarts[stack + 1]),
    frame => frames[frame]!,
  );
}

/**
 * The innermost frame in Python outside of installed packages; else the innermost in Python; else the operation, with
 * `autograd` before it where its engine ran.
 */
export function stackFrame(cuda: CudaRecording, stack: number, choice: FrameChoice = {}): string {
  return describeStack(framesOfStack(cuda, stack), choice);
}

/**
 * The operation behind a call stack: the outermost PyTorch operator below the innermost Python frame, spelled as the
 * profiler does (`aten::bmm`); where there is none, that Python function with its file, without the folders.
 */
import type {CudaFrame} from '../../cuda.ts';

const OPERATOR = /^at::_ops::(\w+?)::(?:call|redispatch)\b/;
/** Functions that the recorder itself calls to gather a stack, and those of memory itself. */
const RECORDER = /^(?:torch::unwind|torch::CapturedTraceback|torch::cuda::|c10::)/;

/** @param frames innermost first; '' where none names anything. */
export function operationOf(frames: readonly CudaFrame[]): string {
  let operator = '';
  for (const {file, name, line} of frames) {
    if (file.endsWith('.py')) return operator || `${name} (${fileName(file)}:${line})`;
    const match = OPERATOR.exec(name);
    if (match) operator = `aten::${match[1]}`;
  }
  return operator || (frames.find(({name}) => name !== '' && !RECORDER.test(name))?.name.slice(0, 200) ?? '');
}

/** The last part of a path, of either kind of slash. */
function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/**
 * The call stacks of a CUDA snapshot as people read them: the operator that allocated, spelled as the profiler does
 * (`aten::bmm`), and the source line that called it, without the frames of the recorder.
 */
import type {CudaFrame} from './cuda.ts';

/** Frames of installed packages that are shown as well as the program's own. */
export interface FrameChoice {
  /** A package, e.g. `transformers`, whose frames count as the program's own. */
  readonly library?: string;
  /** So many frames below the program's own one are shown behind it. */
  readonly depth?: number;
}

/** The operation as the program called it, and the innermost operator; `''` where unknown. */
export interface StackOperation {
  readonly operation: string;
  readonly leaf: string;
}

const OPERATOR = /^at::_ops::(\w+?)::(?:call|redispatch)\b/;
/** A node of the autograd graph runs. */
const NODE = /^torch::autograd::(generated::)?(\w+)::apply\(/;
const ENGINE = /^torch::autograd::(?:python::Python)?Engine::/;
/** Functions that gather a stack or manage memory: they are in the way of the function that allocates. */
const RECORDER = /^(?:torch::unwind|torch::CapturedTraceback|torch::cuda::|c10::|c10_cuda::)/;
const RECORDER_FILE =
  /(?:^|[\\/])torch[\\/](?:cuda[\\/](?:memory|_memory_viz)\.py|utils[\\/](?:_traceback|_python_dispatch)\.py|autograd[\\/](?:__init__|graph)\.py)$/;
const RECORDER_NAME =
  /^(?:_record_memory_history(?:_impl|_legacy)?|_engine_run_backward|_snapshot|_dump_snapshot)$/;
/** Code that torch.compile wrote; its lines are in no file of the program. */
const GENERATED = /^<eval_with_key>|[\\/]torchinductor_|^<torch_package/;
const PACKAGE = /[\\/](?:site|dist)-packages[\\/]([^\\/]+)/;
/** PyTorch and Python where they are not installed as packages, or their paths were shortened. */
const TORCH =
  /^torch[\\/]|[\\/]torch[\\/](?:_\w+|amp|autograd|backends|cuda|distributed|fx|jit|nn|optim|utils|functional\.py|storage\.py)(?:[\\/]|$|\.py$)/;
const PYTHON = /(?:^|[\\/])(?:lib(?:64)?[\\/]python3|python3\.\d+[\\/]|Python3\d+[\\/]Lib[\\/])/;
const OPTIMIZER = /(?:^|[\\/])torch[\\/]optim[\\/]/;
const ORIGIN = /File "([^"]+)", line (\d+), in ([^\s]+)/g;

/** Whether a Python file, or a text that Python ran: `<stdin>`. */
export function isPython({file}: CudaFrame): boolean {
  return file.endsWith('.py') || /^<.+>/.test(file);
}

/** The installed package that a frame is of; `''` for the program's own. */
export function packageOf({file}: CudaFrame): string {
  const installed = PACKAGE.exec(file)?.[1]?.replace(/\.py$/, '');
  if (installed !== undefined) return installed;
  if (TORCH.test(file)) return 'torch';
  return PYTHON.test(file) || file.startsWith('<frozen ') ? 'python' : '';
}

/** Python's frames, the innermost first, without the recorder's and generated ones, which have their origin's place. */
export function pythonFrames(frames: readonly CudaFrame[]): CudaFrame[] {
  const shown: CudaFrame[] = [];
  for (const frame of frames) {
    if (!isPython(frame) || isRecorder(frame)) continue;
    if (!GENERATED.test(frame.file)) shown.push(frame);
    else shown.push(...originOf(frame));
  }
  return shown;
}

/** `file:line function`, and frames below it as the choice says; `autograd` for a stack without Python; `''` for none. */
export function describeStack(frames: readonly CudaFrame[], {library, depth = 0}: FrameChoice = {}): string {
  const python = pythonFrames(frames);
  const own = python.findIndex(frame => isOwn(frame, library));
  if (python.length > 0) {
    const at = Math.max(0, own);
    // the innermost frame is the last one that is shown, so that equal beginnings are side by side
    return python
      .slice(Math.max(0, at - depth), at + 1)
      .reverse()
      .map(describeFrame)
      .join(' > ');
  }
  const {operation} = operationOf(frames);
  return operation !== '' && isAutograd(frames) && !operation.startsWith('autograd')
    ? `autograd ${operation}`
    : operation;
}

/** A frame as people read it, and whether it is the program's own. */
export interface ShownFrame {
  /** Of code that torch.compile wrote: the line that it was made of. */
  readonly frame: CudaFrame;
  readonly isOwn: boolean;
}

/** Undefined for a frame that is not shown: one of the recorder, or not in Python. */
export function shownFrame(frame: CudaFrame, {library}: FrameChoice = {}): ShownFrame | undefined {
  const [shown] = pythonFrames([frame]);
  return shown && {frame: shown, isOwn: isOwn(shown, library)};
}

/** The program's frames, the outermost first, those of a chosen package among them. */
export function programFrames(
  frames: readonly CudaFrame[],
  {library, depth = 0}: FrameChoice = {},
): CudaFrame[] {
  const python = pythonFrames(frames);
  const first = Math.max(
    0,
    python.findIndex(frame => isOwn(frame, library)),
  );
  return python.filter((frame, i) => isOwn(frame, library) || (i <= first && i >= first - depth)).reverse();
}

/** Whether the engine of autograd runs in it, or a node of its graph. */
export function isAutogradFrame({name}: CudaFrame): boolean {
  return ENGINE.test(name) || NODE.test(name);
}

/** Whether it is of a PyTorch optimizer. */
export function isOptimizerFrame({file}: CudaFrame): boolean {
  return OPTIMIZER.test(file);
}

/**
 * The outermost operator below the innermost Python frame; the node of the autograd graph where one runs; without an
 * operator that Python function, with its file without the folders.
 * @param frames innermost first.
 */
export function operationOf(frames: readonly CudaFrame[]): StackOperation {
  let operator = '';
  let leaf = '';
  for (const frame of frames) {
    const node = NODE.exec(frame.name);
    if (node) return {operation: node[1] ? node[2]! : `torch::autograd::${node[2]}`, leaf};
    if (ENGINE.test(frame.name)) return {operation: autogradName(operator), leaf};
    const match = OPERATOR.exec(frame.name);
    if (match) operator = `aten::${match[1]}`;
    leaf ||= operator;
    if (!isPython(frame) || isRecorder(frame)) continue;
    if (!GENERATED.test(frame.file)) return {operation: operator || describeFunction(frame), leaf};
    const graph = graphNodeOf(frame);
    if (graph !== '') return {operation: graph, leaf};
  }
  const named = frames.find(({name}) => name !== '' && !RECORDER.test(name));
  return {operation: operator || (named?.name.slice(0, 200) ?? ''), leaf};
}

function autogradName(operator: string): string {
  return operator === '' ? 'autograd' : `autograd ${operator}`;
}

function isAutograd(frames: readonly CudaFrame[]): boolean {
  return frames.some(isAutogradFrame);
}

function isOwn(frame: CudaFrame, library: string | undefined): boolean {
  const own = packageOf(frame);
  return own === '' || own === library;
}

function isRecorder({file, name}: CudaFrame): boolean {
  return RECORDER_FILE.test(file) || RECORDER_NAME.test(name);
}

/** The operation of a node of a graph: `aten::linear` of `torch.ops.aten.linear.default`; without it the node's name. */
function graphNodeOf({graph}: CudaFrame): string {
  if (!graph) return '';
  const target = /^(?:torch\.ops\.)?(\w+)\.(\w+)(?:\.\w+)?$/.exec(graph.target);
  if (target) return `${target[1]}::${target[2]}`;
  return graph.target || graph.node.replace(/_\d+$/, '');
}

/** The line that a node of a graph was made of, the innermost one; none where the recorder did not say. */
function originOf({graph}: CudaFrame): CudaFrame[] {
  const found = [...(graph?.origin ?? '').matchAll(ORIGIN)].at(-1);
  return found ? [{file: found[1]!, line: Number(found[2]), name: found[3]!}] : [];
}

function describeFunction({file, name, line}: CudaFrame): string {
  return `${name} (${file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1)}:${line})`;
}

export function describeFrame({file, name, line}: CudaFrame): string {
  const place = file === '' ? '' : line > 0 ? `${file}:${line}` : file;
  return [place, name].filter(part => part !== '').join(' ');
}

/**
 * The phase of an allocation by the names that PyTorch gives: nodes of the autograd graph, the profiler's span of a step of
 * the optimizer, functions of `torch.optim`. What none of them names is taken as forward where the recording is of a network.
 */
import type {Phase} from '../../model/buffer-facts.ts';
import type {CudaFrame} from '../../trace/cuda.ts';

/** Spans that `torch.optim` marks for the profiler. */
export const OPTIMIZER_SPAN = /^Optimizer\.(?:step|zero_grad)\b/;
const BACKWARD_OPERATION = /Backward\d*$|_backward$|^autograd\b|^torch::autograd::/;
const OPTIMIZER_FILE = /[\\/]optim[\\/]/;
const OPTIMIZER_FUNCTION = /^(?:optimi[sz]e|optimi[sz]er_step|zero_grad)$/;
/** Operators have a namespace: a recording of any other program has none. */
const OPERATOR = /^\w+::\w/;
/** Functions that make or load the tensors of a module. */
const MODULE_FUNCTION =
  /^(?:__init__|reset_parameters|_apply|to_empty|from_pretrained|load_state_dict|_load_from_state_dict)$/;

/** @param forward the forward operation of a backward one; `''` where there is none. */
export function phaseOfOperation(operation: string, forward: string): Phase {
  if (OPTIMIZER_SPAN.test(operation)) return 'optimizer';
  if (forward !== '' || BACKWARD_OPERATION.test(operation)) return 'backward';
  return operation === '' ? 'unknown' : 'forward';
}

/**
 * By the functions of the program; the engine of autograd shows in the name of the operation. The innermost frame that names a
 * phase decides: an optimizer may step within the backward.
 */
export function phaseOfFrames(frames: readonly CudaFrame[]): Phase {
  for (const {file, name} of frames) {
    if (OPTIMIZER_FILE.test(file) || OPTIMIZER_FUNCTION.test(name)) return 'optimizer';
    if (name === 'backward') return 'backward';
  }
  return frames.length === 0 ? 'unknown' : 'forward';
}

export function isOperator(operation: string): boolean {
  return OPERATOR.test(operation);
}

/** Whether a module makes or loads its tensors there. */
export function isOfModule(frames: readonly CudaFrame[]): boolean {
  return frames.some(({name}) => MODULE_FUNCTION.test(name));
}

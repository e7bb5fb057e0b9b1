/** The allocations of the chosen iteration in their order, for formats that serve requests one by one. */
import {basename} from 'node:path';
import {PYTORCH_UNITS, type PytorchDevice, type PytorchSource} from '../../artifacts.ts';
import {type Allocation, allocationsOf, problemOf} from '../../model/allocations.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import {plural} from '../../model/quantities.ts';
import {type StepProblem, stepAllocations, type Trace} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import type {ChosenProblem, ProblemChoice} from './chosen-problem.ts';

/** Recordings of PyTorch's own requests, and problems that state them. */
const RECORDINGS = ['kineto', 'cuda-snapshot', 'event-log'];
const PROBLEMS = ['csv', 'problem-json'];

export interface OrderedProblem {
  readonly allocations: readonly Allocation[];
  readonly device: PytorchDevice;
  /** Of the allocations that end within the iteration. */
  readonly problem: ProblemColumns;
  readonly source: PytorchSource;
  readonly warnings: readonly string[];
}

/** @throws CliError for options that the order contradicts, and for an input without allocations of PyTorch. */
export function orderedProblem(chosen: ChosenProblem, choice: ProblemChoice): OrderedProblem {
  checkOptions(choice);
  const {file, format, step, trace} = chosen;
  if (!RECORDINGS.includes(format) && !PROBLEMS.includes(format))
    throw new CliError(
      `${file}: pytorch needs a recording of what PyTorch allocates (${RECORDINGS.join(', ')}) or a problem (CSV, JSON), and this is ${format}`,
      EXIT.usage,
    );
  try {
    const device = step ? deviceOf(chosen, step.device.name) : 'cpu';
    const unit = PYTORCH_UNITS[device];
    const allocations = step && trace ? stepAllocations(trace, step) : allocationsOf(chosen.problem, unit);
    return {
      allocations,
      device,
      problem: problemOf(allocations, unit),
      source: {file: basename(file), format, iteration: step?.iteration ?? null},
      warnings: warningsOf(chosen, allocations),
    };
  } catch (error) {
    throw inputError(file, error);
  }
}

function checkOptions({alignment, pool, inPlace, streams}: ProblemChoice): void {
  if (alignment !== undefined)
    throw new CliError(
      '--alignment: PyTorch aligns to 64 bytes on the CPU and to 512 on CUDA: leave it out',
      EXIT.usage,
    );
  if (pool || inPlace)
    throw new CliError('--pool, --in-place: a plan for PyTorch has one arena and no such rules', EXIT.usage);
  if (streams === 'together')
    throw new CliError(
      '--streams together: stowage serves each stream from bytes of its own: leave it out',
      EXIT.usage,
    );
}

const SERVED = /^(cpu|cuda)(:\d+)?$/;

function deviceOf({file, trace}: ChosenProblem, name: string): PytorchDevice {
  const [, device] = SERVED.exec(name) ?? [];
  if (device !== undefined) return device as PytorchDevice;
  const [other] = trace?.devices.filter(one => SERVED.test(one.name)) ?? [];
  const advice = other ? `: choose another with --device ${other.name}` : '';
  throw new CliError(
    `${file}: stowage serves PyTorch's tensors on cpu and cuda, and this is ${name}${advice}`,
    EXIT.usage,
  );
}

function warningsOf({step, trace}: ChosenProblem, allocations: readonly Allocation[]): readonly string[] {
  if (step && trace) return warningsOfStep(step, trace, allocations);
  return [
    'the order of the allocations is taken from the start ticks, that of equal ones from the rows: an iteration that allocates in another order is served less',
  ];
}

function warningsOfStep(
  {blocks, held}: StepProblem,
  trace: Trace,
  allocations: readonly Allocation[],
): string[] {
  const outliving = allocations.filter(({end}) => end === null).length;
  const pooled = blocks.filter(block => trace.blocks.pool[block] !== 0).length;
  const said = (count: number, text: string) => (count > 0 ? [text] : []);
  return [
    ...said(
      outliving,
      `${outliving} of ${plural(allocations.length, 'allocation')} not planned: they outlive the iteration`,
    ),
    ...said(
      held,
      `${plural(held, 'free')} waited for other streams: the ${held === 1 ? 'block keeps its' : 'blocks keep their'} bytes to the end`,
    ),
    ...said(
      pooled,
      `${plural(pooled, 'allocation')} ${pooled === 1 ? 'is in a private pool' : 'are in private pools'}, as of a CUDA graph: planned like the others of ${pooled === 1 ? 'its stream' : 'their streams'}`,
    ),
  ];
}

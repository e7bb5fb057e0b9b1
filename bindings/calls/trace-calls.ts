/** The calls that led to the blocks of a trace: its stacks, and its operations with their modules. */
import {firstIndex} from '../model/binary-search.ts';
import type {FrameChoice} from '../trace/cuda-frames.ts';
import {type AllocationPath, NONE, type Trace} from '../trace/trace.ts';
import {type CallPaths, NO_PATH, PathBuilder} from './calls.ts';
import {splitName} from './names.ts';
import {StackCalls} from './stack-calls.ts';

/** The order of the levels: the call stack, or modules, then the phase of the iteration, then operations. */
export type Grouping = 'stack' | 'module';

export interface TraceCallOptions extends FrameChoice {
  readonly by?: Grouping;
}

const AUTOGRAD = /^(?:autograd\b|torch::autograd::)|Backward\d*$/;
const OPTIMIZER = /^Optimizer\./;

/** @param device index into `Trace.devices`. */
export function traceCalls(trace: Trace, device: number, options: TraceCallOptions = {}): CallPaths {
  const {by = 'stack'} = options;
  const builder = new PathBuilder();
  const stacks = new StackCalls(trace, builder, options);
  const operations = new OperationCalls(trace, builder, by);
  const {blocks} = trace;
  const pathOf = new Uint32Array(blocks.count).fill(NO_PATH);
  const known = new Map<number, number>();
  const inStep = optimizerSteps(trace);
  for (let block = 0; block < blocks.count; block++) {
    if (blocks.device[block] !== device) continue;
    const stack = stacks.stackOf(block);
    const source = operations.sourceOf(block);
    const isStep = by === 'module' && inStep(block) ? 1 : 0;
    const key = (stack * operations.count + source) * 2 + isStep;
    const path =
      known.get(key) ??
      (by === 'stack'
        ? builder.path(...stackLevels(stacks, operations, stack, source))
        : builder.path(...moduleLevels(builder, stacks, operations, {stack, source, isStep: isStep === 1})));
    known.set(key, path);
    pathOf[block] = path;
  }
  return builder.build(pathOf, by === 'stack' ? stackNotes(trace) : moduleNotes(trace));
}

/** Source lines where there are some, else operations; both where the recording has operators below its lines. */
function stackLevels(stacks: StackCalls, operations: OperationCalls, stack: number, source: number) {
  const lines = stacks.linesOf(stack);
  if (lines.length > 0 && !operations.hasOperator(source)) return [lines];
  return [lines, operations.moduleOf(source), operations.levelsOf(source)];
}

function moduleLevels(
  builder: PathBuilder,
  stacks: StackCalls,
  operations: OperationCalls,
  {stack, source, isStep}: {readonly stack: number; readonly source: number; readonly isStep: boolean},
) {
  const modules = [...operations.moduleOf(source), ...stacks.modulesOf(stack)];
  const phase = isStep ? 'optimizer' : (stacks.phaseOf(stack) ?? operations.phaseOf(source));
  // the name of an operation alone says nothing of its phase
  const known = phase ?? (modules.length > 0 && !operations.isNamed ? 'forward' : undefined);
  const levels = operations.levelsOf(source);
  return [modules, known === undefined ? [] : [builder.call('phase', known)], levels];
}

/** Module, forward operation, operation and leaf, without those that are unknown or repeat the one before. */
class OperationCalls {
  readonly #trace: Trace;
  readonly #builder: PathBuilder;
  /** Whether modules are taken from the names of operations. */
  readonly isNamed: boolean;
  readonly count: number;

  constructor(trace: Trace, builder: PathBuilder, by: Grouping) {
    this.#trace = trace;
    this.#builder = builder;
    this.isNamed = by === 'module' && !trace.cuda && !trace.paths;
    this.count = trace.operations.length + (trace.paths?.length ?? 0);
  }

  /** A number for its path, or for its operation where it has none. */
  sourceOf(block: number): number {
    const {blocks, operations} = this.#trace;
    const path = blocks.path?.[block] ?? 0;
    return path === 0 ? blocks.operation[block]! : operations.length + path;
  }

  hasOperator(source: number): boolean {
    return source >= this.#trace.operations.length;
  }

  moduleOf(source: number): number[] {
    const {module, operation} = this.#pathOf(source);
    if (module !== '') return [this.#builder.call('module', module)];
    const parts = this.isNamed && operation.includes('/') ? splitName(operation) : [];
    return parts.slice(0, -1).map(part => this.#builder.call('module', part));
  }

  levelsOf(source: number): number[] {
    const {forward, operation, leaf} = this.#pathOf(source);
    const own = this.isNamed && operation.includes('/') ? splitName(operation).at(-1)! : operation;
    const names = [forward, own, leaf].map(withoutNumber);
    const known = names.filter((name, level) => name !== '' && name !== names[level - 1]);
    return (known.length === 0 ? [''] : known).map(name => this.#builder.call('operation', name));
  }

  phaseOf(source: number): 'backward' | 'optimizer' | undefined {
    const {forward, operation} = this.#pathOf(source);
    if (OPTIMIZER.test(operation)) return 'optimizer';
    return forward !== '' || AUTOGRAD.test(operation) ? 'backward' : undefined;
  }

  #pathOf(source: number): AllocationPath {
    const {operations, paths} = this.#trace;
    if (source >= operations.length) return paths![source - operations.length]!;
    return {module: '', forward: '', operation: operations[source]!, leaf: ''};
  }
}

/** An annotation that counts its occurrences is the same operation in each. */
export function withoutNumber(name: string): string {
  return name.replace(/#\d+$/, '');
}

/** Whether a block was allocated in a span that the program named after a step of its optimizer. */
function optimizerSteps({annotations, blocks, events}: Trace): (block: number) => boolean {
  const spans = annotations.filter(({name}) => OPTIMIZER.test(name)).sort((a, b) => a.start - b.start);
  const latestEnd = new Float64Array(spans.length);
  let end = Number.NEGATIVE_INFINITY;
  for (const [i, span] of spans.entries()) latestEnd[i] = end = Math.max(end, span.end);
  return block => {
    const event = blocks.mallocEvent[block]!;
    if (spans.length === 0 || event === NONE) return false;
    const time = events.time[event]!;
    const begun = firstIndex(0, spans.length, index => spans[index]!.start > time);
    return begun > 0 && time <= latestEnd[begun - 1]!;
  };
}

function stackNotes({cuda}: Trace): string[] {
  return cuda
    ? ["Lines are the program's own in Python; below them the operation, where its operators were recorded."]
    : [];
}

function moduleNotes({cuda, paths}: Trace): string[] {
  if (cuda)
    return [
      'Modules are the lines of functions named forward. Backward is below the engine of autograd or a function named backward; the optimizer is code of torch.optim, or a recorded span whose name begins with Optimizer.',
    ];
  return paths
    ? [
        "Modules are as recorded; a backward operation has its forward one's. The optimizer is a recorded span whose name begins with Optimizer.",
      ]
    : ['Modules are the names of operations up to their last /.'];
}

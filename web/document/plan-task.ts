/** The problem that is planned, the changes asked for, the plans made, and what is put beside them. */
import {
  type AllocatorChoice,
  namedSettings,
  type Requests,
  recordedSettings,
  requestsOf,
} from '../../bindings/allocators/index.ts';
import type {Bounds, Plan} from '../../bindings/index.ts';
import {alignmentOf, type ProblemColumns} from '../../bindings/model/problem.ts';
import type {PackingInput} from '../../bindings/pictures/index.ts';
import {
  type Imported,
  MALLOC,
  NONE,
  type StepOptions,
  type StepProblem,
  stepProblem,
  timelineOf,
} from '../../bindings/trace.ts';

/** Something that could be different about an item. */
export interface Edit {
  readonly item: number;
  readonly kind: 'half' | 'gone' | 'ends';
  /** Where it ends; of `ends`, a moment. */
  readonly moment?: number;
}

export interface TaskOptions {
  readonly iteration: number | 'auto' | 'window';
  /** Bytes; absent for the recorded allocator's. */
  readonly alignment?: number;
  readonly edits: readonly Edit[];
}

/** One problem, with the way back to the items. */
export interface PlanTask {
  readonly problem: ProblemColumns;
  readonly operations: readonly string[] | undefined;
  readonly step: StepProblem | undefined;
  /** Per buffer. */
  readonly itemOf: (buffer: number) => number;
  /** The moment of tick 0. */
  readonly firstMoment: number;
  readonly warnings: readonly string[];
}

/** @throws UsageError for what the recording does not have. */
export function taskOf(imported: Imported, device: number, options: TaskOptions): PlanTask {
  const task =
    imported.kind === 'trace' ? stepTask(imported, device, options) : problemTask(imported, options);
  return {...task, problem: edited(task, options.edits)};
}

function problemTask(imported: Extract<Imported, {kind: 'problem'}>, {alignment}: TaskOptions): PlanTask {
  const {problem, operations, warnings} = imported;
  return {
    problem: alignment === undefined ? problem : {...problem, defaultAlignment: alignment},
    operations,
    step: undefined,
    itemOf: buffer => buffer,
    firstMoment: 0,
    warnings,
  };
}

function stepTask(
  {trace}: Extract<Imported, {kind: 'trace'}>,
  device: number,
  {iteration, alignment}: TaskOptions,
): PlanTask {
  const options: StepOptions = {
    device: trace.devices[device]!.name,
    iteration,
    ...(alignment === undefined ? {} : {alignment}),
  };
  const step = stepProblem(trace, options);
  const {iterations} = timelineOf(trace, device).iterations;
  const own = iterations.find(({number}) => number === step.iteration);
  return {
    problem: step.problem,
    operations: step.operations,
    step,
    itemOf: buffer => step.blocks[buffer]!,
    // an item is live from the moment after the event that allocated it
    firstMoment: 1 + (own?.firstEvent ?? 0),
    warnings: step.warnings,
  };
}

/** A buffer that is to end at a moment keeps its first tick at least. */
function edited({problem, itemOf, firstMoment}: PlanTask, edits: readonly Edit[]): ProblemColumns {
  if (edits.length === 0) return problem;
  const size = problem.size.slice();
  const end = problem.end.slice();
  const gapEnd = problem.gapEnd.slice();
  for (let buffer = 0; buffer < problem.count; buffer++) {
    for (const {kind, moment} of edits.filter(({item}) => item === itemOf(buffer))) {
      if (kind === 'half') size[buffer] = Math.floor(size[buffer]! / 2);
      else if (kind === 'gone') size[buffer] = 0;
      else if (problem.gapIndex[buffer] === problem.gapIndex[buffer + 1])
        end[buffer] = Math.min(
          end[buffer]!,
          Math.max(problem.start[buffer]! + 1, (moment ?? 0) - firstMoment),
        );
    }
  }
  return {...problem, size, end, gapEnd};
}

/** Bytes that the buffers take when nothing is ever reused. */
export function withoutPlanning(problem: ProblemColumns): number {
  let bytes = 0;
  for (let i = 0; i < problem.count; i++) {
    const alignment = alignmentOf(problem, i);
    bytes = Math.ceil(bytes / alignment) * alignment + problem.size[i]!;
  }
  return bytes;
}

/** What a picture of a plan is made of. */
export function packingOf(
  {problem, operations}: PlanTask,
  plan: Plan,
  bounds: Bounds | undefined,
  capacity?: number,
): PackingInput {
  return {
    problem,
    offsets: plan.offsets,
    peak: plan.peak,
    lowerBound: plan.lowerBound,
    ...(bounds ? {bound: {start: bounds.start, end: bounds.end}} : {}),
    ...(operations ? {operations} : {}),
    ...(capacity === undefined ? {} : {capacity}),
  };
}

/** Offsets that the plan is compared with, and where they come from. */
export interface Before {
  readonly kind: 'recorded' | 'reference' | 'model';
  readonly name: string;
  readonly offsets: Float64Array;
  /** Bytes that it holds at most. */
  readonly extent: number;
}

/** The addresses of a CUDA snapshot, its segments one behind the other. */
export function recordedOffsets(imported: Imported, {problem, step}: PlanTask): Before | undefined {
  if (imported.kind === 'problem') {
    const {reference} = imported;
    if (!reference || reference.offsets.some(Number.isNaN)) return undefined;
    return {
      kind: 'reference',
      name: `${reference.name}'s own plan`,
      offsets: reference.offsets,
      extent: reference.peak,
    };
  }
  const {trace} = imported;
  const {cuda} = trace;
  if (!cuda || !step) return undefined;
  const base = cuda.addresses.reduce((a, b) => (b !== 0n && b < a ? b : a), 0xffff_ffff_ffff_ffffn);
  const places = Float64Array.from(step.blocks, block => Number(trace.blocks.address[block]! - base));
  const line = compacted(places, problem.size);
  return {kind: 'recorded', name: 'as recorded', offsets: line.offsets, extent: line.extent};
}

/** Bytes from which a stretch of addresses without any of the buffers is left out. */
const LARGE_HOLE = 64 * 1024 ** 2;

function compacted(places: Float64Array, sizes: Float64Array): {offsets: Float64Array; extent: number} {
  const order = Array.from(places, (_, i) => i).sort((a, b) => places[a]! - places[b]!);
  const offsets = new Float64Array(places.length);
  let [end, left] = [order.length > 0 ? places[order[0]!]! : 0, order.length > 0 ? places[order[0]!]! : 0];
  for (const i of order) {
    if (places[i]! - end > LARGE_HOLE) left += places[i]! - end;
    offsets[i] = places[i]! - left;
    end = Math.max(end, places[i]! + sizes[i]!);
  }
  return {offsets, extent: end - left};
}

/** The settings that were recorded, else the defaults. */
export function recordedChoice(imported: Imported): AllocatorChoice {
  const cuda = imported.kind === 'trace' ? imported.trace.cuda : undefined;
  return {name: 'pytorch-cuda', settings: cuda ? namedSettings(recordedSettings(cuda.settings)) : {}};
}

/** What the program asked for, and which item each block of it is. */
export interface OwnRequests {
  readonly requests: Requests;
  /** −1 for one that is no item. */
  readonly itemOf: Int32Array;
}

export function ownRequests(imported: Imported, device: number): OwnRequests | undefined {
  if (imported.kind === 'problem') return undefined;
  const {trace} = imported;
  const requests = requestsOf(trace, device);
  const itemOf = new Int32Array(requests.blocks.count).fill(-1);
  const {memory} = timelineOf(trace, device);
  // both are in order of time: the k-th malloc of the one is that of the other
  let next = requests.before;
  for (const event of memory.event) {
    if (trace.events.kind[event] === MALLOC) {
      while (next < requests.count && requests.kind[next] !== MALLOC) next++;
      if (next < requests.count) itemOf[requests.block[next++]!] = trace.events.block[event]!;
    }
  }
  return {requests, itemOf: withBlocksFromBefore(trace, device, requests, itemOf)};
}

/** Blocks from before that are freed later, told by the order of their frees. */
function withBlocksFromBefore(
  trace: Extract<Imported, {kind: 'trace'}>['trace'],
  device: number,
  requests: Requests,
  itemOf: Int32Array,
): Int32Array {
  const {memory} = timelineOf(trace, device);
  const frees = Array.from(memory.event).filter(event => trace.events.kind[event] !== MALLOC);
  let next = 0;
  for (let i = requests.before; i < requests.count; i++) {
    if (requests.kind[i] === MALLOC) continue;
    const event = frees[next++];
    if (event === undefined) break;
    const block = trace.events.block[event]!;
    if (trace.blocks.mallocEvent[block] === NONE) itemOf[requests.block[i]!] = block;
  }
  return itemOf;
}

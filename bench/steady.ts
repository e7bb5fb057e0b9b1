/** A step as an allocator that serves it again and again sees it, and as a plan: the same buffers, rounded the same. */
import {
  type AllocatorName,
  makeAllocator,
  type Requests,
  replay,
  roundUp,
  type Trial,
  trySettings,
} from '../bindings/allocators/index.ts';
import type {Planner, ProblemColumns} from '../bindings/index.ts';
import {FREE, MALLOC, type StepProblem, unroll} from '../bindings/trace.ts';

/** CUDA's allocators round every block to this, and so does a plan beside them. */
const UNIT = 512;
/** Iterations that an allocator is given to become steady. */
const TIMES = 8;

/** Bytes throughout. */
export interface Steady {
  /** Reserved in the last of the iterations. */
  readonly reserved: number;
  /** Whether that was as much after each of the last two. */
  readonly isSteady: boolean;
}

export interface PlannedStep {
  readonly lowerBound: number;
  readonly peak: number;
  readonly isProven: boolean;
}

/** The step with every size rounded up to 512 bytes; persistent blocks are left out on both sides. */
export function roundStep(step: StepProblem): StepProblem {
  const {problem} = step;
  return {...step, problem: {...problem, size: problem.size.map(roundUp), defaultAlignment: UNIT}};
}

/** Buffers by stream and pool, which neither an allocator nor a plan lets share memory. */
export function partsOf({problem: {count, constraints}}: StepProblem): number[][] {
  const {parts} = constraints ?? {};
  const buffers = Array.from({length: count}, (_, buffer) => buffer);
  return parts
    ? parts.names.map((_, part) => buffers.filter(buffer => parts.of[buffer] === part))
    : [buffers];
}

/** A plan in which streams and pools are apart. */
export function planStep(planner: Planner, {problem}: StepProblem): PlannedStep {
  const {lowerBound, peak, status} = planner.plan(problem);
  return {lowerBound: roundUp(lowerBound), peak: roundUp(peak), isProven: status === 'optimal'};
}

/** The requests of a program that repeats the step `times` times; a step that does not repeat, once. */
export interface SteadyRequests {
  readonly requests: Requests;
  /** After so many requests the last iteration but one ends. */
  readonly lastBegins: number;
}

export function requestsOfStep(step: StepProblem, parts: readonly number[][]): SteadyRequests {
  const isCyclic = step.lifetimes === 'cyclic';
  const unrolled = isCyclic ? unroll(step, TIMES) : undefined;
  const problem = unrolled?.problem ?? step.problem;
  const buffer = unrolled?.buffer ?? Uint32Array.from({length: problem.count}, (_, i) => i);
  const events = inOrder(problem);
  const end = isCyclic ? (TIMES - 1) * step.ticks : 0;
  const stream = new Uint32Array(step.problem.count);
  for (const [part, list] of parts.entries()) for (const one of list) stream[one] = part;
  return {
    requests: {
      count: events.length,
      kind: Uint8Array.from(events, ({isMalloc}) => (isMalloc ? MALLOC : FREE)),
      block: Uint32Array.from(events, ({row}) => row),
      blocks: {
        count: problem.count,
        bytes: problem.size,
        stream: Uint32Array.from(buffer, one => stream[one]!),
        pool: new Uint32Array(problem.count),
      },
      before: 0,
      failures: [],
    },
    lastBegins: events.findIndex(({tick}) => tick >= end),
  };
}

interface Event {
  readonly tick: number;
  readonly row: number;
  readonly isMalloc: boolean;
}

/** Frees before mallocs of the same tick; blocks that live beyond the end are never freed. */
function inOrder({count, start, end, size}: ProblemColumns): Event[] {
  const last = end.reduce((most, tick) => Math.max(most, tick), 0);
  const events: Event[] = [];
  for (let row = 0; row < count; row++) {
    if (size[row] === 0 || start[row]! >= end[row]!) continue;
    events.push({tick: start[row]!, row, isMalloc: true});
    if (end[row]! < last) events.push({tick: end[row]!, row, isMalloc: false});
  }
  return events.sort((a, b) => a.tick - b.tick || Number(a.isMalloc) - Number(b.isMalloc) || a.row - b.row);
}

export function steadyOf({requests, lastBegins}: SteadyRequests, name: AllocatorName): Steady {
  const {usage} = replay(requests, makeAllocator({name, settings: {}}));
  const reserved = usage.reserved.at(-1)!;
  return {reserved, isSteady: usage.reserved[lastBegins] === reserved};
}

/** The settings of PyTorch's allocator, other than the default, that reserve least; the first of the list on ties. */
export function bestSettings({requests}: SteadyRequests): Trial {
  return trySettings(requests, {name: 'pytorch-cuda', settings: {}})[0]!;
}

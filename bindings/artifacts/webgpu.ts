/**
 * A plan as WebGPU needs it: the `GPUBuffer`s to create, and a binding within one of them for each buffer of the plan.
 *
 * An arena becomes a GPUBuffer. Within a dispatch a GPUBuffer is either only read or only bound for reading and writing,
 * whatever the ranges. So every binding must be `read_write`, unless the plan has every operator's inputs and outputs
 * in different arenas.
 */
import {UsageError} from '../model/errors.ts';
import {checkAlignment, checkBytes, idOf} from '../model/problem.ts';
import {show} from '../model/shown.ts';
import type {CheckedPlan} from './checked-plan.ts';

export const WEBGPU_SCHEMA = 'stowage.webgpu/1';

/** Limits of a device, by their names in WebGPU; every device grants the defaults. */
export interface WebGpuLimits {
  /** Bytes. Default 256. */
  readonly minStorageBufferOffsetAlignment?: number;
  /** Bytes. Default 134,217,728. */
  readonly maxStorageBufferBindingSize?: number;
  /** Bytes. Default 268,435,456. */
  readonly maxBufferSize?: number;
}

export interface WebGpuOptions {
  /** Limits of the target device; if absent, the limits that every device grants. */
  readonly limits?: WebGpuLimits;
  /** `split` where the plan was made so that no operator reads and writes the same arena. Default `rw`. */
  readonly bindings?: 'rw' | 'split';
}

export interface WebGpuPlan {
  readonly schema: typeof WEBGPU_SCHEMA;
  /** How a shader must declare its bindings: all `read_write`, or as it uses them. */
  readonly bindings: 'rw' | 'split';
  /** The planned limits; a device must grant at least these, and no larger alignment. */
  readonly limits: Required<WebGpuLimits>;
  /** One GPUBuffer each: bytes, and names of `GPUBufferUsage`. */
  readonly buffers: readonly {
    readonly label: string;
    readonly size: number;
    readonly usage: readonly string[];
  }[];
  /** In the order of the problem's buffers; null for one that takes no memory. */
  readonly tensors: readonly ({
    readonly id: string;
    /** Index into `buffers`. */
    readonly buffer: number;
    /** Bytes. */
    readonly offset: number;
    /** Bytes to bind: a multiple of 4, as WebGPU asks of storage. */
    readonly size: number;
  } | null)[];
}

const DEFAULT_LIMITS = {
  minStorageBufferOffsetAlignment: 256,
  maxStorageBufferBindingSize: 128 << 20,
  maxBufferSize: 256 << 20,
} as const;
const USAGE = ['STORAGE', 'COPY_SRC', 'COPY_DST'] as const;
/** Storage is bound in words, bytes. */
const WORD = 4;

/**
 * @throws UsageError for a plan that the limits do not allow, naming the buffer, its bytes and the limit.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 * import {checkedPlan, webGpuPlan} from 'stowage/artifacts';
 *
 * const planner = await loadPlanner();
 * const problem = {buffers: [{id: 'conv1', size: 4096, start: 0, end: 3, alignment: 256}]};
 * const plan = checkedPlan(planner, problem, planner.plan(problem));
 * console.log(webGpuPlan(plan).buffers[0].size, webGpuPlan(plan).tensors[0]);
 * // prints 4096 { id: 'conv1', buffer: 0, offset: 0, size: 4096 }
 * ```
 */
export function webGpuPlan(
  plan: CheckedPlan,
  {limits: given = {}, bindings = 'rw'}: WebGpuOptions = {},
): WebGpuPlan {
  const limits = {...DEFAULT_LIMITS, ...given};
  checkLimits(limits);
  const {problem, offsets, arenaOf, arenas} = plan;
  const words = (bytes: number) => Math.ceil(bytes / WORD) * WORD;
  for (const {name, peak} of arenas) {
    if (words(peak) <= limits.maxBufferSize) continue;
    throw new UsageError(
      `arena ${show(name)}: its ${peak} bytes are more than one GPUBuffer may have (${limits.maxBufferSize}): plan with a repeated pool`,
    );
  }
  const tensors = Array.from({length: problem.count}, (_, i) => {
    if (!plan.takesMemory(i)) return null;
    checkBinding(plan, i, limits);
    return {id: idOf(problem, i), buffer: arenaOf[i]!, offset: offsets[i]!, size: words(problem.size[i]!)};
  });
  return {
    schema: WEBGPU_SCHEMA,
    bindings,
    limits,
    buffers: arenas.map(({name, peak}) => ({label: name, size: words(peak), usage: USAGE})),
    tensors,
  };
}

/** An alignment below a word would let bindings, which are whole words, run into each other. */
function checkLimits(limits: Required<WebGpuLimits>): void {
  const {minStorageBufferOffsetAlignment, maxStorageBufferBindingSize, maxBufferSize} = limits;
  checkAlignment(minStorageBufferOffsetAlignment, 'limits.minStorageBufferOffsetAlignment');
  if (minStorageBufferOffsetAlignment < WORD)
    throw new UsageError(
      `limits.minStorageBufferOffsetAlignment: expected at least ${WORD}, got ${minStorageBufferOffsetAlignment}`,
    );
  checkBytes(maxStorageBufferBindingSize, 'limits.maxStorageBufferBindingSize');
  checkBytes(maxBufferSize, 'limits.maxBufferSize');
}

function checkBinding({problem, offsets}: CheckedPlan, i: number, limits: Required<WebGpuLimits>): void {
  const {minStorageBufferOffsetAlignment: alignment, maxStorageBufferBindingSize: most} = limits;
  const name = show(idOf(problem, i));
  if (offsets[i]! % alignment !== 0)
    throw new UsageError(
      `buffer ${name}: a binding's offset must be a multiple of ${alignment} bytes, and it is ${offsets[i]}: plan with that alignment`,
    );
  if (problem.size[i]! > most)
    throw new UsageError(
      `buffer ${name}: its ${problem.size[i]} bytes are more than may be bound at once (${most})`,
    );
}

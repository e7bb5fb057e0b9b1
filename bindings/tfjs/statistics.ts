/** What became of the tensors, for people and tests. */
import type {Bytes} from '../model/problem.ts';
import type {Statistics} from '../runtime/runtime.ts';

/** Tensors that one kernel allocated. */
export interface KernelStatistics {
  readonly kernel: string;
  readonly tensors: number;
  /** Those of them that a plan had a place for. */
  readonly served: number;
  readonly bytes: Bytes;
}

export interface BlockStatistics {
  /** Tensors served from plans. */
  readonly served: number;
  /** That a plan should have served and did not; the backend's own allocator did. */
  readonly missed: number;
  /** Escaping tensors: they outlived their call, as results do, and stayed with the backend's own allocator. */
  readonly kept: number;
  /** Allocated before there was a plan. */
  readonly unplanned: number;
  /** Plans made or loaded. */
  readonly plans: number;
  /** Bytes of the blocks of all plans. */
  readonly peak: Bytes;
  /** Tensors whose canary was overwritten; counted with `canaries`. */
  readonly broken: number;
  /** With `verbose` alone: in order of their first call. */
  readonly kernels?: readonly KernelStatistics[];
  /** All counters of the allocator below. */
  readonly allocator: Statistics;
}

/** A set of input types and shapes. */
export interface SignatureStatistics {
  readonly signature: string;
  readonly calls: number;
  readonly isPlanned: boolean;
  /** Why it never will be. */
  readonly refused?: string;
}

export interface MemoizedStatistics extends BlockStatistics {
  readonly calls: number;
  /** Those of them within a call of another memoised model, whose plan includes them. */
  readonly nested: number;
  /** Those that are known, the one used last at the end. */
  readonly signatures: readonly SignatureStatistics[];
}

/** Counts tensors by kernel. */
export class Tally {
  readonly #byKernel = new Map<string, {tensors: number; served: number; bytes: Bytes}>();

  count(kernel: string, bytes: Bytes, isServed: boolean): void {
    const counts = this.#byKernel.get(kernel) ?? {tensors: 0, served: 0, bytes: 0};
    this.#byKernel.set(kernel, counts);
    counts.tensors++;
    counts.bytes += bytes;
    if (isServed) counts.served++;
  }

  get kernels(): KernelStatistics[] {
    return [...this.#byKernel].map(([kernel, counts]) => ({kernel, ...counts}));
  }
}

/** What is known of the buffers of a problem beside sizes and lifetimes: where they come from and what they are for. */
import type {Bytes, Tick} from './numbers.ts';

/**
 * What a buffer is for.
 * - `weights`: parameters and constants of modules.
 * - `gradients`: of weights, made by the backward and kept beyond it.
 * - `optimizer-state`: made by a step of the optimizer and kept.
 * - `activations`: made by the forward and kept for the backward.
 * - `temporaries`: made and freed in one phase.
 * - `inputs`: of a model.
 * - `unknown`: nothing recorded says it.
 */
export const CATEGORIES = [
  'weights',
  'gradients',
  'optimizer-state',
  'activations',
  'temporaries',
  'inputs',
  'unknown',
] as const;
export type Category = (typeof CATEGORIES)[number];

/** The part of an iteration that allocates a buffer. */
export const PHASES = ['forward', 'backward', 'optimizer', 'unknown'] as const;
export type Phase = (typeof PHASES)[number];

/** Ticks `[start, end)` in which one phase allocates. */
export interface PhaseSpan {
  readonly phase: Phase;
  readonly start: Tick;
  readonly end: Tick;
}

/** Blocks of one category that live through the whole problem and are not planned. */
export interface PersistentSum {
  readonly category: Category;
  readonly count: number;
  readonly bytes: Bytes;
}

/** Facts about the buffers of one problem, by their index in it; texts are `''` where unknown. */
export interface BufferFacts {
  category(buffer: number): Category;
  /** The phase that allocates it. */
  phase(buffer: number): Phase;
  /** The name that a recording knows its block by, `b12`; of a problem its id. */
  name(buffer: number): string;
  operation(buffer: number): string;
  module(buffer: number): string;
  /** Source frames of the program, `file:line function`, the outermost first. */
  frames(buffer: number): readonly string[];
  /** Element type, e.g. `float32`; absent where the file records none. */
  readonly type?: (buffer: number) => string;
  /** In order of time; empty where no phase is known. */
  readonly phases: readonly PhaseSpan[];
  /** Ticks in which it is read or written, ascending; absent where uses were not recorded. */
  readonly uses?: (buffer: number) => readonly Tick[];
  readonly persistent: readonly PersistentSum[];
  /** The moment of the recording at tick 0; 0 for a problem that was read as it is. */
  readonly firstMoment: number;
  /** Dimensions of a model whose sizes are known for other values, too. */
  readonly dimensions: readonly string[];
}

/** The errors that leave the library; outcomes such as "infeasible" are values, never errors. */

/** The caller's mistake: the message names the field, what was expected and what was given. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Where in an input file something is wrong; every part that is known is given. */
export interface ImportErrorPlace {
  /** Name of the format that was being read, e.g. `kineto`. */
  readonly format?: string;
  /** Line, from 1. */
  readonly line?: number;
  /** Event of the recording, from 0. */
  readonly event?: number;
  /** Byte of the (uncompressed) input, from 0. */
  readonly byte?: number;
}

/** An input that cannot be read: not a known format, damaged, or without what planning needs. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly format: string | undefined;
  readonly line: number | undefined;
  readonly event: number | undefined;
  readonly byte: number | undefined;

  constructor(message: string, place: ImportErrorPlace = {}) {
    super(message);
    this.format = place.format;
    this.line = place.line;
    this.event = place.event;
    this.byte = place.byte;
  }
}

/** The problem is beyond a stated limit: memory of the core, or bytes beyond 2^53. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
}

/** The host does not allow what is needed, such as compiling WebAssembly at run time; the message says what would help. */
export class HostError extends Error {
  override readonly name = 'HostError';
}

/** A bug in stowage: the core broke one of its own invariants, or made a plan that `verify` refuses. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
}

/**
 * The errors that leave the library; outcomes such as "infeasible" are values, never errors. A message repeats little of
 * an input: whoever makes it cuts texts and values (`shown.ts`); what is left of a message is cut here.
 */
import {cutMessage} from './shown.ts';

/** The caller's mistake: the message names the field, the expected and the given value. */
export class UsageError extends Error {
  override readonly name = 'UsageError';

  constructor(message: string) {
    super(cutMessage(message));
  }
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
  /** Names of dimensions whose sizes the reader must give; for a model. */
  readonly dimensions?: readonly string[];
}

/** An input that cannot be read: not a known format, damaged, or without data that planning needs. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly format: string | undefined;
  readonly line: number | undefined;
  readonly event: number | undefined;
  readonly byte: number | undefined;
  readonly dimensions: readonly string[] | undefined;

  constructor(message: string, place: ImportErrorPlace = {}) {
    super(cutMessage(message));
    this.format = place.format;
    this.line = place.line;
    this.event = place.event;
    this.byte = place.byte;
    this.dimensions = place.dimensions;
  }
}

/** The problem is beyond a stated limit: memory of the core, or bytes beyond 2^53. */
export class LimitError extends Error {
  override readonly name = 'LimitError';

  constructor(message: string) {
    super(cutMessage(message));
  }
}

/** The host lacks a needed feature, such as compiling WebAssembly at run time; the message says what would help. */
export class HostError extends Error {
  override readonly name = 'HostError';
}

/** A bug in stowage: the core broke one of its own invariants, or made a plan that `verify` refuses. */
export class CoreError extends Error {
  override readonly name = 'CoreError';
}

/** An error as it travels between threads, where errors lose their class; the place is that of an `ImportError`. */
export interface Failure extends ImportErrorPlace {
  readonly name: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return {name: 'Error', message: String(error)};
  const failure = {name: error.name, message: error.message};
  if (!(error instanceof ImportError)) return failure;
  const {format, line, event, byte, dimensions} = error;
  return {
    ...failure,
    ...(format === undefined ? {} : {format}),
    ...(line === undefined ? {} : {line}),
    ...(event === undefined ? {} : {event}),
    ...(byte === undefined ? {} : {byte}),
    ...(dimensions === undefined ? {} : {dimensions}),
  };
}

/** The error of a failure in its class; a `CoreError` where the class is not one of ours. */
export function revived(failure: Failure): Error {
  const {name, message} = failure;
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'ImportError') return new ImportError(message, failure);
  if (name === 'LimitError') return new LimitError(message);
  if (name === 'HostError') return new HostError(message);
  return new CoreError(message);
}

/** That the host refuses the first memory of a WebAssembly instance: engines reserve gigabytes of addresses for each. */
export function memoryRefused(error: Error): HostError {
  return new HostError(
    `this host grants WebAssembly no memory (${error.message}): raise the limit on address space (ulimit -v), of which each instance reserves some gigabytes, or plan with stowage/js, the same in JavaScript`,
  );
}

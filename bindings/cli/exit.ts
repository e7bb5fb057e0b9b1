/** How the command line ends: exit codes, and errors as a person reads them. */
import {ImportError, LimitError, UsageError} from '../model/errors.ts';

export const EXIT = {
  /** A plan (within the capacity where one was given), or a check passed. */
  ok: 0,
  /** A check failed. */
  checkFailed: 1,
  usage: 2,
  /** An input could not be read, or an output not be written. */
  unreadable: 3,
  /** Proven: no plan keeps to the capacity and the fixed offsets. */
  infeasible: 4,
  /** No plan within the capacity was found in the budget, which proves nothing. */
  notFound: 5,
  /** A bug in stowage, or a limit of it. */
  internal: 70,
  interrupted: 130,
} as const;

/** An error whose message and exit code are already what a person should see. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The error of reading `file`, with its place: `FILE:LINE: what is wrong`. */
export function inputError(file: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof ImportError) {
    const line = error.line === undefined ? '' : `:${error.line}`;
    const byte = error.line === undefined && error.byte !== undefined ? ` (byte ${error.byte})` : '';
    return new CliError(`${file}${line}: ${error.message}${byte}`, EXIT.unreadable);
  }
  if (error instanceof UsageError) return new CliError(`${file}: ${error.message}`, EXIT.usage);
  if (error instanceof LimitError) return new CliError(`${file}: ${error.message}`, EXIT.internal);
  if (isSystemError(error)) return new CliError(`${file}: ${reasonOf(error)}`, EXIT.unreadable);
  throw error;
}

/** What ended the program, for stderr, where in the program it was, and its exit code. */
export function describeError(error: unknown): {
  readonly message: string;
  readonly detail?: readonly string[];
  readonly exitCode: number;
} {
  if (error instanceof CliError) return {message: error.message, exitCode: error.exitCode};
  if (error instanceof UsageError) return {message: error.message, exitCode: EXIT.usage};
  if (error instanceof LimitError) return {message: error.message, exitCode: EXIT.internal};
  const [first, ...detail] = (error instanceof Error ? (error.stack ?? error.message) : String(error)).split(
    '\n',
  );
  return {message: `this is a bug in stowage, please report it: ${first}`, detail, exitCode: EXIT.internal};
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder',
  EACCES: 'permission denied',
  ENOSPC: 'no space left on the disk',
  ENOTDIR: 'a part of the path is no folder',
};

function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}

/** How the command line ends: exit codes, and errors as a person reads them. */
import {HostError, ImportError, LimitError, UsageError} from '../../model/errors.ts';
import {cutMessage} from '../../model/shown.ts';

/** Listed in the help of `stowage` and in `docs/ci.md`. */
export const EXIT = {
  /** A plan was made (within the capacity, if there is one), or all checks passed. */
  ok: 0,
  /** A check failed, or the compared files differ. */
  checkFailed: 1,
  usage: 2,
  /** An input could not be read, or an output could not be written. */
  unreadable: 3,
  /** Proven: no plan satisfies the capacity and the fixed offsets. */
  infeasible: 4,
  /** No plan within the capacity was found within the budget. This proves nothing. */
  notFound: 5,
  /** A limit of stowage or of the host was reached, or stowage has a bug; the message says which. */
  internal: 70,
  interrupted: 130,
} as const;

/** An error whose message and exit code are final. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(cutMessage(message));
    this.exitCode = exitCode;
  }
}

/** The error of reading `file`, with the place in it: `FILE:LINE: what is wrong`. @throws any other error as it is. */
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

/** The error of writing `file`. @throws any error of another kind as it is. */
export function outputError(file: string, error: unknown): CliError {
  const reason = isSystemError(error) ? OUTPUT_REASONS[error.code ?? ''] : undefined;
  return reason === undefined ? inputError(file, error) : new CliError(`${file}: ${reason}`, EXIT.unreadable);
}

/** The error that ended the program: its message for stderr, the stack of a bug, and the exit code. */
export function describeError(error: unknown): {
  readonly message: string;
  readonly detail?: readonly string[];
  readonly exitCode: number;
} {
  if (error instanceof CliError) return {message: error.message, exitCode: error.exitCode};
  if (error instanceof UsageError) return {message: error.message, exitCode: EXIT.usage};
  if (error instanceof LimitError || error instanceof HostError)
    return {message: error.message, exitCode: EXIT.internal};
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const [first, ...detail] = text.split('\n');
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
  EEXIST: 'there is a file of that name, and a folder is needed',
  ENOTDIR: 'a part of the path is not a folder',
  ELOOP: 'is a link to itself',
  EIO: 'the disk or device reports an error',
  ENAMETOOLONG: 'the name is too long',
};

const OUTPUT_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EFBIG: 'the file would be larger than is allowed here',
  EDQUOT: 'no space left for this user',
  EROFS: 'this disk can only be read',
  EBUSY: 'is in use and cannot be replaced: write to another name',
  EPIPE: 'its reader has ended',
  ECONNRESET: 'its reader has ended',
  ECONNREFUSED: 'no program reads from this socket',
};

function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS[error.code ?? ''] ?? error.message;
}

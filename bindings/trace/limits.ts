/**
 * The most that is read of a file, so that a few compressed bytes do not fill the memory: docs/limits.md lists what each
 * takes. What a file holds beyond its events (names, stacks, spans) is bounded, too.
 */
import {LimitError} from '../model/errors.ts';

/** Events of a recording: about 100 bytes each. */
export const MOST_EVENTS = 1 << 26;
/** Different names of operations, and different paths. */
export const MOST_NAMES = 1 << 22;
/** Characters of all of these together. */
export const MOST_NAME_CHARACTERS = 1 << 28;
/** Each has a timeline, which looks at all blocks. */
export const MOST_DEVICES = 1024;
/** Named spans of time. */
export const MOST_ANNOTATIONS = 1 << 22;
/** Buffers of a problem. */
export const MOST_BUFFERS = 1 << 24;

/** @throws {LimitError} where there are more of them than are read. */
export function checkMost(count: number, most: number, things: string): void {
  if (count > most) throw new LimitError(`more than ${most} ${things}, the most that are read`);
}

/** Messages of the errors that hosts throw for a table, list, text or buffer that is larger than they have. */
const HOST_LIMITS = /maximum size exceeded|Invalid (?:string|array|typed array) length|allocation failed/i;

/** The error of a file that needs more than the host has, as a `LimitError`; any other error as it is. */
export function asLimitError(error: unknown): unknown {
  if (!(error instanceof RangeError) || !HOST_LIMITS.test(error.message)) return error;
  return new LimitError(`the file holds more than fits into the memory of this host (${error.message})`);
}

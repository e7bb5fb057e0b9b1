/** Why a file has no analysis, with the place in it and without its name. */
import type {Failure} from '../model/errors.ts';

/** `line 3: what is wrong`, `what is wrong (byte 12)`. */
export function failureText({message, line, byte}: Failure): string {
  if (line !== undefined) return `line ${line}: ${message}`;
  return byte === undefined ? message : `${message} (byte ${byte})`;
}

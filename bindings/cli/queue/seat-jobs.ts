/**
 * Seats in a queue. A job in the queue of seats asks for a worker; it names another queue, the *link*, by which the worker then
 * gets requests and returns replies until the end of the solve.
 */
import {deflateRawSync, inflateRawSync} from 'node:zlib';
import {LimitError, UsageError} from '../../model/errors.ts';
import {version} from '../io/version.ts';

/** Another version may run subsolvers otherwise, and so make another plan: each has a queue of its own. */
export const SEAT_QUEUE = `stowage-seats-${version}`;

/** Names of jobs in a link. */
export const REQUEST = 'request';
/** That the solve goes on. */
export const PING = 'ping';
export const END = 'end';

/** A worker that hears nothing for so long leaves its seat. */
export const SILENCE_MS = 30_000;
export const PING_MS = 8000;
/** A worker shows that it lives so often. */
export const BEAT_MS = 2000;

/** The data of a job that asks for a worker. */
export interface SeatJob {
  readonly link: string;
}

const LINK = /^stowage-seat-[0-9a-f-]{36}$/;

export function newLink(): string {
  return `stowage-seat-${crypto.randomUUID()}`;
}

/** @throws UsageError for data that name no link: a worker opens no other queue */
export function seatJobOf(data: unknown): SeatJob {
  const {link} = (data ?? {}) as Partial<SeatJob>;
  if (typeof link !== 'string' || !LINK.test(link))
    throw new UsageError('the job names no seat as `stowage plan --queue` does');
  return {link};
}

/** A request or a reply in a job. */
export interface Letter {
  /** Compressed, base64. */
  readonly message: string;
}

/** Characters of a compressed message; and bytes of one that is read, against what inflates without end. */
const MOST_CHARACTERS = 64 << 20;
const MOST_BYTES = 256 << 20;

/** @throws LimitError for a message that is too large for a queue. */
export function letterOf(message: Uint8Array): Letter {
  const text = deflateRawSync(message, {level: 1}).toString('base64');
  if (text.length > MOST_CHARACTERS)
    throw new LimitError(
      `a message of ${text.length} characters is larger than a queue takes, ${MOST_CHARACTERS}: plan without --queue`,
    );
  return {message: text};
}

/** @throws UsageError for what is no letter. */
export function messageOf(letter: unknown): Uint8Array {
  const {message} = (letter ?? {}) as Partial<Letter>;
  if (typeof message !== 'string' || message.length > MOST_CHARACTERS)
    throw new UsageError('the job holds no message of a seat');
  try {
    return inflateRawSync(Buffer.from(message, 'base64'), {maxOutputLength: MOST_BYTES});
  } catch (error) {
    throw new UsageError(`the message of the job is damaged (${(error as Error).message})`);
  }
}

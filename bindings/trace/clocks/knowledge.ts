/**
 * What streams and the host have waited for. Positions are those of the host's order, from 1. Mattern, "Virtual Time and Global
 * States of Distributed Systems" (1989): a clock per stream, one for the host, one per fence.
 */
import {LimitError} from '../../model/errors.ts';

/** Entries of all clocks together: 256 MiB. */
const MOST_ENTRIES = 1 << 26;

export class Knowledge {
  readonly #streams: number;
  /** Per stream and stream: work enqueued there up to this position is over before what the stream does next. */
  readonly #ofStream: Uint32Array;
  readonly #ofHost: Uint32Array;
  readonly #ofFence = new Map<number, Uint32Array>();

  constructor(streams: number) {
    checkEntries(streams * (streams + 1), streams);
    this.#streams = streams;
    this.#ofStream = new Uint32Array(streams * streams);
    this.#ofHost = new Uint32Array(streams);
  }

  /** What work that is enqueued on a stream at a position comes after: all that the stream and the host have waited for. */
  before(stream: number, position: number): Uint32Array {
    const known = this.#ofStream.slice(stream * this.#streams, (stream + 1) * this.#streams);
    raise(known, this.#ofHost);
    known[stream] = position;
    return known;
  }

  record(fence: number, stream: number, position: number): void {
    checkEntries((this.#ofFence.size + 1) * this.#streams, this.#streams);
    this.#ofFence.set(fence, this.before(stream, position));
  }

  /** Nobody waits for the fence any more. */
  forget(fence: number): void {
    this.#ofFence.delete(fence);
  }

  /** A fence that was never recorded orders nothing. */
  streamWaits(stream: number, fence: number): void {
    const known = this.#ofFence.get(fence);
    if (known) raise(this.#ofStream.subarray(stream * this.#streams, (stream + 1) * this.#streams), known);
  }

  hostWaits(fence: number): void {
    const known = this.#ofFence.get(fence);
    if (known) raise(this.#ofHost, known);
  }

  /** The host waits for a stream. */
  sync(stream: number, position: number): void {
    raise(this.#ofHost, this.before(stream, position));
  }
}

function raise(clock: Uint32Array, by: Uint32Array): void {
  for (let u = 0; u < clock.length; u++) if (by[u]! > clock[u]!) clock[u] = by[u]!;
}

/** @throws {LimitError} where clocks of so many streams do not fit. */
export function checkEntries(entries: number, streams: number): void {
  if (entries > MOST_ENTRIES)
    throw new LimitError(
      `the waits between ${streams} streams need more than ${MOST_ENTRIES} entries of clocks, the most that are kept; --streams together plans without them`,
    );
}

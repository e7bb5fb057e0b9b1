/**
 * The bytes of one input: chunk by chunk, once, decompressed where the bytes (not the name) say so: gzip, zstd.
 *
 * No step holds the whole input, so only the data that the importer keeps limits its size.
 */
import {ImportError} from '../../model/errors.ts';
import {CutError} from './cut-error.ts';
import {gunzip} from './gunzip.ts';
import {isZstd, unzstd} from './zstd.ts';

/** The source of an input. */
export interface SourceInput {
  /** For messages only. */
  readonly name: string;
  readonly data: Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;
}

export interface SourceOptions {
  /** Checked between chunks; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Called with the bytes read so far, before decompression. */
  readonly onProgress?: (bytes: number) => void;
}

/** Bytes that `ByteSource.head` holds, unless the input is shorter. */
const HEAD_BYTES = 64 * 1024;
/** Bytes that show the compression: the longest header of a zstd frame. */
const MOST_HEADER_BYTES = 18;
/** A `Uint8Array` is handed on in slices of this many bytes, so that it can be aborted and its progress seen. */
const SLICE_BYTES = 256 * 1024;
/**
 * Bytes that an importer may hold at once: no flatbuffer and no protocol buffer is larger. A few compressed bytes that
 * expand to many are no model: weights hardly compress.
 */
const MOST_HELD_BYTES = 2 ** 31 - 1;
const MOST_EXPANDED_BYTES = 256 << 20;
const MOST_EXPANSION = 16;

export class ByteSource {
  readonly name: string;
  /** The first 64 KiB of the content or a little more, decompressed, for detection. */
  readonly head: Uint8Array;
  readonly gzipped: boolean;
  /** Set by `chunksToCut` where the compressed data ends early. */
  cut: CutError | undefined;
  /** Set by an importer that left out a record which the end of the file cuts. */
  endsEarly = false;
  readonly #content: Peeked;
  readonly #compressed: {readonly bytes: number} | undefined;

  /** @param compressed the bytes read so far, where they are compressed. */
  constructor(name: string, gzipped: boolean, content: Peeked, compressed?: {readonly bytes: number}) {
    this.name = name;
    this.gzipped = gzipped;
    this.#compressed = compressed;
    this.head = content.head;
    this.#content = content;
  }

  /**
   * The whole content, decompressed, head included; can be had once.
   * @throws {ImportError} where the compressed data is damaged or ends early.
   */
  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const {head, rest} = this.#content;
    if (head.length > 0) yield head;
    yield* rest;
  }

  /** As `chunks`, but where the compressed data ends early, so do the chunks, and `cut` says so. */
  async *chunksToCut(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.chunks();
    } catch (error) {
      if (!(error instanceof CutError)) throw error;
      this.cut = error;
    }
  }

  /** Bytes that may be held at once, given what was read so far. */
  get mostHeldBytes(): number {
    if (!this.#compressed) return MOST_HELD_BYTES;
    const expanded = this.#compressed.bytes * MOST_EXPANSION;
    return Math.min(MOST_HELD_BYTES, Math.max(MOST_EXPANDED_BYTES, expanded));
  }

  /**
   * As `chunks`, in one piece, for formats that point anywhere in themselves.
   * @throws {ImportError} for more than `mostHeldBytes`.
   */
  async whole(): Promise<Uint8Array<ArrayBuffer>> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of this.chunks()) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > this.mostHeldBytes) throw tooLarge(length, this.#compressed !== undefined);
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** Lets go of the input where `chunks` was not read to its end. */
  async close(): Promise<void> {
    await this.#content.rest.return(undefined);
  }
}

function tooLarge(byte: number, isCompressed: boolean): ImportError {
  const message = isCompressed
    ? `the compressed data expands to more than ${MOST_EXPANSION} times its size and ${MOST_EXPANDED_BYTES} bytes, the most that is read of a model: decompress it first`
    : `more than ${MOST_HELD_BYTES} bytes, the most that a model has`;
  return new ImportError(message, {byte});
}

/**
 * Opens an input and reads its head.
 * @throws {ImportError} where the compressed data is damaged within the head.
 */
export async function openSource(input: SourceInput, options: SourceOptions = {}): Promise<ByteSource> {
  const read = {bytes: 0};
  const raw = await peek(counted(input.data, options, read), MOST_HEADER_BYTES);
  const gzipped = raw.head[0] === 0x1f && raw.head[1] === 0x8b;
  if (isZstd(raw.head)) {
    const content = unzstd(raw.head, joined(raw));
    return new ByteSource(input.name, false, await peek(content, HEAD_BYTES), read);
  }
  if (!gzipped) return new ByteSource(input.name, false, await peek(joined(raw), HEAD_BYTES));
  return new ByteSource(input.name, true, await peek(gunzip(joined(raw)), HEAD_BYTES), read);
}

/** Some first chunks as one, and a generator, already running, of those after them. */
interface Peeked {
  readonly head: Uint8Array;
  readonly rest: AsyncGenerator<Uint8Array, void, undefined>;
}

async function peek(chunks: AsyncGenerator<Uint8Array, void, undefined>, bytes: number): Promise<Peeked> {
  const parts: Uint8Array[] = [];
  let length = 0;
  let rest = chunks;
  try {
    while (length < bytes) {
      const next = await chunks.next();
      if (next.done) break;
      parts.push(next.value);
      length += next.value.length;
    }
  } catch (error) {
    // the format is found in what came; who reads on hears of the cut
    if (!(error instanceof CutError) || length === 0) throw error;
    rest = failing(error);
  }
  const head = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    head.set(part, at);
    at += part.length;
  }
  return {head, rest};
}

// biome-ignore lint/correctness/useYield: it throws in place of its first chunk
async function* failing(error: CutError): AsyncGenerator<Uint8Array, void, undefined> {
  throw error;
}

async function* joined(peeked: Peeked): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (peeked.head.length > 0) yield peeked.head;
    yield* peeked.rest;
  } finally {
    // a consumer that stops at the head never enters `rest`, which still holds the input open
    await peeked.rest.return(undefined);
  }
}

async function* counted(
  data: SourceInput['data'],
  {signal, onProgress}: SourceOptions,
  read: {bytes: number},
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  for await (const chunk of chunksOf(data)) {
    signal?.throwIfAborted();
    read.bytes += chunk.length;
    onProgress?.(read.bytes);
    yield chunk;
  }
  signal?.throwIfAborted();
}

function chunksOf(data: SourceInput['data']): Iterable<Uint8Array> | AsyncIterable<Uint8Array> {
  if (data instanceof Uint8Array) return slices(data);
  if (typeof Blob !== 'undefined' && data instanceof Blob) return streamed(data.stream());
  if ('getReader' in data) return streamed(data);
  return data as AsyncIterable<Uint8Array>;
}

function* slices(data: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < data.length; at += SLICE_BYTES) yield data.subarray(at, at + SLICE_BYTES);
}

/** Not every browser lets a ReadableStream be iterated. */
async function* streamed(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const {done, value} = await reader.read();
      if (done) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => undefined);
    reader.releaseLock();
  }
}

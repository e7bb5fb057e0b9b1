/**
 * Decompresses gzip, chunk by chunk. All bytes before a damage or a cut are handed on before its error is thrown.
 */
import {ImportError} from '../../model/errors.ts';
import {CutError} from './cut-error.ts';

type Chunks = AsyncGenerator<Uint8Array, void, undefined>;
type Zlib = typeof import('node:zlib');
type Settle = (error: Error | null | undefined) => void;

/** Compressed bytes that are decompressed at a time: at most 16 MiB come of them. */
const INPUT_BYTES = 16 * 1024;
/** Bytes of a chunk of output. */
const OUTPUT_BYTES = 256 * 1024;

/** @throws {ImportError} where the data is damaged; {CutError} where it ends early. */
export function gunzip(compressed: Chunks): Chunks {
  const zlib = hostZlib();
  return zlib ? byZlib(zlib, compressed) : byStream(compressed);
}

/** The zlib of Node, Deno and Bun, asked for in a way that no bundler follows; undefined in browsers and in older hosts. */
function hostZlib(): Zlib | undefined {
  const {process} = globalThis as {process?: {getBuiltinModule?: (name: string) => unknown}};
  return process?.getBuiltinModule?.('node:zlib') as Zlib | undefined;
}

/** Knows when all that a chunk has in it is decompressed, which a DecompressionStream of these hosts does not show. */
async function* byZlib(zlib: Zlib, compressed: Chunks): Chunks {
  const stream = zlib.createGunzip({chunkSize: OUTPUT_BYTES});
  const outputs: Uint8Array[] = [];
  const drain = () => {
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read())
      outputs.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  };
  let settle: Settle = () => {};
  let hasEnded = false;
  // a write that fails does not call back
  const settled = (begin: (settle: Settle) => void) =>
    new Promise<Error | null | undefined>(resolve => {
      settle = resolve;
      begin(resolve);
    });
  stream.on('readable', drain);
  stream.on('end', () => {
    hasEnded = true;
    settle(undefined);
  });
  stream.on('error', error => settle(error));
  let reached = 0;
  try {
    for await (const input of sliced(compressed)) {
      // a zero behind the data ends the stream, which then answers nothing more: a file may be filled up to a block
      const error = hasEnded
        ? undefined
        : await settled(done => (input ? stream.write(input, done) : stream.end()));
      drain();
      for (const output of outputs.splice(0)) {
        reached += output.length;
        yield output;
      }
      if (error) throw damaged(error, reached, input === undefined);
    }
  } finally {
    stream.destroy();
  }
}

/** Small slices of the chunks; undefined at the end. */
async function* sliced(compressed: Chunks): AsyncGenerator<Uint8Array | undefined, void, undefined> {
  try {
    for (;;) {
      const next = await compressed.next();
      if (next.done) break;
      for (let at = 0; at < next.value.length; at += INPUT_BYTES)
        yield next.value.subarray(at, at + INPUT_BYTES);
    }
    yield undefined;
  } finally {
    // an input that waits for its next chunk is not waited for
    void compressed.return(undefined).catch(() => undefined);
  }
}

/**
 * By the stream of browsers. An error drops what is still in its queue, so it is closed when all that came has been read.
 */
async function* byStream(compressed: Chunks): Chunks {
  const stream = new DecompressionStream('gzip');
  const reader = stream.readable.getReader();
  const feed = new Feed(compressed, stream.writable.getWriter());
  let reached = 0;
  try {
    for (;;) {
      feed.reads();
      const next = await reader.read().catch((error: unknown) => {
        throw feed.inputError ?? damaged(error, reached, feed.hasEnded);
      });
      feed.hasRead();
      if (next.done) return;
      reached += next.value.length;
      yield next.value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
    await feed.stop();
  }
}

function damaged(error: unknown, byte: number, isCut: boolean): ImportError {
  const cause = error instanceof Error && error.message !== '' ? ` (${error.message})` : '';
  const message = `the gzip data is damaged or cut short after ${byte} bytes of output${cause}`;
  const place = {format: 'gzip', byte};
  return isCut ? new CutError(message, place) : new ImportError(message, place);
}

/** Writes compressed chunks while the other end is read; awaits all its promises, so no rejection is lost. */
class Feed {
  /** The error of reading the input, as opposed to the decompressor's. */
  inputError: unknown;
  /** Whether the decompressor took all of the input: what it misses then is more of it. */
  hasEnded = false;
  readonly #compressed: Chunks;
  readonly #running: Promise<void>;
  #stopped = false;
  #isReading = false;
  #onRead: () => void = () => undefined;
  #chunks = 0;

  constructor(compressed: Chunks, writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>) {
    this.#compressed = compressed;
    writer.closed.catch(() => undefined);
    writer.ready.catch(() => undefined);
    this.#running = this.#run(writer);
  }

  async #run(writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      for (;;) {
        const next = await this.#next();
        if (next === undefined || this.#stopped) break;
        await writer.write(next as Uint8Array<ArrayBuffer>);
      }
      await this.#drained();
      this.hasEnded = !this.#stopped;
      await (this.#stopped ? writer.abort() : writer.close());
    } catch (error) {
      await writer.abort(error).catch(() => undefined);
    }
  }

  /** Says that the other end waits for a chunk. */
  reads(): void {
    this.#isReading = true;
    this.#onRead();
  }

  /** Says that it has one. */
  hasRead(): void {
    this.#isReading = false;
    this.#chunks++;
  }

  /**
   * Waits until nothing that was decompressed is left to read: closing a stream that is cut short is an error, and an
   * error drops what is still in its queue.
   */
  async #drained(): Promise<void> {
    for (let before = -1; !this.#stopped && before !== this.#chunks; ) {
      if (!this.#isReading) await new Promise<void>(resolve => (this.#onRead = resolve));
      before = this.#chunks;
      for (let turn = 0; turn < 2; turn++) await new Promise(resolve => setTimeout(resolve));
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const next = await this.#compressed.next();
      return next.done ? undefined : next.value;
    } catch (error) {
      this.inputError = error;
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#onRead();
    // an input that waits for its next chunk is not waited for
    void this.#running.then(() => this.#compressed.return(undefined)).catch(() => undefined);
  }
}

/** The content of a file of a batch: on a disk, or behind a URL, which is copied to a temporary file first. */
import {createHash, randomUUID} from 'node:crypto';
import {createReadStream, createWriteStream} from 'node:fs';
import {rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {ReadableStream as WebStream} from 'node:stream/web';
import {type Imported, type ImportOptions, importSource, openSource} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';

const CHUNK_BYTES = 1 << 20;
/** A server that sends nothing for so long has failed. */
const SILENT_MS = 60_000;

/** A file that is read twice: to hash it, and to import it. */
export class Location {
  readonly #path: string;
  readonly #isTemporary: boolean;
  readonly #stamp: string;
  readonly bytes: number;

  private constructor(path: string, isTemporary: boolean, {stamp, bytes}: Stamp) {
    this.#path = path;
    this.#isTemporary = isTemporary;
    this.#stamp = stamp;
    this.bytes = bytes;
  }

  /** @param place a path or a URL. @throws a system error or CliError where it cannot be read */
  static async open(place: string): Promise<Location> {
    if (!isUrl(place)) return new Location(place, false, await stampOf(place));
    const path = join(tmpdir(), `stowage-${randomUUID()}`);
    try {
      await fetchTo(place, path);
      return new Location(path, true, await stampOf(path));
    } catch (error) {
      await rm(path, {force: true});
      throw error;
    }
  }

  /** SHA-256, hexadecimal. */
  async hash(): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.#chunks()) hash.update(chunk);
    return hash.digest('hex');
  }

  async import(name: string, options: ImportOptions): Promise<Imported> {
    return importSource(await openSource({name, data: this.#chunks()}), options);
  }

  /** Whether the file is the one that was opened: a result of two contents would be of neither. */
  async isUnchanged(): Promise<boolean> {
    return (await stampOf(this.#path)).stamp === this.#stamp;
  }

  async close(): Promise<void> {
    if (this.#isTemporary) await rm(this.#path, {force: true});
  }

  #chunks(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, {highWaterMark: CHUNK_BYTES});
  }
}

export function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

interface Stamp {
  readonly stamp: string;
  readonly bytes: number;
}

async function stampOf(path: string): Promise<Stamp> {
  const found = await stat(path, {bigint: true});
  const {size, mtimeNs, ino, dev} = found;
  if (!found.isFile()) throw new CliError('is no regular file', EXIT.unreadable);
  return {stamp: [size, mtimeNs, ino, dev].join(' '), bytes: Number(size)};
}

async function fetchTo(url: string, path: string): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), SILENT_MS);
  try {
    const response = await fetch(url, {signal: late.signal});
    if (!response.ok || response.body === null)
      throw new CliError(`the server answers ${response.status} ${response.statusText}`, EXIT.unreadable);
    const body = Readable.fromWeb(response.body as WebStream);
    body.on('data', () => timer.refresh());
    await pipeline(body, createWriteStream(path, {mode: 0o600}));
  } catch (error) {
    if (late.signal.aborted)
      throw new CliError(`the server is silent for ${SILENT_MS / 1000} s`, EXIT.unreadable);
    const {cause} = error as {cause?: Error};
    // fetch reports all faults of the network as "fetch failed"
    throw cause ? new CliError(`the server cannot be reached: ${cause.message}`, EXIT.unreadable) : error;
  } finally {
    clearTimeout(timer);
  }
}

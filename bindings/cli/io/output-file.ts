/**
 * Output files. A regular file is replaced whole or not at all: by a temporary file beside it, flushed, then renamed;
 * mode and owner stay. Links are followed. Devices, pipes and sockets are written to, and `-` is stdout.
 */
import {once} from 'node:events';
import {constants, createWriteStream, type Stats} from 'node:fs';
import {access, type FileHandle, lstat, open, readlink, realpath, rename} from 'node:fs/promises';
import {connect} from 'node:net';
import {dirname, isAbsolute} from 'node:path';
import type {Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {CliError, EXIT, outputError} from './exit.ts';
import {note, print} from './output.ts';
import {STDERR, STDOUT, type StandardStream, writeStandardBytes} from './streams.ts';
import {openTemporary, type TemporaryFile} from './temporary-file.ts';

/** Links that are followed, as by Linux. */
const MOST_LINKS = 40;

const MODE = 0o7777;

/** Whether an output is stdout by any of its names, so that lines for people must go elsewhere. */
export function isStdout(output: string | undefined): boolean {
  return output !== undefined && descriptorOf(output) === STDOUT;
}

/** Prints lines for people: on stdout, or on stderr where stdout takes the file. */
export function printerBeside(output: string | undefined): (line: string) => void {
  return isStdout(output) ? note : print;
}

/**
 * Gzipped where the name ends in `.gz`.
 * @param temporaries a folder of the same disk for the temporary file; where absent, it is beside the output.
 * @returns bytes written.
 * @throws CliError naming the file; an existing file is then unchanged.
 */
export async function writeFileWhole(
  file: string,
  pieces: Iterable<string | Uint8Array>,
  temporaries?: string,
): Promise<number> {
  let target: Target | undefined;
  let written = 0;
  try {
    const opened = await targetOf(file, temporaries);
    target = opened;
    const write = async (
      chunks: AsyncIterable<Uint8Array> | Iterable<string | Uint8Array>,
    ): Promise<void> => {
      for await (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        await opened.write(bytes);
        written += bytes.length;
      }
    };
    if (file.endsWith('.gz')) await pipeline(pieces, createGzip(), write);
    else await write(pieces);
    await opened.finish();
    return written;
  } catch (error) {
    await target?.abandon();
    throw outputError(descriptorOf(file) === STDOUT ? '<stdout>' : file, error);
  }
}

/** Takes the bytes of one output. */
interface Target {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

async function targetOf(file: string, temporaries: string | undefined): Promise<Target> {
  const {path, found, descriptor} = await follow(file);
  if (descriptor === STDOUT || descriptor === STDERR) return standardTarget(descriptor);
  if (descriptor !== undefined)
    return streamTarget(createWriteStream('', {fd: descriptor, autoClose: false}));
  if (found === undefined || found.isFile()) return ReplacedFile.open(file, path, {found, temporaries});
  if (found.isDirectory()) throw new CliError(`${file}: is a folder`, EXIT.unreadable);
  if (found.isSocket()) return streamTarget(connect(path));
  return deviceTarget(await open(path, constants.O_WRONLY));
}

interface Followed {
  readonly path: string;
  /** Absent where nothing is there yet. */
  readonly found?: Stats;
  /** Where the path is of a file that this process has open. */
  readonly descriptor?: number;
}

/** The end of a chain of links. Its parts are never shortened: `..` after a link to a folder is not its own folder. */
async function follow(file: string): Promise<Followed> {
  let path = file;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const descriptor = descriptorOf(path);
    if (descriptor !== undefined) return {path, descriptor};
    const found = await lstat(path).catch(absent);
    if (!found?.isSymbolicLink()) return {path, ...(found ? {found} : {})};
    const to = await readlink(path);
    path = isAbsolute(to) ? to : `${await realpath(dirname(path))}/${to}`;
  }
  throw new CliError(`${file}: is a link to itself`, EXIT.unreadable);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** Opened again by its name, a file would be written from its beginning, and a socket could not be opened. */
function descriptorOf(path: string): number | undefined {
  if (path === '-' || path === '/dev/stdout') return STDOUT;
  if (path === '/dev/stderr') return STDERR;
  const [, own, number] = /^\/(?:dev|proc\/(self|\d+))\/fd\/(\d{1,9})$/.exec(path) ?? [];
  if (number === undefined || !(own === undefined || own === 'self' || Number(own) === process.pid))
    return undefined;
  return Number(number);
}

function standardTarget(stream: StandardStream): Target {
  return {
    write: bytes => writeStandardBytes(stream, bytes),
    finish: async () => {},
    abandon: async () => {},
  };
}

function streamTarget(stream: Writable): Target {
  // each write reports its own error; one that comes between two writes is reported by the next
  stream.on('error', () => {});
  return {
    write: bytes =>
      new Promise((resolve, reject) => {
        stream.write(bytes, error => (error ? reject(error) : resolve()));
      }),
    finish: async () => {
      if (stream.errored) throw stream.errored;
      stream.end();
      await once(stream, 'finish');
    },
    abandon: async () => {
      stream.destroy();
    },
  };
}

function deviceTarget(handle: FileHandle): Target {
  return {
    write: bytes => handle.writeFile(bytes),
    finish: () => handle.close(),
    abandon: () => handle.close().catch(() => undefined),
  };
}

class ReplacedFile implements Target {
  readonly #path: string;
  readonly #temporary: TemporaryFile;

  private constructor(path: string, temporary: TemporaryFile) {
    this.#path = path;
    this.#temporary = temporary;
  }

  /** @param found the regular file at `path`, if there is one; `file` is how the user named it */
  static async open(
    file: string,
    path: string,
    {found, temporaries}: {readonly found: Stats | undefined; readonly temporaries: string | undefined},
  ): Promise<ReplacedFile> {
    // a file that may not be written may not be replaced either, though its folder would allow it
    if (found) await access(path, constants.W_OK);
    const temporary = await openTemporary(path, found ? 0o600 : 0o666, temporaries);
    const replaced = new ReplacedFile(path, temporary);
    try {
      if (found) await keepAttributes(temporary.handle, found, file);
      return replaced;
    } catch (error) {
      await replaced.abandon();
      throw error;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#temporary.handle.writeFile(bytes);
  }

  async finish(): Promise<void> {
    const {handle, path} = this.#temporary;
    await handle.sync();
    await handle.close();
    await rename(path, this.#path);
    this.#temporary.keep();
  }

  async abandon(): Promise<void> {
    await this.#temporary.handle.close().catch(() => undefined);
    await this.#temporary.remove();
  }
}

async function keepAttributes(handle: FileHandle, {uid, gid, mode}: Stats, file: string): Promise<void> {
  const own = await handle.stat();
  if (own.uid !== uid || own.gid !== gid) {
    await handle.chown(uid, gid).catch(() => {
      throw new CliError(
        `${file}: is of another user or group, and a file in its place would not be: remove it, or write to another name`,
        EXIT.unreadable,
      );
    });
  }
  if (((own.mode ^ mode) & MODE) !== 0) await handle.chmod(mode & MODE);
}

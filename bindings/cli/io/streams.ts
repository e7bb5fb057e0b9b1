/**
 * Stdout and stderr. Where they are files or devices, Node's own streams take a short write for a whole one, so that a
 * full disk would cut the output without an error: there every byte is written here.
 */
import {fstatSync, writeSync} from 'node:fs';
import {isatty} from 'node:tty';
import {CliError, EXIT, outputError} from './exit.ts';

export const STDOUT = 1;
export const STDERR = 2;
export type StandardStream = typeof STDOUT | typeof STDERR;

/** Milliseconds until a device that is busy is asked again. */
const BUSY_MS = 2;

/** A reader that stops reading (`| head`) is no error; any other fault of stdout ends the program with one line. */
export function guardStreams(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    const {message, exitCode} = stdoutError(error);
    process.stderr.write(`stowage: ${message}\n`);
    process.exit(exitCode);
  });
  // no place is left to report it
  process.stderr.on('error', () => {});
}

/** @throws CliError where a file or device takes no more; a closed pipe or terminal is seen by `guardStreams` */
export function writeStandard(stream: StandardStream, text: string): void {
  if (!isFileOrDevice(stream)) {
    streamOf(stream).write(text);
    return;
  }
  writeAll(stream, Buffer.from(text));
}

/** Waits until the bytes are taken. @throws as `writeStandard` */
export async function writeStandardBytes(stream: StandardStream, bytes: Uint8Array): Promise<void> {
  if (isFileOrDevice(stream)) writeAll(stream, bytes);
  else
    await new Promise<void>(resolve => {
      // an error ends the program: see guardStreams
      streamOf(stream).write(bytes, error => error ?? resolve());
    });
}

function streamOf(stream: StandardStream): NodeJS.WriteStream {
  return stream === STDOUT ? process.stdout : process.stderr;
}

const kinds: (boolean | undefined)[] = [];

function isFileOrDevice(stream: StandardStream): boolean {
  kinds[stream] ??= !isatty(stream) && isOneOfThem(stream);
  return kinds[stream];
}

function isOneOfThem(stream: StandardStream): boolean {
  try {
    const found = fstatSync(stream);
    return found.isFile() || found.isCharacterDevice() || found.isBlockDevice();
  } catch {
    return false;
  }
}

function writeAll(stream: StandardStream, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    try {
      from += writeSync(stream, bytes, from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') pause();
      else if (stream === STDOUT) throw stdoutError(error);
      else return;
    }
  }
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
}

function stdoutError(error: unknown): CliError {
  try {
    return outputError('<stdout>', error);
  } catch {
    return new CliError(`<stdout>: ${(error as Error).message}`, EXIT.unreadable);
  }
}

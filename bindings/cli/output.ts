/** Files are written whole or not at all: to a temporary file beside them, flushed, then renamed. */
import {randomBytes} from 'node:crypto';
import {open, rename, unlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {inputError} from './exit.ts';

/** @returns bytes written. @throws CliError naming the file; what stood there before then still stands. */
export async function writeFileWhole(file: string, pieces: Iterable<string | Uint8Array>): Promise<number> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    let written = 0;
    try {
      for (const piece of pieces) {
        const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
        await handle.writeFile(bytes);
        written += bytes.length;
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    return written;
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw inputError(file, error);
  }
}

/** A reader that stops reading (`| head`) is no error. */
export function ignoreClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** One line to stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line to stderr, after `stowage: `. */
export function warn(line: string): void {
  process.stderr.write(`stowage: ${line}\n`);
}

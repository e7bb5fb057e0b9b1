/**
 * All output of the program. Files are written whole or not at all: to a temporary file beside them, flushed, then
 * renamed. Control characters in names of a recording never reach the terminal.
 */
import {randomBytes} from 'node:crypto';
import {open, rename, unlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {inputError} from './exit.ts';

/**
 * Gzipped where the name ends in `.gz`.
 * @returns bytes written.
 * @throws CliError naming the file; an existing file is then unchanged.
 */
export async function writeFileWhole(file: string, pieces: Iterable<string | Uint8Array>): Promise<number> {
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx');
    let written = 0;
    try {
      const write = async (
        chunks: AsyncIterable<Uint8Array> | Iterable<string | Uint8Array>,
      ): Promise<void> => {
        for await (const chunk of chunks) {
          const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
          await handle.writeFile(bytes);
          written += bytes.length;
        }
      };
      if (file.endsWith('.gz')) await pipeline(pieces, createGzip(), write);
      else await write(pieces);
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

/** Characters that a terminal obeys: control characters, line separators, marks that change the text direction. */
const OBEYED = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const ESCAPES: Readonly<Record<string, string>> = {'\n': '\\n', '\r': '\\r', '\t': '\\t'};

/** The text with such characters shown as `\n`, `\x1b`, `\u202e`. */
export function printable(text: string): string {
  return text.replace(OBEYED, character => ESCAPES[character] ?? escaped(character));
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!.toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}

/** One line to stdout. */
export function print(line: string): void {
  process.stdout.write(`${printable(line)}\n`);
}

/** One line of JSON to stdout. */
export function printJson(value: object): void {
  print(jsonLine(value));
}

/** JSON escapes the control characters of ASCII except DEL; this escapes DEL and the others that a terminal obeys. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replace(
    OBEYED,
    character => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}

/** One line to stderr, after `stowage: `; `detail` in lines of its own. */
export function warn(line: string, detail: readonly string[] = []): void {
  for (const text of [`stowage: ${line}`, ...detail]) process.stderr.write(`${printable(text)}\n`);
}

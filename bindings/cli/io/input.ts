/** Reads a file or stdin, with progress on a terminal, until Ctrl-C. */
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {
  type ByteSource,
  type Imported,
  type ImportOptions,
  importSource,
  type OnnxRuntime,
  openSource,
  type SourceInput,
} from '../../trace.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {interruptible} from './interrupt.ts';
import {readingBar} from './progress.ts';

/** An input, and how long it took to read, in seconds. */
export interface Input {
  /** As the user named it; `<stdin>` for `-`. */
  readonly file: string;
  readonly imported: Imported;
  readonly seconds: number;
  /** The whole input, decompressed; present if `keep` was set. */
  readonly bytes?: Uint8Array;
}

/** Options of how an input is read. */
export interface ReadingOptions {
  /** Sizes of symbolic dimensions, and ranges of those that stay symbolic. */
  readonly dim?: NonNullable<ImportOptions['dims']>;
  readonly strict?: boolean;
  readonly end?: 'inclusive' | 'exclusive';
  readonly runtime?: OnnxRuntime;
  readonly dropOwnPlan?: boolean;
}

export function importOptions({dim, strict, end, runtime, dropOwnPlan}: ReadingOptions): ImportOptions {
  return {
    ...(runtime === undefined ? {} : {runtime}),
    ...(dropOwnPlan ? {dropOwnPlan} : {}),
    ...(dim ? {dims: dim} : {}),
    ...(strict ? {strict} : {}),
    ...(end === undefined ? {} : {end}),
  };
}

/**
 * `keep`: returns the bytes too, for formats that are written into a copy of the input.
 * @throws CliError naming the file and the place in it.
 */
export async function readInput(
  file: string,
  reading: ReadingOptions,
  {keep = false}: {readonly keep?: boolean} = {},
): Promise<Input> {
  const began = performance.now();
  const options = importOptions(reading);
  const {imported, bytes} = await readSource(file, async source => {
    if (!keep) return {imported: await importSource(source, options), bytes: undefined};
    const bytes = await source.whole();
    const again = await openSource({name: nameOf(file), data: bytes});
    return {imported: await importSource(again, options), bytes};
  });
  const seconds = (performance.now() - began) / 1000;
  return {file: nameOf(file), imported, seconds, ...(bytes ? {bytes} : {})};
}

/**
 * The result of `read` on the opened file.
 * @throws CliError naming the file and the place in it.
 */
export async function readSource<T>(file: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  const name = nameOf(file);
  try {
    return await interruptible(
      async signal => {
        const {source, total} = await openInput(file);
        const progress = await readingBar(name, total);
        try {
          return await read(await openSource(source, {signal, onProgress: progress.update}));
        } finally {
          progress.stop();
        }
      },
      new CliError(`${name}: interrupted while reading`, EXIT.interrupted),
    );
  } catch (error) {
    throw inputError(name, error);
  }
}

/** The bytes of the input, and their number if it is known, else 0. */
export async function openInput(file: string): Promise<{source: SourceInput; total: number}> {
  if (file === '-') {
    if (process.stdin.isTTY) throw new CliError('- reads from stdin: pipe a file into it', EXIT.usage);
    return {source: {name: nameOf(file), data: process.stdin}, total: 0};
  }
  const {size} = await stat(file);
  return {source: {name: file, data: createReadStream(file, {highWaterMark: 1 << 18})}, total: size};
}

export function nameOf(file: string): string {
  return file === '-' ? '<stdin>' : file;
}

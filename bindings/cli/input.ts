/** Reads what a command was given: a file or stdin, with progress on a terminal, stopped by Ctrl-C. */
import {createReadStream} from 'node:fs';
import {stat} from 'node:fs/promises';
import {SingleBar} from 'cli-progress';
import {type ByteSource, type Imported, importSource, openSource, type SourceInput} from '../trace.ts';
import {CliError, EXIT, inputError} from './exit.ts';
import {printable} from './output.ts';

/** An input, and how long it took to read, seconds. */
export interface Input {
  /** As the user named it; `<stdin>` for `-`. */
  readonly file: string;
  readonly imported: Imported;
  readonly seconds: number;
  /** All of it, decompressed, where that was asked for. */
  readonly bytes?: Uint8Array;
}

/** Bytes below which a progress bar would only flicker. */
const WORTH_A_BAR = 8 << 20;

/**
 * `keep`: with the bytes themselves, for what is written into a copy of the input.
 * @throws CliError naming the file and the place in it.
 */
export async function readInput(
  file: string,
  {dim}: {readonly dim?: Readonly<Record<string, number>>},
  {keep = false}: {readonly keep?: boolean} = {},
): Promise<Input> {
  const began = performance.now();
  const options = dim ? {dims: dim} : {};
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
 * What `read` makes of the opened file, with progress on a terminal.
 * @throws CliError naming the file and the place in it.
 */
export async function readSource<T>(file: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  const name = nameOf(file);
  const interrupt = new AbortController();
  const onInterrupt = () =>
    interrupt.abort(new CliError(`${name}: interrupted while reading`, EXIT.interrupted));
  process.once('SIGINT', onInterrupt);
  try {
    const {source, total} = await openInput(file);
    const progress = progressBar(name, total);
    try {
      return await read(await openSource(source, {signal: interrupt.signal, onProgress: progress.update}));
    } finally {
      progress.stop();
    }
  } catch (error) {
    throw inputError(name, error);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** The input as bytes to come, and how many there will be, where that is known. */
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

function progressBar(name: string, total: number): {update(bytes: number): void; stop(): void} {
  if (!process.stderr.isTTY || total < WORTH_A_BAR) return {update: () => {}, stop: () => {}};
  const bar = new SingleBar({
    format: `reading ${printable(name)} {bar} {percentage}%`,
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(total, 0);
  return {update: bytes => bar.update(bytes), stop: () => bar.stop()};
}

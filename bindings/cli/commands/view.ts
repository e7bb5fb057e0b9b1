/** `stowage view`: serves the page and the files to show, on this machine only. */
import {open, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Command} from 'commander';
import {mergeRun} from '../../report.ts';
import {FILES, SHARES} from '../batch/layout.ts';
import {readBatch} from '../batch/read-batch.ts';
import {openRecording} from '../batch/recordings.ts';
import {recordingsToServe} from '../batch/served-recordings.ts';
import {storeOf} from '../batch/store-of.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {nameOf, openInput} from '../io/input.ts';
import {jsonLine, print, printJson, warn} from '../io/output.ts';
import {type ServedFile, servePage} from '../io/page-server.ts';
import type {CommandContext} from './options.ts';

export interface ViewCommandOptions {
  /** False for `--no-open`. */
  readonly open: boolean;
  readonly json?: boolean;
  /** Of the recordings of a batch. */
  readonly root: string;
}

export function addViewCommand(root: Command, {done}: CommandContext): void {
  root
    .command('view')
    .argument(
      '[FILE...]',
      'traces, models or problems, any two of which can be compared; the folder of a batch; or a folder of recordings',
    )
    .description(
      'show files in the browser: live bytes over time, the plan, the segments and the recoverable memory; served on this machine only, until Ctrl-C. Of a batch, all ranks are shown, and each opens its recording. A folder of recordings, or three and more, are read and planned in the page as one run',
    )
    .option('--root <DIR>', 'folder that the recordings of a batch are below, as for stowage batch', '.')
    .option('--no-open', 'print the address and open no browser')
    .option('--json', 'print one object with the address')
    .action(async (files: string[], options: ViewCommandOptions) => done(await viewCommand(files, options)));
}

/** Serves until Ctrl-C. @returns the exit code. */
export async function viewCommand(files: readonly string[], options: ViewCommandOptions): Promise<number> {
  const served: ServedFile[] = [];
  for (const file of files) served.push(await sourceToServe(file, options.root));
  const server = await servePage(served).catch(error => {
    throw new CliError(`the page cannot be served: ${(error as Error).message}`, EXIT.internal);
  });
  const names = served.map(({name}) => name);
  const recordings = served.flatMap(one => one.recordings ?? []).map(({name}) => name);
  if (options.json)
    printJson({
      schema: 'stowage.view/1',
      url: server.url,
      files: names,
      ...(recordings.length > 0 ? {recordings} : {}),
    });
  else print(`serving ${names.join(', ') || 'the page'} on this machine only, until Ctrl-C: ${server.url}`);
  if (options.open) await openBrowser(server.url);
  await interrupted();
  await server.close();
  return EXIT.ok;
}

async function sourceToServe(file: string, root: string): Promise<ServedFile> {
  if (file.startsWith('s3://') || (await isFolder(file, FILES)) || (await isFolder(file, SHARES)))
    return runToServe(file, root);
  const isThere = await exists(file);
  const isPattern = !isThere && /[*?[{]/.test(file);
  return isPattern || (isThere && (await isFolder(file))) ? folderToServe(file) : fileToServe(file);
}

/** A folder with these names is one that `stowage batch --out` wrote. */
async function isFolder(...path: string[]): Promise<boolean> {
  return stat(join(...path)).then(
    found => found.isDirectory(),
    () => false,
  );
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function folderToServe(folder: string): Promise<ServedFile> {
  const {files, warning, open: recording} = await recordingsToServe(folder);
  if (warning !== '') warn(`${folder}: ${warning}`);
  return {name: folder, size: 0, content: {data: new Uint8Array(0)}, recordings: files, recording};
}

/** The run as it is now; its recordings are opened when they are asked for. */
async function runToServe(folder: string, root: string): Promise<ServedFile> {
  const run = mergeRun(await readBatch(await storeOf(folder)));
  for (const warning of run.warnings) warn(`${folder}: ${warning}`);
  const data = Buffer.from(jsonLine(run));
  const recording = (index: number) => {
    const rank = run.ranks[index];
    if (!rank) throw new CliError(`the run has no rank of the number ${index}`, EXIT.unreadable);
    return openRecording(rank.file, root);
  };
  return {name: folder, size: data.length, content: {data}, recording: async index => recording(index)};
}

async function fileToServe(file: string): Promise<ServedFile> {
  if (file === '-') return readWhole(file);
  try {
    const found = await stat(file);
    if (found.isFIFO()) return await readWhole(file);
    if (!found.isFile()) throw new CliError(`${file}: is no file`, EXIT.unreadable);
    const opened = await open(file);
    return {name: file, size: (await opened.stat()).size, content: {opened}};
  } catch (error) {
    throw inputError(file, error);
  }
}

/** A pipe can be read only once, but the page may be opened again. */
async function readWhole(file: string): Promise<ServedFile> {
  const {source} = await openInput(file);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.data as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const data = Buffer.concat(chunks);
  return {name: nameOf(file), size: data.length, content: {data}};
}

/** A browser that does not open is not an error: the address was printed. */
async function openBrowser(url: string): Promise<void> {
  try {
    const {default: open} = await import('open');
    const browser = await open(url);
    browser.on('error', () => warn('no browser could be opened: open the printed address yourself'));
  } catch {
    warn('no browser could be opened: open the printed address yourself');
  }
}

function interrupted(): Promise<void> {
  return new Promise(resolve => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
}

/** `stowage view`: serves the page and the files to show, on this machine only. */
import {open, stat} from 'node:fs/promises';
import type {Command} from 'commander';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {nameOf, openInput} from '../io/input.ts';
import {print, printJson, warn} from '../io/output.ts';
import {type ServedFile, servePage} from '../io/page-server.ts';
import type {CommandContext} from './options.ts';

export interface ViewCommandOptions {
  /** False for `--no-open`. */
  readonly open: boolean;
  readonly json?: boolean;
}

export function addViewCommand(root: Command, {done}: CommandContext): void {
  root
    .command('view')
    .argument('[FILE...]', 'traces, models or problems; any two of them can be compared')
    .description(
      'show files in the browser: live bytes over time, the plan, the segments and the recoverable memory; served on this machine only, until Ctrl-C',
    )
    .option('--no-open', 'print the address and open no browser')
    .option('--json', 'print one object with the address')
    .action(async (files: string[], options: ViewCommandOptions) => done(await viewCommand(files, options)));
}

/** Serves until Ctrl-C. @returns the exit code. */
export async function viewCommand(files: readonly string[], options: ViewCommandOptions): Promise<number> {
  const served: ServedFile[] = [];
  for (const file of files) served.push(await fileToServe(file));
  const server = await servePage(served).catch(error => {
    throw new CliError(`the page cannot be served: ${(error as Error).message}`, EXIT.internal);
  });
  const names = served.map(({name}) => name);
  if (options.json) printJson({schema: 'stowage.view/1', url: server.url, files: names});
  else print(`serving ${names.join(', ') || 'the page'} on this machine only, until Ctrl-C: ${server.url}`);
  if (options.open) await openBrowser(server.url);
  await interrupted();
  await server.close();
  return EXIT.ok;
}

async function fileToServe(file: string): Promise<ServedFile> {
  if (file === '-') return readWhole(file);
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new CliError(`${file}: is a folder`, EXIT.unreadable);
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

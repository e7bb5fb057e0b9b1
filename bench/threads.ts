/**
 * Threads of the benches, and their answers. A thread runs a bundle made by esbuild: a loader of TypeScript
 * inside a thread can hang while it starts.
 *
 * Wasm is compiled by the optimizing compiler at once: benches measure its code only, and the baseline compiler of V8 11.3
 * (Node 20) loses local variables over `memory.atomic.wait32`, by which a lock would wait at address 0 forever.
 */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {setFlagsFromString} from 'node:v8';
import {Worker} from 'node:worker_threads';
import {buildSync} from 'esbuild';

setFlagsFromString('--no-liftoff');

/** Milliseconds within which a thread must answer; the longest answers take about a minute. */
const MOST_MS = 300_000;

let folder: string | undefined;
const bundles = new Map<string, string>();

/** Starts a thread of a file. */
export function startThread(file: URL, workerData: unknown): Worker {
  return new Worker(bundleOf(fileURLToPath(file)), {workerData, execArgv: []});
}

/** The bundle of a file, which is made once and removed when this process ends. */
function bundleOf(file: string): string {
  const made = bundles.get(file);
  if (made !== undefined) return made;
  folder ??= newFolder();
  const outfile = join(folder, `${bundles.size}.mjs`);
  buildSync({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
  });
  bundles.set(file, outfile);
  return outfile;
}

function newFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'stowage-bench-'));
  process.on('exit', () => rmSync(made, {recursive: true, force: true}));
  return made;
}

/**
 * The next message of a thread.
 * @throws where it ends, or does not answer for five minutes
 */
export function answerOf<T>(thread: Worker): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (call: () => void) => {
      clearTimeout(limit);
      thread.off('message', onMessage);
      thread.off('error', onError);
      thread.off('exit', onExit);
      call();
    };
    const onMessage = (value: T) => settle(() => resolve(value));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = (code: number) => onError(new Error(`a thread of the bench ended with exit code ${code}`));
    const limit = setTimeout(
      () => onError(new Error(`a thread of the bench did not answer for ${MOST_MS / 1000} s`)),
      MOST_MS,
    );
    thread.on('message', onMessage);
    thread.on('error', onError);
    thread.on('exit', onExit);
  });
}

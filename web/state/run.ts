/** An open run: its worker, whose program is loaded with the first run, and what the page shows of it. */
import type {RunInfo, RunWorker} from '../worker/run-worker.ts';
import {loadPart} from './carried.ts';
import {addressOf, type Source} from './source.ts';
import {type RunningWorker, startWorker} from './start-workers.ts';

/** Bytes that show whether a file is a run. */
const HEAD = 4096;

export class RunModel {
  readonly source: Source;
  readonly info: RunInfo;
  readonly ask: RunningWorker<RunWorker>['ask'];
  readonly #worker: RunningWorker<RunWorker>;

  private constructor(source: Source, worker: RunningWorker<RunWorker>, info: RunInfo) {
    this.source = source;
    this.info = info;
    this.#worker = worker;
    this.ask = question => worker.ask(question);
  }

  /** @throws where it cannot be read. */
  static async open(source: Source): Promise<RunModel> {
    const worker = startWorker<RunWorker>('run', await loadPart('run'));
    try {
      return new RunModel(source, worker, await worker.ask(api => api.open(addressOf(source))));
    } catch (error) {
      worker.stop();
      throw error;
    }
  }

  /** A picture of it has been painted. */
  seen(): void {}

  close(): void {
    this.#worker.stop();
  }
}

/** Whether a source is a run in JSON: by its content, gzip or not. */
export async function isRun({blob, recordings}: Source): Promise<boolean> {
  if (!blob) return recordings !== undefined;
  try {
    const head = blob.slice(0, HEAD);
    const [first, second] = new Uint8Array(await head.arrayBuffer());
    const isGzip = first === 0x1f && second === 0x8b;
    const text = isGzip ? await beginningOf(head) : await head.text();
    return /^\s*\{\s*"schema"\s*:\s*"stowage\.run\//.test(text);
  } catch {
    // whoever reads it will say what is wrong
    return false;
  }
}

/** Of a gzip file that is cut off: what comes out of it first. */
async function beginningOf(head: Blob): Promise<string> {
  const reader = head.stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  const {value} = await reader.read();
  reader.cancel().catch(() => undefined);
  return new TextDecoder().decode(value);
}

/** An open run: its worker, whose program is loaded with the first run, and what the page shows of it. */
import type {RunInfo, RunWorker} from '../worker/run-worker.ts';
import {loadPart} from './carried.ts';
import {type LeftOut, type Making, RunMaker} from './run-maker.ts';
import {addressOf, type Source} from './source.ts';
import {type RunningWorker, startWorker} from './start-workers.ts';
import {Store} from './store.ts';

/** Bytes that show whether a file is a run. */
const HEAD = 4096;

export interface RunState {
  readonly info: RunInfo;
  /** Counts what changes the pictures. */
  readonly version: number;
  /** The rank that was looked at last, by its index. */
  readonly chosen: number | undefined;
  /** Of a run that is made here. */
  readonly making: Making | undefined;
}

export class RunModel {
  readonly store: Store<RunState>;
  readonly ask: RunningWorker<RunWorker>['ask'];
  readonly #worker: RunningWorker<RunWorker>;
  readonly #maker: RunMaker | undefined;
  /** Of a run that a server hands over: the address of its recordings. */
  readonly #recordings: string | undefined;

  private constructor(worker: RunningWorker<RunWorker>, info: RunInfo, from: Source | Made) {
    this.store = new Store<RunState>({info, version: 0, chosen: undefined, making: undefined});
    this.#worker = worker;
    this.ask = question => worker.ask(question);
    if (!('sources' in from)) this.#recordings = from.recordings;
    else
      this.#maker = new RunMaker(from.sources, from.leftOut, {
        info: () => this.info,
        hear: async news => {
          const now = await worker.ask(api => api.hear(news));
          this.store.set({info: now, version: this.store.state.version + 1});
        },
        tell: making => this.store.set({making}),
      });
  }

  get info(): RunInfo {
    return this.store.state.info;
  }

  /** @throws where it cannot be read. */
  static async open(source: Source): Promise<RunModel> {
    return started(async worker => {
      const info = await worker.ask(api => api.open(addressOf(source)));
      return new RunModel(worker, info, source);
    });
  }

  /** A run of recordings, which is read and planned after it is shown. */
  static async make(made: Made): Promise<RunModel> {
    const files = made.sources.map(({name, size}) => ({name, bytes: size}));
    return started(async worker => {
      const info = await worker.ask(api => api.make(files));
      return new RunModel(worker, info, made);
    });
  }

  /** Reads and plans the recordings that are to be. */
  async read(): Promise<void> {
    await this.#maker?.read();
  }

  async plan(): Promise<void> {
    await this.#maker?.plan();
  }

  stop(): void {
    this.#maker?.stop();
  }

  choose(chosen: number | undefined): void {
    this.store.set({chosen});
  }

  /** The recording of a rank; undefined where it is to be dropped. */
  sourceOf(index: number): Source | undefined {
    const {file} = this.info.ranks[index]!;
    if (this.#recordings !== undefined) return {name: file, size: 0, url: `${this.#recordings}${index}`};
    return this.#maker?.sourceOf(file);
  }

  /** A picture of it has been painted. */
  seen(): void {}

  close(): void {
    this.stop();
    this.#worker.stop();
  }
}

/** What a run is made of. */
export interface Made {
  readonly sources: readonly Source[];
  readonly leftOut: readonly LeftOut[];
}

async function started(make: (worker: RunningWorker<RunWorker>) => Promise<RunModel>): Promise<RunModel> {
  const worker = startWorker<RunWorker>('run', await loadPart('run'));
  try {
    return await make(worker);
  } catch (error) {
    worker.stop();
    throw error;
  }
}

/** Whether a source is a run in JSON: by its content, gzip or not. */
export async function isRun({blob, recordings}: Source): Promise<boolean> {
  if (!blob) return recordings !== undefined;
  try {
    // read once, since every file waits for it
    const head = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    const text = isGzip ? await beginningOf(new Blob([head])) : new TextDecoder().decode(head);
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

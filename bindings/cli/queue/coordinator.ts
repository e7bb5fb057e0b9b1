/** A batch whose files are analysed by the workers of a queue: it says which files, and waits for them. */
import {isAbsolute, resolve} from 'node:path';
import type {AnalysisChoice} from '../batch/analyse.ts';
import {knownResult} from '../batch/analysis.ts';
import {type BatchSummary, batchOf, requestOf} from '../batch/batch.ts';
import type {ListedFile} from '../batch/files.ts';
import {inTurns} from '../batch/in-turns.ts';
import {fileEntry, keyOf, sorted, writeFileEntry, writeShare} from '../batch/layout.ts';
import {isUrl, Location} from '../batch/location.ts';
import type {Store} from '../batch/store.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {interruptible} from '../io/interrupt.ts';
import {warn} from '../io/output.ts';
import {batchBar, readingBar} from '../io/progress.ts';
import {version} from '../io/version.ts';
import {openQueue, type QueueConnection} from './connection.ts';
import {type FlowEnd, runFlow} from './flow.ts';
import type {FileJob} from './jobs.ts';
import {writeRun} from './merge.ts';

export interface QueuedBatchOptions {
  /** As `openQueue` takes it. */
  readonly queue: string;
  readonly options: AnalysisChoice;
}

/** Files that are hashed at a time, and results that are looked for. */
const HASHED_AT_ONCE = 4;
const READ_AT_ONCE = 32;

/** A file, its job, and its failure where its result was there before. */
interface Planned {
  readonly job: FileJob;
  /** Null where the coordinator could not read it. */
  readonly bytes: number | null;
}

/**
 * @throws CliError where the queue or the store fails, and after Ctrl-C: jobs that are in the queue stay there, and workers do
 * them.
 */
export async function runQueuedBatch(
  files: readonly ListedFile[],
  store: Store,
  {queue, options}: QueuedBatchOptions,
): Promise<BatchSummary> {
  checkNames(files);
  const connection = await openQueue(queue, warn);
  try {
    await store.prepare();
    await writeShare(store, {
      schema: 'stowage.share/1',
      share: 1,
      shares: 1,
      batch: batchOf(files, options),
      files: files.map(({name}) => name),
    });
    return await interruptible(async signal => {
      const planned = await hashed(files, store, options, signal);
      return await new Coordinator(connection, store, planned, signal).run();
    }, NOT_BEGUN);
  } finally {
    await connection.close();
  }
}

/** Workers find files below their own root, which the same name must lead to. */
function checkNames(files: readonly ListedFile[]): void {
  const outside = files.find(({name}) => isAbsolute(name) && !isUrl(name));
  if (!outside) return;
  throw new CliError(
    `${outside.name}: is not below --root, and workers look only below theirs: name a --root that holds all files`,
    EXIT.usage,
  );
}

async function hashed(
  files: readonly ListedFile[],
  store: Store,
  options: AnalysisChoice,
  signal: AbortSignal,
): Promise<Planned[]> {
  const total = files.reduce((sum, {bytes}) => sum + (bytes ?? 0), 0);
  const bar = await readingBar('files, to hash them', total);
  const out = store.address.startsWith('s3://') ? store.address : resolve(store.address);
  let read = 0;
  try {
    return await inTurns(files, HASHED_AT_ONCE, async file => {
      signal.throwIfAborted();
      const {place, ...named} = requestOf(file, options);
      const content = await contentOf(place);
      read += file.bytes ?? 0;
      bar.update(read);
      return {job: {...named, hash: content?.hash ?? null, version, out}, bytes: content?.bytes ?? null};
    });
  } finally {
    bar.stop();
  }
}

/** Undefined where it cannot be read: a worker may, or says why not. */
async function contentOf(
  place: string,
): Promise<{readonly hash: string; readonly bytes: number} | undefined> {
  try {
    const location = await Location.open(place);
    try {
      return {hash: await location.hash(), bytes: location.bytes};
    } finally {
      await location.close();
    }
  } catch {
    return undefined;
  }
}

class Coordinator {
  readonly #connection: QueueConnection;
  readonly #store: Store;
  readonly #planned: readonly Planned[];
  readonly #signal: AbortSignal;
  /** Failures, or null, of the results that are there, by name. */
  readonly #known = new Map<string, string | null>();

  constructor(connection: QueueConnection, store: Store, planned: readonly Planned[], signal: AbortSignal) {
    this.#connection = connection;
    this.#store = store;
    this.#planned = planned;
    this.#signal = signal;
  }

  async run(): Promise<BatchSummary> {
    const jobs = this.#planned.map(({job}) => job);
    const bar = await batchBar(jobs.length);
    let done = 0;
    try {
      const end = await runFlow(this.#connection, jobs, () => this.#missing(), {
        signal: this.#signal,
        onState: state => {
          done = state.done + jobs.length - state.total;
          bar.update(done);
        },
        onIdle: () =>
          warn(`no worker is seen: start some with \`stowage worker --queue ${this.#connection.address}\``),
      });
      if (!end) await writeRun(this.#store);
      return this.#summary(jobs, end ?? {failures: new Map()});
    } catch (error) {
      if (this.#signal.aborted) throw interrupted(done, jobs.length);
      throw error;
    } finally {
      bar.stop();
    }
  }

  /** The jobs of files that have no result yet. The others get their entries. */
  async #missing(): Promise<FileJob[]> {
    const missing: FileJob[] = [];
    await inTurns(this.#planned, READ_AT_ONCE, async ({job, bytes}) => {
      const {name, hash, options} = job;
      const key = hash === null ? null : keyOf(hash, sorted({...options}), version);
      const result = key === null ? undefined : await knownResult(this.#store, key);
      if (!result) {
        missing.push(job);
        return;
      }
      this.#known.set(name, result.failure?.message ?? null);
      await writeFileEntry(this.#store, fileEntry(job, {bytes, key, failure: null}));
    });
    return missing;
  }

  #summary(jobs: readonly FileJob[], {failures, mergeFailure}: FlowEnd): BatchSummary {
    if (mergeFailure !== undefined)
      throw new CliError(`${this.#store.address}/run.json: ${mergeFailure}`, EXIT.unreadable);
    const failed = jobs.flatMap(job => {
      const message = failures.get(job.name) ?? this.#known.get(job.name);
      return message ? [{name: job.name, message}] : [];
    });
    const known = [...this.#known.values()].filter(failure => failure === null).length;
    return {files: jobs.length, known, failed};
  }
}

const NOT_BEGUN = new CliError(
  'interrupted before all files were hashed: none of this command is in the queue; run it again',
  EXIT.interrupted,
);

function interrupted(done: number, all: number): CliError {
  return new CliError(
    `interrupted: ${done} of ${all} files are done, and workers go on with those in the queue; the same command waits for them again`,
    EXIT.interrupted,
  );
}

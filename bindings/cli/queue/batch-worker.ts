/** The jobs of batches, as a worker does them: it analyses files, and merges what is done. */
import type {Job, Queue} from 'bullmq';
import {show} from '../../model/shown.ts';
import type {BatchFile} from '../../report.ts';
import type {AnalysisReply} from '../batch/analysis.ts';
import type {AnalysisPool} from '../batch/analysis-pool.ts';
import {fileEntry, fileName, keyOf, sorted, writeFileEntry} from '../batch/layout.ts';
import type {Store} from '../batch/store.ts';
import {CliError, describeError, EXIT} from '../io/exit.ts';
import {version} from '../io/version.ts';
import {FILE, type FileDigest, type FileJob, fileJobOf, jobIdOf, lossOf, MERGE, mergeJobOf} from './jobs.ts';
import {writeRun} from './merge.ts';
import {placeOf} from './places.ts';
import {Pools} from './pools.ts';

export interface BatchWorkerOptions {
  /** A folder or a URL: names of files are below it. */
  readonly root: string;
  /** Processes, each with a file at a time. */
  readonly jobs: number;
  /** Takes a line for each job that fails. */
  onFailure(line: string): void;
}

type Failure = NonNullable<BatchFile['failure']>;

export class BatchWorker {
  readonly #pools: Pools;
  readonly #queue: Queue;
  readonly #options: BatchWorkerOptions;
  #done = 0;

  /** @param queue the one that jobs come from */
  constructor(queue: Queue, options: BatchWorkerOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#pools = new Pools(options.jobs);
  }

  /** Files that this worker has done. */
  get done(): number {
    return this.#done;
  }

  /** For `Worker` of BullMQ. @throws an error: BullMQ decides whether the job is tried again */
  async process(job: Job): Promise<FileDigest | null> {
    try {
      if (job.name === FILE) return await this.#file(fileJobOf(job.data));
      if (job.name === MERGE) return await this.#merge(job);
      throw new CliError(`this worker knows no job ${show(job.name)}`, EXIT.unreadable);
    } catch (error) {
      const {message} = describeError(error);
      this.#options.onFailure(`${subjectOf(job)}: ${message}${attemptOf(job)}`);
      throw new Error(message);
    }
  }

  /** Ends the processes at once. */
  close(): void {
    this.#pools.close();
  }

  async #file(job: FileJob): Promise<FileDigest> {
    const {file, failure, peak} = await this.#pools.use(job.out, async ({pool, store}) => {
      const reply = await this.#analysed(job, pool);
      // of a process that ended, nobody has written it
      if (reply.file.key === null) await writeFileEntry(store, reply.file);
      return reply;
    });
    if (file.key === null) throw new CliError(failure?.message ?? '', failure?.exitCode ?? EXIT.internal);
    this.#done++;
    return {key: file.key, bytes: file.bytes ?? 0, peak, failure: failure?.message ?? null};
  }

  async #analysed(job: FileJob, pool: AnalysisPool): Promise<AnalysisReply> {
    const {name, rank, group, options, hash} = job;
    try {
      const place = placeOf(name, this.#options.root);
      const more = {
        ...(rank === undefined ? {} : {rank}),
        ...(group === undefined ? {} : {group}),
        ...(hash === null ? {} : {hash}),
      };
      return await pool.analyse({name, place, options, ...more});
    } catch (error) {
      const failure = describeError(error);
      return {file: failedEntry(job, failure), failure, isKnown: false, peak: null};
    }
  }

  async #merge(job: Job): Promise<null> {
    const {out} = mergeJobOf(job.data);
    const failures = Object.entries(await job.getIgnoredChildrenFailures());
    await this.#pools.use(out, async ({store}) => {
      for (const [key, reason] of failures) await this.#writeLost(store, jobIdOf(key), String(reason));
      await writeRun(store);
    });
    return null;
  }

  /** Of a job whose worker ended each time, nobody has written why there is no result. */
  async #writeLost(store: Store, id: string, reason: string): Promise<void> {
    const lost = await this.#queue.getJob(id);
    const message = lossOf(reason);
    if (!lost || message === reason) return;
    const job = fileJobOf(lost.data);
    // the last of them may have done it before it ended
    if (
      job.hash !== null &&
      (await keyOfEntry(store, job.name)) === keyOf(job.hash, sorted({...job.options}), version)
    )
      return;
    await writeFileEntry(store, failedEntry(job, {message, exitCode: EXIT.internal}));
  }
}

function failedEntry(job: FileJob, {message, exitCode}: Failure): BatchFile {
  return fileEntry(job, {bytes: null, key: null, failure: {message, exitCode}});
}

async function keyOfEntry(store: Store, name: string): Promise<string | null> {
  const bytes = await store.read(fileName(name));
  try {
    return bytes ? (JSON.parse(Buffer.from(bytes).toString()) as BatchFile).key : null;
  } catch {
    return null;
  }
}

function subjectOf({name, data}: Job): string {
  if (name === MERGE) return 'the merge';
  const {name: file} = (data ?? {}) as Partial<FileJob>;
  return typeof file === 'string' ? file : 'a job';
}

function attemptOf({attemptsMade, opts: {attempts = 1}}: Job): string {
  const left = attempts - attemptsMade - 1;
  return left > 0 ? ` (is tried again, ${left === 1 ? 'once' : 'twice'} at most)` : '';
}

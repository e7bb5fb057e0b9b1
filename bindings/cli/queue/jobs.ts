/** The jobs of a batch: what the queue holds of them, and how they are called in it. A job is a reference, never content. */
import {createHash} from 'node:crypto';
import type {FlowJob} from 'bullmq';
import type {AnalysisOptions} from '../batch/layout.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {version} from '../io/version.ts';

/** One file to be analysed. */
export interface FileJob {
  /** The path below the root with `/`, which each worker maps by its own `--root`; or a URL. */
  readonly name: string;
  readonly rank?: number;
  readonly group?: string;
  readonly bytes: number;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  readonly options: AnalysisOptions;
  /** Of stowage. */
  readonly version: string;
  /** The address of the store of results. */
  readonly out: string;
}

/** The parent of a batch's jobs: it runs when all of them are done. */
export type MergeJob = Pick<FileJob, 'version' | 'out'>;

/** What stays in the queue of a file: the result itself is in the store. */
export interface FileDigest {
  /** Of the result. */
  readonly key: string;
  readonly bytes: number;
  /** Bytes; null where the file has no peak, or could not be read. */
  readonly peak: number | null;
}

/** Workers of another version would make other results, so each version has a queue of its own. */
export const BATCH_QUEUE = `stowage-batch-${version}`;

export const FILE = 'file';
export const MERGE = 'merge';

/** How often a job is begun that fails for a reason which may pass, and how long the first pause is. */
export const ATTEMPTS = 3;
const PAUSE_MS = 1000;

/** Jobs that are over stay for a day, to be looked at. */
const KEPT = {age: 24 * 3600};

/** The same for coordinators that have the same files, content, options and store: so each job is there once. */
export function batchId(files: readonly FileJob[]): string {
  const contents = files.map(({name, rank, group, hash, options}) =>
    JSON.stringify([name, rank ?? null, group ?? null, hash, options]),
  );
  const [first] = files;
  return digestOf(JSON.stringify([first?.out, first?.version, contents.sort()]));
}

/**
 * The jobs of the files, and the merge that waits for them.
 * @param round from 1: a batch whose jobs are over is begun again under new names
 */
export function flowOf(files: readonly FileJob[], merge: MergeJob, id: string): FlowJob {
  const retries = {attempts: ATTEMPTS, backoff: {type: 'exponential', delay: PAUSE_MS}};
  const kept = {removeOnComplete: KEPT, removeOnFail: KEPT};
  return {
    name: MERGE,
    queueName: BATCH_QUEUE,
    data: merge,
    opts: {jobId: id, ...retries, ...kept},
    children: files.map(file => ({
      name: FILE,
      queueName: BATCH_QUEUE,
      data: file,
      // a file that fails does not keep the others from being merged
      opts: {jobId: fileJobId(id, file), ...retries, ...kept, ignoreDependencyOnFailure: true},
    })),
  };
}

export function fileJobId(parent: string, {name}: Pick<FileJob, 'name'>): string {
  return `${parent}-${digestOf(name).slice(0, 32)}`;
}

/** @throws CliError where the data of a job are not what a coordinator of this version adds */
export function fileJobOf(data: unknown): FileJob {
  const job = (data ?? {}) as Partial<FileJob>;
  const isFile =
    isName(job.name) &&
    isCount(job.bytes) &&
    /^[0-9a-f]{64}$/.test(String(job.hash)) &&
    typeof job.options === 'object' &&
    job.options !== null &&
    !Array.isArray(job.options) &&
    (job.rank === undefined || isCount(job.rank)) &&
    (job.group === undefined || typeof job.group === 'string');
  if (!isFile) throw new CliError('the job names no file as `stowage batch --queue` does', EXIT.unreadable);
  const {name, rank, group, bytes, hash, options} = job as FileJob;
  return {
    ...{name, bytes, hash, options},
    ...(rank === undefined ? {} : {rank}),
    ...(group === undefined ? {} : {group}),
    ...mergeJobOf(data),
  };
}

/** @throws as `fileJobOf` */
export function mergeJobOf(data: unknown): MergeJob {
  const {version: made, out} = (data ?? {}) as Partial<MergeJob>;
  if (typeof out !== 'string' || !/^(\/|s3:\/\/[^/]|[a-z]:\\|\\\\)/i.test(out)) {
    throw new CliError('the job names no folder and no bucket for results', EXIT.unreadable);
  }
  if (made !== version) {
    const other = typeof made === 'string' ? made : 'an unknown version';
    throw new CliError(`the job is of stowage ${other}, this worker is ${version}`, EXIT.unreadable);
  }
  return {version: made, out};
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Below the root: a name that leads out of it is refused. */
function isName(name: unknown): boolean {
  if (typeof name !== 'string' || name === '') return false;
  if (/^https?:\/\//.test(name)) return URL.canParse(name);
  return !/^[/\\]|^[a-z]:|\0/i.test(name) && !name.split(/[/\\]/).includes('..');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

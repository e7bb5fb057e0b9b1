/** The jobs of a batch: what the queue holds of them, and how they are called in it. A job is a reference, never content. */
import {createHash} from 'node:crypto';
import type {FlowJob} from 'bullmq';
import {show} from '../../model/shown.ts';
import type {AnalysisChoice} from '../batch/analyse.ts';
import {sorted} from '../batch/layout.ts';
import {isUrl} from '../batch/location.ts';
import {checkedOptions} from '../batch/manifest.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {version} from '../io/version.ts';

/** One file to be analysed. */
export interface FileJob {
  /** The path below the root with `/`, which each worker maps by its own `--root`; or a URL. */
  readonly name: string;
  readonly rank?: number;
  readonly group?: string;
  /** SHA-256 of the content, hexadecimal; null where the coordinator could not read it. */
  readonly hash: string | null;
  readonly options: AnalysisChoice;
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
  /** Why the result has no analysis; null where it has one. */
  readonly failure: string | null;
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
    JSON.stringify([name, rank ?? null, group ?? null, hash, sorted({...options})]),
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

/** @param key of a child, as a parent has it: after the name of its queue */
export function jobIdOf(key: string): string {
  return key.slice(key.lastIndexOf(':') + 1);
}

/** @param reason of a job that failed: what BullMQ says of one whose worker ended again and again, in other words */
export function lossOf(reason: string): string {
  return /stalled more than/.test(reason)
    ? 'each worker that had it ended before it was done: it probably needs more memory than they have'
    : reason;
}

/** @throws CliError where the data of a job are not what a coordinator of this version adds */
export function fileJobOf(data: unknown): FileJob {
  const {name, rank, group, hash, options} = (data ?? {}) as Partial<FileJob>;
  const isFile =
    isName(name) &&
    (hash === null || /^[0-9a-f]{64}$/.test(String(hash))) &&
    (rank === undefined || (Number.isSafeInteger(rank) && rank >= 0)) &&
    (group === undefined || typeof group === 'string');
  if (!isFile) throw invalid('it names no file below a root');
  return {
    name: name!,
    ...(rank === undefined ? {} : {rank}),
    ...(group === undefined ? {} : {group}),
    hash: hash!,
    options: checkedOptions(options, invalid),
    ...mergeJobOf(data),
  };
}

/** @throws as `fileJobOf` */
export function mergeJobOf(data: unknown): MergeJob {
  const {version: made, out} = (data ?? {}) as Partial<MergeJob>;
  if (typeof out !== 'string' || !/^(\/|s3:\/\/[^/]|[a-z]:\\|\\\\)/i.test(out)) {
    throw invalid('it names no folder and no bucket for results');
  }
  if (made !== version) {
    throw invalid(`it is of another version of stowage, ${show(made)}; this worker is ${version}`);
  }
  return {version: made, out};
}

function invalid(reason: string): CliError {
  return new CliError(`the job is none of \`stowage batch --queue\`: ${reason}`, EXIT.unreadable);
}

/** Below the root: a name that leads out of it is refused. */
function isName(name: unknown): boolean {
  if (typeof name !== 'string' || name === '') return false;
  if (isUrl(name)) return URL.canParse(name);
  return !/^[/\\]|^[a-z]:/i.test(name) && !name.includes('\0') && !name.split(/[/\\]/).includes('..');
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A share of a batch on this machine: its files in processes, until all are done or Ctrl-C. */
import {CliError, EXIT} from '../io/exit.ts';
import {interruptible} from '../io/interrupt.ts';
import {batchBar} from '../io/progress.ts';
import {version} from '../io/version.ts';
import type {AnalysisChoice} from './analyse.ts';
import type {AnalysisReply} from './analysis.ts';
import {AnalysisPool} from './analysis-pool.ts';
import type {ListedFile} from './files.ts';
import {batchDigest, writeFileEntry, writeShare} from './layout.ts';
import {filesOfShare, type ShareNumber} from './shares.ts';
import type {Store} from './store.ts';

export interface BatchOptions {
  /** Processes. */
  readonly jobs: number;
  readonly share: ShareNumber;
  readonly options: AnalysisChoice;
}

/** The outcome of a share. */
export interface BatchSummary {
  readonly files: number;
  /** Of these: results that were there before. */
  readonly known: number;
  /** Without an analysis; each has its reason. */
  readonly failed: readonly {readonly name: string; readonly message: string}[];
}

/**
 * @param files of all shares.
 * @throws CliError where the store fails, and after Ctrl-C: what is done by then is kept.
 */
export async function runBatch(
  files: readonly ListedFile[],
  store: Store,
  {jobs, share, options}: BatchOptions,
): Promise<BatchSummary> {
  const own = filesOfShare(files, share);
  await store.prepare();
  await writeShare(store, {
    schema: 'stowage.share/1',
    share: share.share,
    shares: share.shares,
    batch: batchOf(files, options),
    files: own.map(({name}) => name),
  });
  const pool = new AnalysisPool(store.address, jobs);
  const bar = await batchBar(own.length);
  const replies: AnalysisReply[] = [];
  try {
    return await interruptible(async signal => {
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => reject(interrupted(replies.length, own.length)));
      });
      const done = own.map(async file => {
        const reply = await pool.analyse(requestOf(file, options));
        // of a process that ended, nobody has written it
        if (reply.file.key === null) await writeFileEntry(store, reply.file);
        replies.push(reply);
        bar.update(replies.length);
      });
      await Promise.race([Promise.all(done), stopped]);
      return summaryOf(replies);
    });
  } finally {
    bar.stop();
    pool.close();
  }
}

/** Two batches of the same files with the same options have the same. */
export function batchOf(files: readonly ListedFile[], options: AnalysisChoice): string {
  const names = files.map(({name}) => name);
  const own = files.flatMap(({name, options: more}) => (more ? [[name, more]] : []));
  return batchDigest(names, {...options, ...(own.length > 0 ? {files: own} : {})}, version);
}

/** The request of a file; its own options come before those of the batch. */
export function requestOf({name, place, rank, group, options: own}: ListedFile, options: AnalysisChoice) {
  return {
    name,
    place,
    ...(rank === undefined ? {} : {rank}),
    ...(group === undefined ? {} : {group}),
    options: {...options, ...own},
  };
}

export function summaryOf(replies: readonly AnalysisReply[]): BatchSummary {
  const failed = replies.flatMap(({file: {name}, failure}) =>
    failure ? [{name, message: failure.message}] : [],
  );
  return {
    files: replies.length,
    known: replies.filter(({isKnown, failure}) => isKnown && !failure).length,
    failed: failed.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

function interrupted(done: number, all: number): CliError {
  return new CliError(
    `interrupted: ${done} of ${all} files are done; the same command does the others`,
    EXIT.interrupted,
  );
}

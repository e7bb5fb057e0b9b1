/** What a queue adds to each file of a batch: jobs that do nothing, from a coordinator to a worker, on PostgreSQL. */

import {version} from '../../bindings/cli/io/version.ts';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {runFlow} from '../../bindings/cli/queue/flow.ts';
import {BATCH_QUEUE, FILE, type FileDigest, type FileJob} from '../../bindings/cli/queue/jobs.ts';
import {startPostgres} from '../../tests/queue/postgres.ts';

export interface QueueOverhead {
  readonly jobs: number;
  /** From the first job added to the end of the merge. */
  readonly seconds: number;
  readonly millisecondsPerJob: number;
}

/** Jobs of one worker at a time. */
const CONCURRENCY = 2;

/** Starts a server of its own, and writes no durable log: a disk's share is not in the figure. */
export async function queueOverhead(jobs: number): Promise<QueueOverhead> {
  const server = await startPostgres();
  try {
    const connection = await openQueue(await server.database());
    try {
      const worker = connection.worker(BATCH_QUEUE, async job => (job.name === FILE ? DIGEST : null), {
        concurrency: CONCURRENCY,
      });
      await worker.waitUntilReady();
      const files = Array.from({length: jobs}, (_, i) => fileJob(i));
      const begin = performance.now();
      await runFlow(connection, files, async () => files, {
        signal: new AbortController().signal,
        onState() {},
        onIdle() {},
      });
      const seconds = (performance.now() - begin) / 1000;
      return {jobs, seconds, millisecondsPerJob: (seconds * 1000) / jobs};
    } finally {
      await connection.close();
    }
  } finally {
    await server.close();
  }
}

const DIGEST: FileDigest = {key: '0'.repeat(64), bytes: 14_000_000, peak: 1_000_000_000, failure: null};

function fileJob(i: number): FileJob {
  return {
    name: `run/snapshot_${i}.pickle`,
    rank: i,
    hash: i.toString(16).padStart(64, '0'),
    options: {},
    version,
    out: '/nowhere',
  };
}

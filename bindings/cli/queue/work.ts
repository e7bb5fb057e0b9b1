/** A worker's life: it takes jobs until it is told to end, or until none are left. */
import {hostname} from 'node:os';
import {setTimeout} from 'node:timers/promises';
import type {Queue, Worker} from 'bullmq';
import type {WorkerSettings} from './connection.ts';

export interface Service {
  readonly queue: Queue;
  readonly worker: Worker;
}

/** A job whose workers end so often is not tried again. */
const MOST_STALLS = 5;

/** After a server was away. */
const RETRY_MS = 1000;

/** Between two looks at an empty queue. */
const LOOK_MS = 500;

/**
 * @param jobs at a time
 * @param heartbeat milliseconds between two signs of life; without two of them, another worker takes the job
 */
export function settingsOf(jobs: number, heartbeat: number): WorkerSettings {
  return {
    // so that the queue shows who has a job
    name: `${hostname()}-${process.pid}`,
    concurrency: jobs,
    lockDuration: 2 * heartbeat,
    lockRenewTime: heartbeat,
    stalledInterval: 2 * heartbeat,
    maxStalledCount: MOST_STALLS,
    runRetryDelay: RETRY_MS,
  };
}

/** Ends after the jobs in hand, once the signal is given or, with `drain`, the queues are empty. */
export async function work(
  services: readonly Service[],
  {drain, signal}: {readonly drain: boolean; readonly signal: AbortSignal},
): Promise<void> {
  while (!signal.aborted) {
    if (drain && (await areEmpty(services))) break;
    await setTimeout(LOOK_MS, undefined, {signal}).catch(() => {});
  }
  await Promise.all(services.map(({worker}) => worker.close()));
}

/** Jobs in the hands of other workers count: they come back where these end. A server that is away is no empty queue. */
async function areEmpty(services: readonly Service[]): Promise<boolean> {
  try {
    const counts = await Promise.all(services.map(({queue}) => queue.getJobCounts()));
    const open = ['waiting', 'active', 'delayed', 'prioritized', 'waiting-children'];
    return counts.every(count => open.every(state => (count[state] ?? 0) === 0));
  } catch {
    return false;
  }
}

/** A batch in a queue, as its coordinator sees it: it adds the jobs once, and waits for them. */
import {setTimeout} from 'node:timers/promises';
import type {Job, JobState, Queue} from 'bullmq';
import {CliError, EXIT} from '../io/exit.ts';
import type {QueueConnection} from './connection.ts';
import {
  BATCH_QUEUE,
  batchId,
  type FileDigest,
  type FileJob,
  fileJobId,
  flowOf,
  jobIdOf,
  lossOf,
  type MergeJob,
} from './jobs.ts';

export interface FlowState {
  /** Files of the jobs that are over. */
  readonly done: number;
  readonly total: number;
}

export interface FlowEnd {
  /** Why files have no analysis, by name. */
  readonly failures: ReadonlyMap<string, string>;
  /** Why `run.json` was not written; undefined where it was. */
  readonly mergeFailure?: string;
}

export interface FlowHooks {
  readonly signal: AbortSignal;
  onState(state: FlowState): void;
  /** No job has begun, and no worker is seen. */
  onIdle(): void;
}

/** Between two looks at the queue. */
const LOOK_MS = 300;
/** A server that restarts is waited for. */
const LOST_MS = 120_000;
/** A worker needs some seconds to start. */
const IDLE_MS = 10_000;

/**
 * Adds the jobs of a batch, or joins those that another coordinator of the same batch has added, and waits until all are
 * over.
 * @param files all of the batch
 * @param missing those of them that have no result
 * @returns undefined where none is missing: no worker is needed, and nothing is merged
 * @throws CliError where the server stays away; what the signal is aborted with, where it is: the jobs stay in the queue
 */
export async function runFlow(
  connection: QueueConnection,
  files: readonly FileJob[],
  missing: () => Promise<readonly FileJob[]>,
  hooks: FlowHooks,
): Promise<FlowEnd | undefined> {
  const flow = new Flow(connection, hooks);
  const begin = Date.now();
  const base = batchId(files);
  for (let round = 1; ; round++) {
    const id = `${base}-${round}`;
    const found = await flow.ask(queue => queue.getJob(id));
    // one that ended before this coordinator began has left the files that are missing now
    if (found?.finishedOn !== undefined && found.finishedOn < begin) continue;
    if (!found) {
      const left = await missing();
      if (left.length === 0) return undefined;
      await flow.add(left, mergeOf(files), id);
    }
    return flow.wait(id, files);
  }
}

function mergeOf([first]: readonly FileJob[]): MergeJob {
  const {version, out} = first!;
  return {version, out};
}

class Flow {
  readonly #connection: QueueConnection;
  readonly #queue: Queue;
  readonly #hooks: FlowHooks;

  constructor(connection: QueueConnection, hooks: FlowHooks) {
    this.#connection = connection;
    this.#queue = connection.queue(BATCH_QUEUE);
    this.#hooks = hooks;
  }

  async add(files: readonly FileJob[], merge: MergeJob, id: string): Promise<void> {
    const flows = this.#connection.flows();
    // all or none; a second coordinator's are there already, and change nothing
    await this.ask(() => flows.add(flowOf(files, merge, id)));
  }

  async wait(id: string, files: readonly FileJob[]): Promise<FlowEnd> {
    const begin = performance.now();
    let isIdle = true;
    for (;;) {
      const look = await this.ask(queue => lookAt(queue, id));
      if (!look) {
        throw new CliError(
          `${this.#connection.address}: the batch is no longer in the queue: run the same command again`,
          EXIT.unreadable,
        );
      }
      const {job, state, counts} = look;
      this.#hooks.onState(counts);
      if (state === 'completed' || state === 'failed') {
        const failures = await this.ask(() => failuresOf(job, files));
        return state === 'completed' ? {failures} : {failures, mergeFailure: job.failedReason};
      }
      if (isIdle && performance.now() - begin > IDLE_MS) {
        isIdle = false;
        if (counts.done === 0 && (await this.ask(queue => queue.getWorkersCount())) === 0)
          this.#hooks.onIdle();
      }
      await setTimeout(LOOK_MS, undefined, {signal: this.#hooks.signal}).catch(() => {});
    }
  }

  /** Asks the server, again and again while it is away. */
  async ask<T>(question: (queue: Queue) => Promise<T>): Promise<T> {
    const begin = performance.now();
    for (;;) {
      this.#hooks.signal.throwIfAborted();
      try {
        return await question(this.#queue);
      } catch (error) {
        if (performance.now() - begin > LOST_MS) throw this.#connection.errorOf(error);
        await setTimeout(LOOK_MS, undefined, {signal: this.#hooks.signal}).catch(() => {});
      }
    }
  }
}

interface Look {
  readonly job: Job;
  readonly state: JobState | 'unknown';
  readonly counts: FlowState;
}

async function lookAt(queue: Queue, id: string): Promise<Look | undefined> {
  const job = await queue.getJob(id);
  if (!job) return undefined;
  const asked = {processed: true, ignored: true, unprocessed: true};
  const {processed = 0, ignored = 0, unprocessed = 0} = await job.getDependenciesCount(asked);
  const done = processed + ignored;
  return {job, state: await job.getState(), counts: {done, total: done + unprocessed}};
}

/** Of results without an analysis, and of jobs that made none. */
async function failuresOf(parent: Job, files: readonly FileJob[]): Promise<Map<string, string>> {
  const names = new Map(files.map(file => [fileJobId(parent.id!, file), file.name]));
  const digests = Object.entries(await parent.getChildrenValues<FileDigest>());
  const failures = [
    ...digests.map(([key, {failure}]) => [key, failure] as const),
    ...Object.entries(await parent.getIgnoredChildrenFailures()).map(
      ([key, reason]) => [key, lossOf(String(reason))] as const,
    ),
  ];
  return new Map(
    failures.flatMap(([key, failure]) => {
      const name = names.get(jobIdOf(key));
      return name === undefined || failure === null ? [] : [[name, failure] as const];
    }),
  );
}

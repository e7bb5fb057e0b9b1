/** `stowage worker`: does the jobs of a queue, beside any number of others. */
import {availableParallelism} from 'node:os';
import {type Command, InvalidArgumentError} from 'commander';
import {plural} from '../../model/quantities.ts';
import {EXIT} from '../io/exit.ts';
import {interruptible} from '../io/interrupt.ts';
import {note, printJson, warn} from '../io/output.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {type CommandContext, withQueue} from './options.ts';
import {parseDuration, parseInteger} from './parse.ts';

export interface WorkerCommandOptions {
  readonly queue?: string;
  readonly root: string;
  readonly jobs?: number;
  readonly drain?: boolean;
  /** Milliseconds. */
  readonly heartbeat?: number;
  readonly json?: boolean;
}

/** A network that is slow for some seconds must not look like a worker's end. */
const HEARTBEAT_MS = 15_000;
/** Shorter ones would be late on a busy machine. */
const LEAST_HEARTBEAT_MS = 250;

export function addWorkerCommand(root: Command, {done, planner}: CommandContext): void {
  const worker = root
    .command('worker')
    .description(
      'do the jobs of a queue, on any number of machines, until Ctrl-C: the first one ends after the files in hand, the second one at once; takes part in plans of plan --queue, too, one at a time',
    )
    .option('--root <DIR>', 'folder, or URL, that the names of files are below on this machine', '.')
    .option(
      '--jobs <N>',
      'processes, each with one file at a time (default: the number of cores)',
      parseInteger(1),
    )
    .option('--drain', 'end when the queue is empty')
    .option(
      '--heartbeat <TIME>',
      'time between two signs of life: without any for twice as long, another worker takes the jobs of this one (default: 15s)',
      parseHeartbeat,
    )
    .option('--json', 'print one object at the end');
  withQueue(worker).action(async (options: WorkerCommandOptions) =>
    done(await workerCommand(options, planner)),
  );
}

function parseHeartbeat(text: string): number {
  const ms = parseDuration(text);
  if (ms < LEAST_HEARTBEAT_MS) throw new InvalidArgumentError('expected at least 250ms.');
  return ms;
}

/** @returns the exit code. */
export async function workerCommand(options: WorkerCommandOptions, planner: PlannerSource): Promise<number> {
  const {openQueue} = await import('../queue/connection.ts');
  const {BatchWorker} = await import('../queue/batch-worker.ts');
  const {BATCH_QUEUE} = await import('../queue/jobs.ts');
  const {serveSeats} = await import('../queue/seat-worker.ts');
  const {settingsOf, work} = await import('../queue/work.ts');
  const {root, jobs = availableParallelism(), drain = false, heartbeat = HEARTBEAT_MS} = options;
  const connection = await openQueue(options.queue, warn);
  const queue = connection.queue(BATCH_QUEUE);
  const batch = new BatchWorker(queue, {root, jobs, onFailure: warn});
  try {
    await interruptible(async signal => {
      signal.addEventListener('abort', () => note('ends after the files in hand; Ctrl-C again ends at once'));
      const worker = connection.worker(BATCH_QUEUE, job => batch.process(job), settingsOf(jobs, heartbeat));
      note(`works for ${connection.address}: ${plural(jobs, 'file')} at a time; Ctrl-C ends it`);
      // a part of a hard plan beside the files: it is waited for, and there are few
      const seats = serveSeats(connection, await planner(), 1, signal);
      await work([{queue, worker}, seats], {drain, signal});
    });
    if (options.json) printJson({schema: 'stowage.worker/1', queue: connection.address, files: batch.done});
    else note(`${plural(batch.done, 'file')} done`);
    return EXIT.ok;
  } finally {
    batch.close();
    await connection.close();
  }
}

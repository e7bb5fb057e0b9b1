/** Workers of a queue that do parts of a search: the options, and the seats while a command plans. */
import type {Command} from 'commander';
import {CliError, EXIT} from '../io/exit.ts';
import {warn} from '../io/output.ts';
import type {SolveOptions} from '../planning/planning.ts';
import type {QueueSeats} from '../queue/seat-channel.ts';
import type {WorkersReport} from '../text/workers.ts';
import {parseInteger} from './parse.ts';

/** Options, parsed. */
export interface SeatOptions extends SolveOptions {
  /** Address of a queue. */
  readonly queue?: string;
  readonly workers?: number;
}

/** How long a worker may take to come; with a time limit at most a fifth of that. */
const LONGEST_WAIT_MS = 10_000;

export function withSeatOptions(command: Command): Command {
  return command
    .option(
      '--queue <URL>',
      'let workers of this queue (stowage worker) do parts of the search; the plan is the same: postgres://USER@HOST/DATABASE or redis://HOST; env: as STOWAGE_QUEUE says',
    )
    .option(
      '--workers <N>',
      'with --queue: most workers to use (default: as many as the queue has, at most 5)',
      parseInteger(1),
    )
    .option(
      '--opportunistic',
      'with --queue: workers do not wait for each other, and any number finds work; the plan is another one at every run',
    );
}

/** Runs a command with seats on the workers of the queue, if one is named; and what is to be reported of them, at the end. */
export async function withSeats<T extends SeatOptions>(
  options: T,
  run: (options: T, report: () => WorkersReport | undefined) => Promise<number>,
): Promise<number> {
  const seats = await seatsOf(options);
  if (!seats) return run(options, () => undefined);
  const {opportunistic = false, threads = 1} = options;
  const report = () => ({wanted: seats.channels.length, took: seats.taken, threads, opportunistic});
  try {
    return await run({...options, seats: seats.channels}, report);
  } finally {
    await seats.close();
  }
}

async function seatsOf(options: SeatOptions): Promise<QueueSeats | undefined> {
  const {queue, workers, opportunistic = false, timeLimit = Number.POSITIVE_INFINITY} = options;
  if (queue === undefined) {
    const extra = workers !== undefined ? '--workers' : opportunistic ? '--opportunistic' : undefined;
    if (extra) throw new CliError(`${extra} is about workers of a queue: add --queue`, EXIT.usage);
    return undefined;
  }
  const {openSeats} = await import('../queue/seat-channel.ts');
  return openSeats(queue, {
    ...(workers === undefined ? {} : {count: workers}),
    opportunistic,
    waitMs: Math.min(LONGEST_WAIT_MS, timeLimit / 5),
    onNotice: warn,
  });
}

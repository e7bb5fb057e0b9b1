/** The same solve by the clock: in threads, and with workers of a queue. */
import {openSeats} from '../../bindings/cli/queue/seat-channel.ts';
import type {Plan, Planner, ProblemColumns, SeatChannel} from '../../bindings/index.ts';
import {unpackMessage} from '../../bindings/planner/seats/pack.ts';
import type {BenchQueue} from './workers.ts';

export interface Run {
  readonly plan: Plan;
  readonly seconds: number;
  readonly exchanges: number;
  /** Milliseconds of each exchange beside the computing of the worker. */
  readonly exchangeMs: readonly number[];
}

export interface Setting {
  readonly name: string;
  readonly threads: number;
  readonly workers: number;
  readonly opportunistic: boolean;
}

export const SETTINGS: readonly Setting[] = [
  {name: '1 thread', threads: 1, workers: 0, opportunistic: false},
  {name: '2 threads', threads: 2, workers: 0, opportunistic: false},
  {name: '1 thread, 1 worker', threads: 1, workers: 1, opportunistic: false},
  {name: '1 thread, 2 workers', threads: 1, workers: 2, opportunistic: false},
  {name: 'opportunistic: 1 thread, 1 worker', threads: 1, workers: 1, opportunistic: true},
  {name: 'opportunistic: 1 thread, 2 workers', threads: 1, workers: 2, opportunistic: true},
];

export async function runOf(
  planner: Planner,
  problem: ProblemColumns,
  seed: number,
  {threads, workers, opportunistic}: Setting,
  queue: BenchQueue,
): Promise<Run> {
  if (workers === 0) return timed(planner, problem, {seed, threads}, []);
  const seats = await openSeats(queue.url, {
    count: workers,
    opportunistic,
    waitMs: 20_000,
    onNotice: console.error,
  });
  try {
    const exchangeMs: number[] = [];
    const channels = seats.channels.map(channel => measured(channel, exchangeMs));
    return await timed(planner, problem, {seed, threads, opportunistic, seats: channels}, exchangeMs);
  } finally {
    await seats.close();
  }
}

async function timed(
  planner: Planner,
  problem: ProblemColumns,
  options: Parameters<Planner['planAsync']>[1],
  exchangeMs: readonly number[],
): Promise<Run> {
  const began = performance.now();
  const plan = await planner.planAsync(problem, {...options, minimize: true});
  const seconds = (performance.now() - began) / 1000;
  return {plan, seconds, exchanges: exchangeMs.length, exchangeMs};
}

function measured(channel: SeatChannel, exchangeMs: number[]): SeatChannel {
  return {
    open: () => channel.open?.(),
    async send(request) {
      const began = performance.now();
      const reply = await channel.send(request);
      const passed = performance.now() - began;
      const {ms = 0} = unpackMessage(reply) as {readonly ms?: number};
      exchangeMs.push(passed - ms);
      return reply;
    },
  };
}

/** The same solve by the clock: in threads, and with workers of a queue. */
import {openSeats} from '../../bindings/cli/queue/seat-channel.ts';
import type {Plan, Planner, ProblemColumns, SeatChannel} from '../../bindings/index.ts';
import {liveOnly} from '../../bindings/planner/live.ts';
import {packRequest, type SeatRequest, setupOf} from '../../bindings/planner/seats/messages.ts';
import {unpackMessage} from '../../bindings/planner/seats/pack.ts';
import {median} from '../measure.ts';
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

/** Milliseconds of an exchange in which nothing is computed, with offsets in it: the median, where nothing else runs. */
export async function idleExchange(
  planner: Planner,
  problem: ProblemColumns,
  queue: BenchQueue,
): Promise<number> {
  const live = liveOnly(problem).columns;
  const {offsets} = planner.plan(live, {algorithm: 'greedy-by-size'});
  const seats = await openSeats(queue.url, {
    count: 1,
    opportunistic: false,
    waitMs: 20_000,
    onNotice: console.error,
  });
  try {
    const [channel] = seats.channels;
    const nothing = {solve: 'idle', before: 0, earlier: 0, tasks: []};
    await channel!.send(packRequest({...nothing, setup: setupOf(live, undefined)}));
    const times: number[] = [];
    for (let i = 0; i < EXCHANGES; i++) {
      const began = performance.now();
      // a seat ignores what it does not know
      await channel!.send(packRequest({...nothing, offsets} as SeatRequest));
      times.push(performance.now() - began);
    }
    return median(times);
  } finally {
    await seats.close();
  }
}

const EXCHANGES = 60;

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

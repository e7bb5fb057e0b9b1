/** The seats that a worker takes: it executes subsolvers of a solve elsewhere until that ends. */
import type {Job, Queue, Worker} from 'bullmq';
import type {Planner, Seat} from '../../index.ts';
import type {QueueConnection} from './connection.ts';
import {BEAT_MS, END, letterOf, messageOf, REQUEST, SEAT_QUEUE, SILENCE_MS, seatJobOf} from './seat-jobs.ts';

export interface SeatService {
  readonly queue: Queue;
  /** Closed by its owner. */
  readonly worker: Worker;
}

/**
 * Takes `count` seats at a time, of any solves that ask this queue for workers. Aborted, the signal leaves them: their solves
 * find others.
 */
export function serveSeats(
  connection: QueueConnection,
  planner: Planner,
  count: number,
  signal: AbortSignal,
): SeatService {
  const hold = async (job: Job) => {
    const {link} = seatJobOf(job.data);
    await new HeldSeat(connection, planner.openSeat(), job).hold(link, signal);
  };
  // the solve itself asks for another worker where one dies
  const worker = connection.worker(SEAT_QUEUE, hold, {concurrency: count, maxStalledCount: 0});
  return {queue: connection.queue(SEAT_QUEUE), worker};
}

class HeldSeat {
  readonly #connection: QueueConnection;
  readonly #seat: Seat;
  readonly #job: Job;
  #heardAt = performance.now();
  #isBusy = false;
  #beats = 0;
  #leave = () => {};

  constructor(connection: QueueConnection, seat: Seat, job: Job) {
    this.#connection = connection;
    this.#seat = seat;
    this.#job = job;
  }

  /** Answers the requests of a link until it ends, nothing is heard any more, or the signal is aborted. */
  async hold(link: string, signal: AbortSignal): Promise<void> {
    const left = new Promise<void>(resolve => {
      this.#leave = resolve;
    });
    signal.addEventListener('abort', this.#leave);
    if (signal.aborted) this.#leave();
    const requests = this.#connection.worker(link, request => this.#answer(request), {concurrency: 1});
    const beat = setInterval(() => this.#beat(), BEAT_MS);
    try {
      await left;
    } finally {
      clearInterval(beat);
      signal.removeEventListener('abort', this.#leave);
      // what it is at in the middle has nobody who waits for it
      const isBusy = this.#isBusy;
      this.#seat.close();
      await requests.close(isBusy).catch(() => {});
      const queue = this.#connection.queue(link);
      await queue.obliterate({force: true}).catch(() => {});
      await queue.close().catch(() => {});
    }
  }

  async #answer({name, data}: Job): Promise<unknown> {
    this.#heardAt = performance.now();
    if (name === END) this.#leave();
    if (name !== REQUEST) return undefined;
    this.#isBusy = true;
    try {
      return letterOf(await this.#seat.answer(messageOf(data)));
    } finally {
      this.#isBusy = false;
      this.#heardAt = performance.now();
    }
  }

  /** Shows that this process lives. */
  #beat(): void {
    if (!this.#isBusy && performance.now() - this.#heardAt > SILENCE_MS) this.#leave();
    this.#job.updateProgress(++this.#beats).catch(() => {}); // the next one may succeed
  }
}

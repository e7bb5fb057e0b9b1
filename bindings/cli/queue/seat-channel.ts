/** Seats of one solve on workers of a queue: a channel for each, whose worker is replaced where it dies. */
import {setTimeout as delay} from 'node:timers/promises';
import type {Queue} from 'bullmq';
import type {SeatChannel} from '../../index.ts';
import {openQueue, type QueueConnection} from './connection.ts';
import {letterOf, messageOf, SEAT_QUEUE} from './seat-jobs.ts';
import {LinkDead, SeatLink} from './seat-link.ts';

/** Seats that are opened when a solve needs them. */
export interface QueueSeats {
  readonly channels: readonly SeatChannel[];
  /** Seats in which a worker has executed something. */
  readonly taken: number;
  /** Exchanges so far, and milliseconds spent in them, workers' computing included. */
  readonly exchanges: {readonly count: number; readonly ms: number};
  close(): Promise<void>;
}

export interface SeatsOptions {
  /** How many; the number of workers of the queue where absent. */
  readonly count?: number;
  readonly opportunistic: boolean;
  /** How long a worker may take to come, milliseconds. */
  readonly waitMs: number;
  /** Takes lines for a person: that workers are waited for, or lost. */
  readonly onNotice: (line: string) => void;
}

/** A solve has so many subsolvers beside the one here; an opportunistic one has as many as there are seats. */
const MOST_SEATS = 5;
const MOST_OPPORTUNISTIC = 64;
/** How long the end of a channel may take. */
const END_MS = 4000;
/** After so long a person is told what is waited for. */
const NOTICE_MS = 3000;
/** A worker that is free comes at once: after one has died, others need not start first. */
const NEXT_MS = 3000;
/** A seat whose workers die again and again is given up. */
const MOST_WORKERS = 5;

/**
 * @param url as `queueUrl` takes it
 * @throws CliError where packages are missing, or no server answers
 */
export async function openSeats(url: string | undefined, options: SeatsOptions): Promise<QueueSeats> {
  const {onNotice} = options;
  const connection = await openQueue(url, onNotice);
  try {
    const queue = connection.queue(SEAT_QUEUE);
    const count = options.count ?? (await workersOf(queue, options));
    return new Seats(connection, queue, count, options);
  } catch (error) {
    await connection.close();
    throw connection.errorOf(error);
  }
}

/** Workers that would take a seat now, at least one: it may come yet. */
async function workersOf(queue: Queue, {opportunistic}: SeatsOptions): Promise<number> {
  const count = await queue.getWorkersCount();
  return Math.max(1, Math.min(opportunistic ? MOST_OPPORTUNISTIC : MOST_SEATS, count));
}

class Seats implements QueueSeats {
  readonly channels: readonly Channel[];
  readonly #connection: QueueConnection;

  constructor(connection: QueueConnection, queue: Queue, count: number, options: SeatsOptions) {
    this.#connection = connection;
    const {address} = connection;
    let told = '';
    // all seats wait for the same
    const onNotice = (line: string) => {
      if (line === told) return;
      told = line;
      options.onNotice(`${address}: ${line}`);
    };
    const open = (isFirst: boolean) =>
      SeatLink.open(connection, queue, isFirst ? options.waitMs : Math.min(options.waitMs, NEXT_MS));
    this.channels = Array.from({length: count}, () => new Channel(open, onNotice));
  }

  get taken(): number {
    return this.channels.filter(({hasWorked}) => hasWorked).length;
  }

  get exchanges(): {readonly count: number; readonly ms: number} {
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
    return {
      count: sum(this.channels.map(({count}) => count)),
      ms: sum(this.channels.map(({ms}) => ms)),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.channels.map(channel => channel.close()));
    await this.#connection.close();
  }
}

class Channel implements SeatChannel {
  hasWorked = false;
  /** Exchanges, and milliseconds that they took. */
  count = 0;
  ms = 0;
  readonly #open: (isFirst: boolean) => Promise<SeatLink>;
  readonly #onNotice: (line: string) => void;
  #link: Promise<SeatLink> | undefined;
  #workers = 0;
  #isClosed = false;

  constructor(open: (isFirst: boolean) => Promise<SeatLink>, onNotice: (line: string) => void) {
    this.#open = open;
    this.#onNotice = onNotice;
  }

  /** Asks for a worker, so that it is there when the first tasks are. */
  open(): void {
    this.#opened().catch(() => {}); // `send` throws it
  }

  #opened(): Promise<SeatLink> {
    if (this.#isClosed) return Promise.reject(new Error('the seat is closed'));
    this.#link ??= this.#open(this.#workers === 0);
    return this.#link;
  }

  /** @throws where no worker comes, or too many have died. */
  async send(request: Uint8Array): Promise<Uint8Array> {
    const letter = letterOf(request);
    const began = performance.now();
    for (;;) {
      try {
        const reply = await this.#exchange(letter);
        this.hasWorked = true;
        this.count++;
        this.ms += performance.now() - began;
        return messageOf(reply);
      } catch (error) {
        if (this.#isClosed) throw error;
        await this.#lose(error as Error);
      }
    }
  }

  async #exchange(letter: ReturnType<typeof letterOf>): Promise<ReturnType<typeof letterOf>> {
    const link = await this.#opened();
    const notice = setTimeout(() => {
      if (!link.isTaken)
        this.#onNotice('waiting for a worker (stowage worker --queue …); Ctrl-C ends planning');
    }, NOTICE_MS);
    try {
      return await link.exchange(letter);
    } finally {
      clearTimeout(notice);
    }
  }

  /** Lets another worker take the place of one that was lost. @throws where that is of no use */
  async #lose(error: Error): Promise<void> {
    const link = await this.#link?.catch(() => undefined);
    this.#link = undefined;
    await link?.close();
    const mayFollow = error instanceof LinkDead && error.wasTaken && ++this.#workers < MOST_WORKERS;
    const next = mayFollow ? 'another worker is asked to go on' : 'this machine does its part';
    this.#onNotice(`a part of the plan has no worker: ${error.message}; ${next}`);
    if (!mayFollow) throw error;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = this.#link?.then(
      link => link.close(),
      () => {},
    );
    // one that is still being opened ends with the connection
    await Promise.race([opened, delay(END_MS, undefined, {ref: false})]);
  }
}

/** One worker's seat as its solve sees it: asks for the worker, and exchanges requests and replies with it. */
import {setTimeout as delay} from 'node:timers/promises';
import type {Job, Queue, QueueEvents} from 'bullmq';
import type {QueueConnection} from './connection.ts';
import {END, type Letter, newLink, PING, PING_MS, REQUEST, type SeatJob} from './seat-jobs.ts';

/** Between two looks at a worker from which nothing has come. */
const LOOK_MS = 1000;
/** A worker that shows nothing for so long is dead; a server that answers nothing is, too. */
const DEAD_MS = 8000;
/** How long the end of a link may take. */
const END_MS = 3000;

/** That nothing comes of a link any more. */
export class LinkDead extends Error {
  override readonly name = 'LinkDead';
  /** Whether a worker had taken the seat. */
  readonly wasTaken: boolean;

  constructor(message: string, wasTaken: boolean) {
    super(message);
    this.wasTaken = wasTaken;
  }
}

interface Pending {
  readonly id: string;
  resolve(letter: Letter): void;
  reject(error: Error): void;
}

export class SeatLink {
  readonly #seats: Queue;
  readonly #queue: Queue;
  readonly #events: QueueEvents;
  readonly #job: Job;
  readonly #openedAt = performance.now();
  readonly #waitMs: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #pending: Pending | undefined;
  #count = 0;
  #isTaken = false;
  #beat: unknown;
  #beatAt = performance.now();
  #lookedAt = performance.now();
  #dead: LinkDead | undefined;

  /** Asks for a worker. `waitMs`: how long it may take to come. */
  static async open(connection: QueueConnection, seats: Queue, waitMs: number): Promise<SeatLink> {
    const link = newLink();
    const queue = connection.queue(link);
    const events = connection.events(link);
    await Promise.all([queue.waitUntilReady(), events.waitUntilReady()]);
    const data: SeatJob = {link};
    const job = await seats.add('seat', data, {
      lifo: true,
      removeOnComplete: true,
      removeOnFail: {age: 3600},
    });
    return new SeatLink(seats, queue, events, job, waitMs);
  }

  private constructor(seats: Queue, queue: Queue, events: QueueEvents, job: Job, waitMs: number) {
    this.#seats = seats;
    this.#queue = queue;
    this.#events = events;
    this.#job = job;
    this.#waitMs = waitMs;
    events.on('completed', ({jobId, returnvalue}) => this.#settle(jobId, returnvalue));
    events.on('failed', ({jobId, failedReason}) => this.#settle(jobId, undefined, failedReason));
    let isLooking = false;
    const look = async () => {
      if (isLooking || this.#dead) return;
      isLooking = true;
      await this.#look().catch(() => {}); // a server that is away comes back, or is given up
      isLooking = false;
    };
    this.#timers.push(
      setInterval(() => this.#giveUp(), LOOK_MS),
      setInterval(look, LOOK_MS),
      setInterval(() => this.#queue.add(PING, {}, DROPPED).catch(() => {}), PING_MS),
    );
  }

  /** Whether a worker has replied. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  /** The reply to a request; one at a time. @throws LinkDead */
  async exchange(letter: Letter): Promise<Letter> {
    if (this.#dead) throw this.#dead;
    const id = `r${this.#count++}`;
    const reply = new Promise<Letter>((resolve, reject) => {
      this.#pending = {id, resolve, reject};
    });
    reply.catch(() => {}); // where adding fails
    try {
      await this.#queue.add(REQUEST, letter, {
        jobId: id,
        removeOnComplete: {count: 2},
        removeOnFail: {count: 2},
      });
    } catch (error) {
      this.#die((error as Error).message);
    }
    return reply;
  }

  #settle(id: string, reply: unknown, failure?: string): void {
    if (this.#pending?.id !== id) return;
    if (failure !== undefined) {
      this.#die(`its worker failed: ${failure}`);
      return;
    }
    this.#isTaken = true;
    const {resolve} = this.#pending;
    this.#pending = undefined;
    resolve(readValue(reply) as Letter);
  }

  /** Looks whether the worker lives, and for a reply whose event was lost. */
  async #look(): Promise<void> {
    const job = await this.#seats.getJob(this.#job.id!);
    const state = await job?.getState();
    this.#lookedAt = performance.now();
    if (state === 'waiting' || state === 'prioritized') return;
    if (state !== 'active') {
      const why = job?.failedReason ? `its worker failed: ${job.failedReason}` : 'its worker has left';
      this.#die(why);
      return;
    }
    if (!this.#isTaken || job!.progress !== this.#beat) {
      this.#isTaken = true;
      this.#beat = job!.progress;
      this.#beatAt = performance.now();
    }
    const {id} = this.#pending ?? {};
    const request = id === undefined ? undefined : await this.#queue.getJob(id);
    if (request?.finishedOn !== undefined) this.#settle(id!, request.returnvalue, request.failedReason);
  }

  #giveUp(): void {
    const now = performance.now();
    if (now - this.#lookedAt > DEAD_MS) this.#die('the server of the queue does not answer');
    else if (this.#isTaken && now - this.#beatAt > DEAD_MS) this.#die('its worker shows no sign of life');
    else if (!this.#isTaken && now - this.#openedAt > this.#waitMs) this.#die('no worker came');
  }

  #die(why: string): void {
    this.#dead ??= new LinkDead(why, this.#isTaken);
    this.#pending?.reject(this.#dead);
    this.#pending = undefined;
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Releases the worker; of a link that has none, nothing is left in the queue. */
  async close(): Promise<void> {
    const wasDead = this.#dead !== undefined;
    this.#die('it is closed');
    const end = async () => {
      // a job that a worker has cannot be removed, also where nothing has come of it yet
      const isFree = await this.#job.remove().then(
        () => true,
        () => false,
      );
      if (isFree || wasDead) await this.#queue.obliterate({force: true});
      else await this.#queue.add(END, {}, DROPPED); // the worker removes what is left
    };
    await Promise.race([end().catch(() => {}), delay(END_MS, undefined, {ref: false})]);
    await Promise.all([this.#events.close(), this.#queue.close()].map(part => part.catch(() => {})));
  }
}

/** Events may hold the text of a value; what is none is found out by whoever reads the letter. */
function readValue(reply: unknown): unknown {
  if (typeof reply !== 'string') return reply;
  try {
    return JSON.parse(reply);
  } catch {
    return undefined;
  }
}

const DROPPED = {removeOnComplete: true, removeOnFail: true} as const;

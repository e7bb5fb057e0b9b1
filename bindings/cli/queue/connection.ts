/** One connection to a queue, from its URL: BullMQ on PostgreSQL or on Redis. */
import type {FlowProducer, Processor, Queue, QueueEvents, Worker, WorkerOptions} from 'bullmq';
import {CliError, EXIT} from '../io/exit.ts';
import {followServerClock} from './clock.ts';
import {type Bullmq, loadBullmq} from './packages.ts';
import {askingAgain} from './postgres-backend.ts';
import {type QueueUrl, queueUrl} from './url.ts';

/** Options of BullMQ that a worker may set. */
export type WorkerSettings = Omit<WorkerOptions, 'connection' | 'prefix' | 'telemetry'>;

/** All that it makes it closes. The data of jobs is `any`: whoever takes a job checks it. */
export interface QueueConnection {
  readonly kind: QueueUrl['kind'];
  /** Without user and password, for messages. */
  readonly address: string;
  queue(name: string): Queue;
  worker(name: string, processor: Processor, settings: WorkerSettings): Worker;
  events(name: string): QueueEvents;
  flows(): FlowProducer;
  /** An error of the server or its client as a person reads it; a `CliError` as it is. */
  errorOf(error: unknown): CliError;
  close(): Promise<void>;
}

/** What is closed at the end. */
type Part = Queue | Worker | QueueEvents | FlowProducer;

/** How long a server has to answer at first, and how long the end of a connection may take. */
const OPEN_MS = 20_000;
const CLOSE_MS = 5000;

/** Connections of one part of a program, and how long an idle one stays; PostgreSQL has 100 of them for all. */
const POOL = 2;
const IDLE_MS = 3000;

/**
 * @param given as `queueUrl` takes it
 * @param onTrouble takes a line when the server is lost; the parts connect again by themselves
 * @throws CliError where packages are missing, or no server answers
 */
export async function openQueue(
  given: string | undefined,
  onTrouble: (line: string) => void = () => {},
): Promise<QueueConnection> {
  const url = queueUrl(given);
  const connection = new Connection(url, await loadBullmq(url.kind), onTrouble);
  try {
    await connection.open();
    return connection;
  } catch (error) {
    await connection.close();
    throw connection.errorOf(error);
  }
}

class Connection implements QueueConnection {
  readonly #url: QueueUrl;
  readonly #bullmq: Bullmq;
  readonly #onTrouble: (line: string) => void;
  readonly #parts: Part[] = [];
  #restoreClock: () => void = () => {};
  /** PostgreSQL has the tables of BullMQ after the first part is ready. */
  #isMigrated = false;
  #lastTrouble = '';

  constructor(url: QueueUrl, bullmq: Bullmq, onTrouble: (line: string) => void) {
    this.#url = url;
    this.#bullmq = bullmq;
    this.#onTrouble = onTrouble;
  }

  get kind(): QueueUrl['kind'] {
    return this.#url.kind;
  }

  get address(): string {
    return this.#url.address;
  }

  async open(): Promise<void> {
    const first = this.queue('stowage');
    // the client of Redis tries for ever, and says why it has to
    const failed = new Promise<never>((_, reject) => first.once('error', reject));
    await within(Promise.race([first.waitUntilReady(), failed]), OPEN_MS, 'no answer');
    this.#isMigrated = true;
    if (this.kind === 'postgres') this.#restoreClock = await followServerClock(() => this.#serverTime(first));
  }

  queue(name: string): Queue {
    return this.#keep(new this.#bullmq.Queue(name, this.#options(), this.#backend()));
  }

  worker(name: string, processor: Processor, settings: WorkerSettings): Worker {
    const options = {...settings, ...this.#options()};
    return this.#keep(new this.#bullmq.Worker(name, processor, options, this.#backend()));
  }

  events(name: string): QueueEvents {
    return this.#keep(new this.#bullmq.QueueEvents(name, this.#options(), this.#backend()));
  }

  flows(): FlowProducer {
    return this.#keep(new this.#bullmq.FlowProducer(this.#options(), this.#backend()));
  }

  errorOf(error: unknown): CliError {
    if (error instanceof CliError) return error;
    return new CliError(`${this.address}: ${this.#url.hide(reasonOf(error))}`, EXIT.unreadable);
  }

  async close(): Promise<void> {
    this.#restoreClock();
    const parts = this.#parts.splice(0).reverse();
    // a server that is gone must not keep the program from ending
    await Promise.all(parts.map(part => within(part.close(), CLOSE_MS, '').catch(() => {})));
  }

  #keep<T extends Part>(part: T): T {
    (part as Queue).on('error', error => this.#report(error));
    this.#parts.push(part);
    return part;
  }

  /** The same trouble comes from each part, and again with each try. */
  #report(error: unknown): void {
    const {message} = this.errorOf(error);
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    this.#onTrouble(message);
  }

  #options(): {connection: object} {
    const {kind, url} = this.#url;
    if (kind === 'redis') return {connection: {url, maxRetriesPerRequest: null, connectTimeout: OPEN_MS}};
    const pool = {
      connectionString: url,
      max: POOL,
      idleTimeoutMillis: IDLE_MS,
      connectionTimeoutMillis: OPEN_MS,
      keepAlive: true,
    };
    return {connection: this.#isMigrated ? pool : {...pool, migrate: true}};
  }

  /** Absent for Redis, which BullMQ takes where none is named. Its types tie each backend to its own connection. */
  #backend(): undefined {
    const {createPostgresBackend} = this.#bullmq;
    const factory = this.kind === 'postgres' ? askingAgain(createPostgresBackend) : undefined;
    return factory as unknown as undefined;
  }

  async #serverTime(queue: Queue): Promise<number> {
    const {connection} = queue.getBackend() as unknown as {
      readonly connection: {readonly pool: {query(text: string): Promise<{rows: {now: string}[]}>}};
    };
    const {rows} = await connection.pool.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now');
    return Number(rows[0]!.now);
  }
}

/** @throws an error with the given message where the work takes longer. The work goes on, unheard. */
async function within<T>(work: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Node's error of several addresses has no message of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  const {code, message} = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'no server answers there (connection refused)';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'there is no host of this name';
  return message || code || String(error);
}

/** The far side of a seat: executes the tasks that arrive as messages. */
import {failureOf, UsageError} from '../../model/errors.ts';
import type {ProblemColumns} from '../../model/problem.ts';
import type {SubsolverTask, TaskResult} from '../executor.ts';
import {liveOnly} from '../live.ts';
import type {TaskPool} from '../task-pool.ts';
import {packReply, type SeatReply, type SeatRequest, type SeatResult, unpackRequest} from './messages.ts';

/** Makes what executes the tasks of a problem, one after another. */
export type NewPool = (columns: ProblemColumns, alignment: number | undefined) => TaskPool;

interface Held {
  readonly solve: string;
  readonly pool: TaskPool;
  /** Buffers of the problem. */
  readonly count: number;
  /** Tasks that were executed. */
  has: number;
  /** The last request that was answered, by the number of tasks before and after it, and the reply. */
  last?: {readonly before: number; readonly after: number; readonly reply: Uint8Array};
}

/** Executes tasks of solves elsewhere, of one problem at a time. */
export class Seat {
  readonly #newPool: NewPool;
  #held: Held | undefined;
  #isClosed = false;
  /** Requests are answered one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(newPool: NewPool) {
    this.#newPool = newPool;
  }

  /** The reply to a request; also for one that cannot be read, or whose tasks fail: then it says why. */
  answer(request: Uint8Array): Promise<Uint8Array> {
    const answered = this.#turn.then(() => this.#answer(request));
    this.#turn = answered;
    return answered;
  }

  /** Ends at once what it executes, and drops the problem. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  #drop(): void {
    this.#held?.pool.release();
    this.#held = undefined;
  }

  async #answer(message: Uint8Array): Promise<Uint8Array> {
    try {
      if (this.#isClosed) throw new UsageError('the seat is closed');
      return await this.#answerTo(unpackRequest(message));
    } catch (error) {
      // what failed may have left any state
      this.#drop();
      return packReply({failure: failureOf(error)});
    }
  }

  async #answerTo(request: SeatRequest): Promise<Uint8Array> {
    const {before, earlier, tasks} = request;
    const held = this.#heldFor(request);
    if (!held) return packReply({has: -1});
    const {last} = held;
    // it comes twice where the first reply was lost
    if (last?.before === before && last.after === before + tasks.length) return last.reply;
    if (held.has !== before) {
      if (held.has < before) return packReply({has: held.has});
      this.#drop();
      return packReply({has: -1});
    }
    checkOffsets(tasks, held.count);
    held.has = Number.NaN; // until they are executed
    const began = performance.now();
    const results = await held.pool.run(tasks.slice(earlier), tasks.slice(0, earlier));
    held.has = before + tasks.length;
    const reply = packReply({
      results: results.map(withoutProof),
      ms: performance.now() - began,
    } satisfies SeatReply);
    held.last = {before, after: held.has, reply};
    return reply;
  }

  /** What is held of the request's solve; undefined where it lacks the setup for that. */
  #heldFor({solve, setup}: SeatRequest): Held | undefined {
    if (this.#held?.solve === solve) return this.#held;
    if (!setup) return undefined;
    this.#drop();
    const {columns, alignment} = setup;
    if (liveOnly(columns).columns.count !== columns.count || columns.count === 0)
      throw new UsageError('setup.columns: expected buffers that hold bytes, and at least one');
    this.#held = {solve, pool: this.#newPool(columns, alignment), count: columns.count, has: 0};
    return this.#held;
  }
}

function checkOffsets(tasks: readonly SubsolverTask[], count: number): void {
  for (const {offsets} of tasks) {
    if (offsets && offsets.length !== count)
      throw new UsageError(`task.offsets: expected ${count} entries, got ${offsets.length}`);
  }
}

/** Peak and violations are found out on the other side. */
function withoutProof({found, bounds: _, ...result}: TaskResult): SeatResult {
  return found ? {...result, found: {algorithm: found.algorithm, offsets: found.offsets}} : result;
}

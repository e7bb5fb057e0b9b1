/** One seat as a solve sees it. */
import {HostError, revived, UsageError} from '../../model/errors.ts';
import type {SeatChannel} from '../../model/plan.ts';
import type {FoundPlan, SubsolverTask, TaskResult} from '../executor.ts';
import {
  packRequest,
  type SeatReply,
  type SeatRequest,
  type SeatResult,
  type SeatSetup,
  unpackReply,
} from './messages.ts';

/** The plan of offsets from elsewhere, verified here. */
export type Verify = (algorithm: FoundPlan['algorithm'], offsets: Float64Array) => FoundPlan;

/** That a seat executes nothing any more: its tasks are executed here. */
export class SeatLost extends Error {
  override readonly name = 'SeatLost';
}

export class RemoteSeat {
  readonly #channel: SeatChannel;
  readonly #solve: string;
  readonly #setup: SeatSetup;
  readonly #verify: Verify;
  /** All tasks that it has had, for whoever takes the seat next. */
  readonly #log: SubsolverTask[] = [];
  /** Whether the far side has replied to a request. */
  #isSetUp = false;

  /** `solve`: a name that no other solve has. */
  constructor(channel: SeatChannel, solve: string, setup: SeatSetup, verify: Verify) {
    this.#channel = channel;
    this.#solve = solve;
    this.#setup = setup;
    this.#verify = verify;
  }

  /** Tasks that it has had. */
  get log(): readonly SubsolverTask[] {
    return this.#log;
  }

  /** Prepares the seat, so that the first tasks do not wait for it. */
  open(): void {
    this.#channel.open?.();
  }

  /**
   * Executes the tasks elsewhere. `earlier`: tasks that were executed by others, and whose state these tasks continue.
   * @throws SeatLost where nobody executes them; HostError for a result that cannot be right.
   */
  async run(tasks: readonly SubsolverTask[], earlier: readonly SubsolverTask[]): Promise<TaskResult[]> {
    const before = this.#log.length;
    this.#log.push(...earlier, ...tasks);
    let reply = await this.#exchange(before, earlier.length);
    // whoever takes the seat over has executed less, or has another problem
    for (let attempt = 0; 'has' in reply && attempt < MOST_ATTEMPTS; attempt++) {
      if (reply.has < 0) this.#isSetUp = false;
      const has = Math.max(0, reply.has);
      if (has > before) throw refused(`says that it has executed ${has} tasks, and it had ${before}`);
      reply = await this.#exchange(has, this.#log.length - tasks.length - has);
    }
    if ('failure' in reply) throw new SeatLost(revived(reply.failure).message);
    if ('has' in reply) throw new SeatLost('it was given its tasks again and again, and lost them each time');
    if (reply.results.length !== tasks.length)
      throw refused(`returned ${reply.results.length} results for ${tasks.length} tasks`);
    return reply.results.map((result, i) => this.#checked(result, tasks[i]!));
  }

  async #exchange(before: number, earlier: number): Promise<SeatReply> {
    const request: SeatRequest = {
      solve: this.#solve,
      before,
      earlier,
      tasks: this.#log.slice(before),
      ...(this.#isSetUp ? {} : {setup: this.#setup}),
    };
    let reply: Uint8Array;
    try {
      reply = await this.#channel.send(packRequest(request));
    } catch (error) {
      throw new SeatLost((error as Error).message);
    }
    this.#isSetUp = true;
    try {
      return unpackReply(reply, this.#setup.columns.count);
    } catch (error) {
      if (error instanceof UsageError) throw refused(`gave an unreadable reply: ${error.message}`);
      throw error;
    }
  }

  #checked({found, ...result}: SeatResult, {peak}: SubsolverTask): TaskResult {
    if (!found) return {...result, isElsewhere: true};
    const began = performance.now();
    const plan = this.#verify(found.algorithm, found.offsets);
    const verifyMs = result.verifyMs + performance.now() - began;
    const [violation] = plan.violations;
    if (violation) {
      const {kind, a, b} = violation;
      throw refused(
        `made a plan that is none: ${kind}, buffer ${a}${b === undefined ? '' : ` and buffer ${b}`} of those that hold bytes`,
      );
    }
    // it may be no better than what is known, which changes nothing
    return {...result, verifyMs, isElsewhere: true, ...(plan.peak < peak ? {found: plan} : {})};
  }
}

/** A holder is replaced, and again while it catches up; not for ever. */
const MOST_ATTEMPTS = 20;

function refused(what: string): HostError {
  return new HostError(
    `a seat ${what}: its result is refused, and no plan is made. Use the same version of stowage on both sides, or plan without seats`,
  );
}

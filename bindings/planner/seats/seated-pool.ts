/** Runs the tasks of a solve in threads of this machine and in seats elsewhere. */
import type {SubsolverTask, Task, TaskResult} from '../executor.ts';
import type {OpportunisticPool, TaskPool} from '../task-pool.ts';
import {type RemoteSeat, SeatLost} from './remote-seat.ts';

/** Where a task is executed: in the threads here, or in the seat of that index. */
export const HERE = -1;

/** The seat of a task by number, or `HERE`. The exact search is here, so that its proofs are. */
export function seatOf(task: Task, threads: number, seats: number): number {
  if (task.type !== 'subsolver' || task.subsolver.kind === 'exact') return HERE;
  const place = task.number % (threads + seats);
  return place < threads ? HERE : place - threads;
}

export class SeatedPool implements OpportunisticPool {
  readonly #here: TaskPool;
  readonly #threads: number;
  /** Undefined where one is lost. */
  readonly #seats: (RemoteSeat | undefined)[];
  readonly #arrivals = new Arrivals();
  /** The last tasks of each place, after which its next ones run. */
  readonly #turns = new Map<number, Promise<unknown>>();

  #hereTurn: Promise<unknown> = Promise.resolve();
  #isReleased = false;

  /** `here` has that many threads. */
  constructor(here: TaskPool, threads: number, seats: readonly RemoteSeat[]) {
    this.#here = here;
    this.#threads = threads;
    this.#seats = [...seats];
  }

  get isReady(): boolean {
    return this.#here.isReady;
  }

  get startMs(): number {
    return this.#here.startMs;
  }

  async begin(): Promise<void> {
    for (const seat of this.#seats) seat?.open();
    await this.#here.begin();
  }

  async run(tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]> {
    const results: TaskResult[] = new Array(tasks.length);
    await Promise.all(
      this.#divided(tasks, earlier).map(async ({place, own, before}) => {
        const done = await this.#runIn(
          place,
          own.map(i => tasks[i]!),
          before,
        );
        own.forEach((i, k) => {
          results[i] = done[k]!;
        });
      }),
    );
    return results;
  }

  async runAny(tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]> {
    for (const {place, own, before} of this.#divided(tasks, earlier)) {
      const mine = own.map(i => tasks[i]!);
      const run = this.#runIn(place, mine, before).then(results =>
        results.map((result, k) => ({...result, number: (mine[k] as SubsolverTask).number})),
      );
      this.#arrivals.expect(run);
    }
    return this.#arrivals.next();
  }

  /** The places that have something to do, their tasks by index. */
  #divided(tasks: readonly Task[], earlier: readonly Task[]): Share[] {
    const places = [HERE, ...this.#seats.keys()];
    return places.flatMap(place => {
      const isOwn = (task: Task) => this.#placeOf(task) === place;
      const own = tasks.flatMap((task, i) => (isOwn(task) ? [i] : []));
      const before = earlier.filter(isOwn);
      return own.length + before.length > 0 ? [{place, own, before}] : [];
    });
  }

  /** Here where the seat of a task is lost. */
  #placeOf(task: Task): number {
    const seat = seatOf(task, this.#threads, this.#seats.length);
    return seat !== HERE && this.#seats[seat] ? seat : HERE;
  }

  /** The tasks of a place run one batch after another. */
  #runIn(place: number, tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]> {
    const before = this.#turns.get(place) ?? Promise.resolve();
    const run = before.then(() =>
      place === HERE ? this.#runHere(tasks, earlier) : this.#runInSeat(place, tasks, earlier),
    );
    const settled = run.catch(() => {});
    this.#turns.set(place, settled);
    return run;
  }

  async #runInSeat(
    place: number,
    tasks: readonly Task[],
    earlier: readonly Task[],
  ): Promise<readonly TaskResult[]> {
    const seat = this.#seats[place];
    if (!seat) return this.#runHere(tasks, earlier);
    try {
      // only subsolvers have places
      return await seat.run(tasks as readonly SubsolverTask[], earlier as readonly SubsolverTask[]);
    } catch (error) {
      if (!(error instanceof SeatLost) || this.#isReleased) throw error;
      this.#seats[place] = undefined;
      // what it has executed so far is executed again here
      return this.#runHere(tasks, seat.log.slice(0, seat.log.length - tasks.length));
    }
  }

  /** Threads execute one batch at a time; those of lost seats wait for their turn. */
  #runHere(tasks: readonly Task[], earlier: readonly Task[]): Promise<readonly TaskResult[]> {
    const run = this.#hereTurn.then(() => this.#here.run(tasks, earlier));
    this.#hereTurn = run.catch(() => {});
    return run;
  }

  release(): void {
    this.#isReleased = true;
    this.#here.release();
  }
}

interface Share {
  readonly place: number;
  readonly own: readonly number[];
  readonly before: readonly Task[];
}

/** Results of any place, as they come. */
class Arrivals {
  #results: TaskResult[] = [];
  #failure: unknown;
  #wake = () => {};

  expect(run: Promise<readonly TaskResult[]>): void {
    run.then(
      results => {
        this.#results.push(...results);
        this.#wake();
      },
      error => {
        this.#failure ??= error;
        this.#wake();
      },
    );
  }

  async next(): Promise<readonly TaskResult[]> {
    while (this.#results.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return this.#results.splice(0);
  }
}

/** Does tasks in threads: as many as are wanted and needed, each with a core of its own that holds the problem. */
import {CoreError, HostError, LimitError, UsageError} from '../model/errors.ts';
import type {ProblemColumns} from '../model/problem.ts';
import type {Report, Task} from './executor.ts';
import {startThread, type Thread, type ThreadEvents, type ThreadFile} from './thread.ts';
import type {Answer, Batch, Begin} from './worker-protocol.ts';

/** What the threads of a planner run. */
export interface Workers {
  readonly file: ThreadFile;
  /** The compiled core that they are to use in place of what their file carries. */
  readonly module?: WebAssembly.Module | undefined;
}

export class Crew {
  readonly #begin: Begin;
  readonly #members: Member[];

  /** `alignment` in bytes: for buffers that name none. */
  constructor(
    columns: ProblemColumns,
    alignment: number | undefined,
    {file, module}: Workers,
    threads: number,
  ) {
    this.#begin = {columns, alignment, module};
    this.#members = Array.from({length: threads}, () => new Member(file));
  }

  /** Does the tasks side by side; a strand always in the same thread. @throws what a task threw. */
  async perform(tasks: readonly Task[]): Promise<Report[]> {
    const reports: Report[] = new Array(tasks.length);
    const {length} = this.#members;
    await Promise.all(
      this.#members.map(async (member, m) => {
        const mine = tasks.flatMap((task, i) => (memberOf(task) % length === m ? [i] : []));
        if (mine.length === 0) return;
        const done = await member.perform(
          mine.map(i => tasks[i]!),
          this.#begin,
        );
        mine.forEach((i, k) => {
          reports[i] = done[k]!;
        });
      }),
    );
    return reports;
  }

  /** Ends all threads at once, whatever they are doing. */
  dismiss(): void {
    for (const member of this.#members) member.dismiss();
  }
}

function memberOf(task: Task): number {
  return task.type === 'strand' ? task.number : 0;
}

/** One thread, started with its first tasks. */
class Member {
  readonly #file: ThreadFile;
  #thread: Promise<Thread> | undefined;
  #isDismissed = false;
  #settle: {resolve(reports: readonly Report[]): void; reject(error: Error): void} | undefined;

  constructor(file: ThreadFile) {
    this.#file = file;
  }

  async perform(tasks: readonly Task[], begin: Begin): Promise<readonly Report[]> {
    const answered = new Promise<readonly Report[]>((resolve, reject) => {
      this.#settle = {resolve, reject};
    });
    this.#thread ??= this.#start(begin);
    const thread = await this.#thread;
    if (this.#isDismissed) thread.stop();
    else thread.post({tasks} satisfies Batch);
    return answered;
  }

  dismiss(): void {
    this.#isDismissed = true;
    void this.#thread?.then(
      thread => thread.stop(),
      () => {}, // never started: whoever wanted it has been told
    );
  }

  async #start(begin: Begin): Promise<Thread> {
    const events: ThreadEvents = {
      onMessage: message => {
        const answer = message as Answer;
        if ('reports' in answer) this.#settle?.resolve(answer.reports);
        else this.#settle?.reject(revived(answer.error));
      },
      onError: error => this.#settle?.reject(new CoreError(`a planning thread failed: ${error.message}`)),
    };
    const thread = await startThread(this.#file, events).catch((error: Error) => {
      throw new CoreError(`a planning thread could not be started: ${error.message}`);
    });
    thread.post(begin);
    return thread;
  }
}

function revived({name, message}: {readonly name: string; readonly message: string}): Error {
  if (name === 'UsageError') return new UsageError(message);
  if (name === 'LimitError') return new LimitError(message);
  if (name === 'HostError') return new HostError(message);
  return new CoreError(message);
}

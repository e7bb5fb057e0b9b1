/**
 * Processes that analyse files, each one at a time. Processes and not threads: a file that takes all memory ends its process
 * alone. They are in groups of their own, so Ctrl-C reaches this process only, which decides what to end.
 */
import {type ChildProcess, fork} from 'node:child_process';
import {CliError, EXIT} from '../io/exit.ts';
import type {AnalysisReply, AnalysisRequest} from './analysis.ts';
import type {ProcessReply, ProcessSetup} from './analysis-process.ts';
import {fileEntry} from './layout.ts';

interface Waiting {
  readonly request: AnalysisRequest;
  resolve(reply: AnalysisReply): void;
  reject(error: Error): void;
}

export class AnalysisPool {
  readonly #out: string;
  readonly #jobs: number;
  readonly #queue: Waiting[] = [];
  readonly #idle: ChildProcess[] = [];
  readonly #busy = new Map<ChildProcess, Waiting>();
  #isClosed = false;

  /** @param out the address of the store. */
  constructor(out: string, jobs: number) {
    this.#out = out;
    this.#jobs = jobs;
  }

  /**
   * The reply of a process. One that ends under way is a failure of the file, which is not written anywhere.
   * @throws CliError where the store fails, or the pool is closed
   */
  analyse(request: AnalysisRequest): Promise<AnalysisReply> {
    return new Promise((resolve, reject) => {
      this.#queue.push({request, resolve, reject});
      this.#next();
    });
  }

  /** Ends all processes at once. What they have in hand is rejected. */
  close(): void {
    this.#isClosed = true;
    for (const process of [...this.#idle, ...this.#busy.keys()]) process.kill('SIGKILL');
    const error = new CliError('the analysis was ended', EXIT.interrupted);
    for (const waiting of [...this.#busy.values(), ...this.#queue.splice(0)]) waiting.reject(error);
    this.#busy.clear();
  }

  #next(): void {
    while (!this.#isClosed && this.#queue.length > 0 && this.#busy.size < this.#jobs) {
      const process = this.#idle.pop() ?? this.#start();
      const waiting = this.#queue.shift()!;
      this.#busy.set(process, waiting);
      process.send(waiting.request);
    }
  }

  #start(): ChildProcess {
    const started = fork(new URL('./analysis-process.js', import.meta.url), {
      detached: true,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.send({out: this.#out} satisfies ProcessSetup);
    started.on('message', message => this.#take(started, message as ProcessReply));
    started.on('error', () => {}); // 'exit' follows, or the message was not sent, and it ends, too
    started.on('exit', (code, signal) => this.#lose(started, signal ?? `exit code ${code}`));
    return started;
  }

  #take(process: ChildProcess, message: ProcessReply): void {
    const waiting = this.#busy.get(process);
    this.#busy.delete(process);
    if (!this.#isClosed) this.#idle.push(process);
    if ('reply' in message) waiting?.resolve(message.reply);
    else waiting?.reject(new CliError(message.error.message, message.error.exitCode));
    this.#next();
  }

  #lose(process: ChildProcess, why: string): void {
    const waiting = this.#busy.get(process);
    this.#busy.delete(process);
    const at = this.#idle.indexOf(process);
    if (at >= 0) this.#idle.splice(at, 1);
    if (waiting) waiting.resolve(lost(waiting.request, why));
    this.#next();
  }
}

function lost(request: AnalysisRequest, why: string): AnalysisReply {
  const failure = {
    message: `the process that analysed it ended (${why}): it probably needs more memory than this machine has; run fewer jobs`,
    exitCode: EXIT.internal,
  };
  const file = fileEntry(request, {bytes: null, key: null, failure});
  return {file, failure, isKnown: false, peak: null};
}

/** The planning worker of one file. To stop a planning is to end its worker; a new one takes its place. */
import {isCancelled, transfer} from '../worker/link.ts';
import type {PlanningWorker} from '../worker/planning-worker.ts';
import {loadPart} from './carried.ts';
import {loadedProgram, type RunningWorker, type startFileWorker, startWorker} from './start-workers.ts';

const ignore = () => undefined;

export class PlanningSlot {
  readonly #file: ReturnType<typeof startFileWorker>;
  #worker: RunningWorker<PlanningWorker> | undefined;
  /** The worker that is to be there; aborted where another takes its place, or none. */
  #wanted = new AbortController();

  /** @param file the worker that will call the planning worker. */
  constructor(file: ReturnType<typeof startFileWorker>) {
    this.#file = file;
  }

  /** Ends the current planning; better plans that were reported before remain. */
  restart(): void {
    this.close();
    this.#wanted = new AbortController();
    const {port1, port2} = new MessageChannel();
    this.#file.ask(api => api.planning.connect(transfer(port2, [port2]))).catch(ignore);
    // calls wait at the port until the worker is there
    this.#start(port1, this.#wanted.signal).catch(error => this.#lose(error));
  }

  async #start(port: MessagePort, wanted: AbortSignal): Promise<void> {
    const program = await loadPart('planning');
    if (wanted.aborted) return;
    const worker = startWorker<PlanningWorker>('planning', program);
    const {blob} = loadedProgram(program);
    worker.ask(api => api.connect(transfer(port, [port]), blob)).catch(ignore);
    worker.gone.addEventListener('abort', () => this.#lose(worker.gone.reason));
    this.#worker = worker;
  }

  /** The file worker cannot see that the other end of its port is gone. */
  #lose(error: Error): void {
    if (!isCancelled(error)) this.#file.ask(api => api.planning.lose(error.message)).catch(ignore);
  }

  close(): void {
    this.#wanted.abort();
    this.#worker?.stop();
    this.#worker = undefined;
  }
}

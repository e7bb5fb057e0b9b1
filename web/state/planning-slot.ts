/** The planning worker of one file. To stop a planning is to end its worker; a new one takes its place. */
import {isCancelled, transfer} from '../worker/link.ts';
import type {PlanningWorker} from '../worker/planning-worker.ts';
import {type RunningWorker, type startFileWorker, startPlanningWorker} from './start-workers.ts';

export class PlanningSlot {
  readonly #file: ReturnType<typeof startFileWorker>;
  #worker: RunningWorker<PlanningWorker> | undefined;

  /** @param file the worker that will call the planning worker. */
  constructor(file: ReturnType<typeof startFileWorker>) {
    this.#file = file;
  }

  /** Ends the current planning; better plans that were reported before remain. */
  restart(): void {
    this.close();
    const worker = startPlanningWorker();
    const {port1, port2} = new MessageChannel();
    const ignore = () => undefined;
    worker.ask(api => api.connect(transfer(port1, [port1]))).catch(ignore);
    this.#file.ask(api => api.planning.connect(transfer(port2, [port2]))).catch(ignore);
    worker.gone.addEventListener('abort', () => {
      const {reason} = worker.gone;
      // the file worker cannot see that the other end of its port is gone
      if (!isCancelled(reason)) this.#file.ask(api => api.planning.lose(reason.message)).catch(ignore);
    });
    this.#worker = worker;
  }

  close(): void {
    this.#worker?.stop();
    this.#worker = undefined;
  }
}

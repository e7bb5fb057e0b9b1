/** The file worker's way to the planning worker, which the page starts, ends and replaces. */
import {CancelledError, Connection} from './link.ts';
import type {PlanningWorker} from './planning-worker.ts';

export class PlanningLink {
  #connection: Connection<PlanningWorker> | undefined;

  /** Calls go to the worker behind this port from now on; those under way are over. */
  connect(port: MessagePort): void {
    this.#connection?.end(new CancelledError());
    this.#connection = new Connection(port);
  }

  /** The worker has died. */
  lose(message: string): void {
    this.#connection?.end(new Error(message));
  }

  /** @throws before a worker is connected. */
  get worker(): Connection<PlanningWorker> {
    if (!this.#connection) throw new Error('no worker to plan in');
    return this.#connection;
  }
}

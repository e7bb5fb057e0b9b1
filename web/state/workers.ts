/** Starts the page's workers from the source that the page carries: from a blob, so that the page's policy holds there. */
import source from 'virtual:worker';
import {type Methods, Remote} from '../rpc.ts';
import type {Session} from '../worker/file-worker.ts';
import type {Work} from '../worker/planning-worker.ts';

/** A worker and the calls to it. */
export interface Running<Api extends Methods<Api>> {
  readonly remote: Remote<Api>;
  /** Ends it at once; what still waits for an answer fails as cancelled. */
  stop(): void;
}

let address: string | undefined;

function start<Api extends Methods<Api>>(name: string): Running<Api> {
  address ??= URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  const worker = new Worker(address, {name});
  const remote = new Remote<Api>(worker as unknown as ConstructorParameters<typeof Remote>[0]);
  worker.onerror = event => {
    event.preventDefault();
    remote.fail({name: 'WorkerError', message: event.message || 'the browser did not start a worker'});
  };
  return {
    remote,
    stop() {
      worker.terminate();
      remote.fail({name: 'Cancelled', message: 'cancelled'});
    },
  };
}

export const startSession = () => start<Session['methods']>('session');
export const startWork = () => start<Work['methods']>('work');

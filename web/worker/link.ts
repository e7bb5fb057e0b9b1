/**
 * Calls between the threads of the page, by Comlink. It lacks three things, which are here: errors keep their class
 * and their place in the input, a call fails when the thread that should answer it has ended, and a listener's port closes
 * with its call.
 */
import {
  type Endpoint,
  expose,
  type ProxyMarked,
  proxy,
  type Remote,
  transfer,
  transferHandlers,
  wrap,
} from 'comlink';
import {type Failure, failureOf, revived} from '../../bindings/model/errors.ts';

export {expose, type ProxyMarked, proxy, transfer};

/** A call that was ended on purpose. */
export class CancelledError extends Error {
  override readonly name = 'Cancelled';

  constructor() {
    super('cancelled');
  }
}

export function isCancelled(error: unknown): boolean {
  return error instanceof Error && error.name === 'Cancelled';
}

const {canHandle} = transferHandlers.get('throw')!;
transferHandlers.set('throw', {
  canHandle,
  serialize: thrown => [failureOf((thrown as {readonly value: unknown}).value), []],
  deserialize: thrown => {
    const failure = thrown as Failure;
    throw failure.name === 'Cancelled' ? new CancelledError() : revived(failure);
  },
});

/** The near end of the channel by which an object is called from another thread. */
const nearPorts = new WeakMap<object, MessagePort>();

transferHandlers.set('proxy', {
  ...transferHandlers.get('proxy')!,
  serialize(object) {
    const {port1, port2} = new MessageChannel();
    nearPorts.set(object as object, port1);
    expose(object, port1);
    return [port2, [port2]];
  },
});

/** Receives progress of a call to another thread. */
export type Listener<Progress> = (progress: Progress) => void;

/** The caller's end of a worker or a message port. */
export class Connection<Api> {
  readonly #api: Remote<Api>;
  readonly #end = new AbortController();

  constructor(endpoint: Endpoint) {
    this.#api = wrap<Api>(endpoint);
  }

  /** Aborted when the other end is gone; the reason is an error. */
  get gone(): AbortSignal {
    return this.#end.signal;
  }

  /** Nothing is answered any more: every call fails with the error, those under way too. */
  end(error: Error): void {
    this.#end.abort(error);
  }

  ask<Result>(question: (api: Remote<Api>) => PromiseLike<Result>): Promise<Result> {
    const {gone} = this;
    return new Promise<Result>((resolve, reject) => {
      const fail = () => reject(gone.reason);
      if (gone.aborted) return fail();
      gone.addEventListener('abort', fail);
      question(this.#api)
        .then(resolve, reject)
        .then(() => gone.removeEventListener('abort', fail));
    });
  }

  /** Asks with a listener. It hears nothing after the answer, which comes by another port and may overtake progress. */
  async follow<Progress, Result>(
    question: (api: Remote<Api>, listener: Listener<Progress> & ProxyMarked) => PromiseLike<Result>,
    listener: Listener<Progress>,
  ): Promise<Result> {
    let isOver = false;
    const heard = proxy((progress: Progress) => {
      if (!isOver) listener(progress);
    });
    try {
      return await this.ask(api => question(api, heard));
    } finally {
      isOver = true;
      nearPorts.get(heard)?.close(); // an open port would keep a process of Node alive
    }
  }
}

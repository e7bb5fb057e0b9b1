/**
 * BullMQ's backend on PostgreSQL, which asks again after a failure. A part of it keeps the outcome of its first connection for
 * ever: one that is made in the seconds in which the server restarts would fail until its process ends.
 */
import type {BackendFactory, PostgresConnectionOptions, PostgresQueueBackend} from 'bullmq';

type Factory = BackendFactory<PostgresQueueBackend, PostgresConnectionOptions>;

/** What keeps an outcome: the backend, and its connection. */
interface Ready {
  readyPromise?: Promise<void> | undefined;
  waitUntilReady(): Promise<void>;
}

export function askingAgain(create: Factory): Factory {
  return (...args) => {
    const backend = create(...args);
    const {connection} = backend as unknown as {readonly connection: Ready};
    forgetFailures(connection);
    forgetFailures(backend as unknown as Ready);
    return backend;
  };
}

function forgetFailures(part: Ready): void {
  const waitUntilReady = part.waitUntilReady.bind(part);
  part.waitUntilReady = async () => {
    try {
      await waitUntilReady();
    } catch (error) {
      part.readyPromise = undefined;
      throw error;
    }
  };
}

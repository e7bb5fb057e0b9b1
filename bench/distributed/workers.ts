/** A PostgreSQL server and workers of `stowage worker` for a bench. */
import {type ChildProcess, spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {SEAT_QUEUE} from '../../bindings/cli/queue/seat-jobs.ts';
import {startPostgres} from '../../tests/queue/postgres.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const START_MS = 20_000;

export interface BenchQueue {
  readonly url: string;
  /** Starts workers until there are so many. */
  workers(count: number): Promise<void>;
  close(): Promise<void>;
}

/** @param more arguments of each worker. */
export async function startQueue(...more: readonly string[]): Promise<BenchQueue> {
  const server = await startPostgres();
  const url = await server.database();
  const children: ChildProcess[] = [];
  return {
    url,
    async workers(count) {
      while (children.length < count) {
        const env = {...process.env, STOWAGE_QUEUE: url};
        const args = ['worker', '--queue', 'env', '--jobs', '1', ...more];
        children.push(spawn(process.execPath, [MAIN, ...args], {env, stdio: 'ignore'}));
      }
      await seen(url, count);
    },
    async close() {
      for (const child of children) child.kill('SIGKILL');
      await server.close();
    },
  };
}

async function seen(url: string, count: number): Promise<void> {
  const connection = await openQueue(url);
  const end = performance.now() + START_MS;
  try {
    const queue = connection.queue(SEAT_QUEUE);
    while ((await queue.getWorkersCount()) < count) {
      if (performance.now() > end)
        throw new Error(`${count} workers did not start within ${START_MS / 1000} s`);
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  } finally {
    await connection.close();
  }
}

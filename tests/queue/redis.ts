/** A Redis for a test: of `REDIS_URL`, or a `redis-server` of this machine with nothing on disk. */
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {lacks, type Skippable} from '../requirements.ts';
import {freePort} from './postgres.ts';

export interface TestRedis {
  readonly url: string;
  close(): Promise<void>;
}

/** Undefined, with the test skipped, where there is none. */
export async function redis(t: Skippable): Promise<TestRedis | undefined> {
  const {REDIS_URL} = process.env;
  if (REDIS_URL) return {url: REDIS_URL, close: async () => {}};
  if (spawnSync('redis-server', ['--version'], {stdio: 'ignore'}).status === 0) return startRedis();
  lacks(t, 'redis');
  return undefined;
}

async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {stdio: ['ignore', 'pipe', 'inherit']},
  );
  for await (const line of server.stdout) if (/ready to accept connections/i.test(String(line))) break;
  return {
    url: `redis://127.0.0.1:${port}`,
    async close() {
      server.kill();
      if (server.exitCode === null) await once(server, 'exit');
    },
  };
}

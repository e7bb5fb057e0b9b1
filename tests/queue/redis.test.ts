/** The same batch on Redis: two coordinators, and a worker that is killed. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {newFolder} from '../cli/stowage.ts';
import {endCommandsAfter, startCommand} from './commands.ts';
import {contentsOf, localBatch} from './faults.ts';
import {redis} from './redis.ts';

endCommandsAfter();

test('a batch on Redis writes the bytes of a local one', {timeout: 90_000}, async t => {
  const server = await redis(t);
  if (!server) return;
  try {
    const root = newFolder();
    for (let i = 0; i < 20; i++)
      writeFileSync(join(root, `rank${i}.csv`), `id,lower,upper,size\na,0,3,${10 + i}\nb,2,5,7\n`);
    writeFileSync(join(root, 'rank7.csv'), 'id,lower,upper,size\na,0,3\n');
    const [local, out] = [join(newFolder(), 'local'), join(newFolder(), 'out')];
    assert.equal(await localBatch(root, local), 3);
    const env = {STOWAGE_QUEUE: server.url};
    const worker = () =>
      startCommand(['worker', '--root', root, '--jobs', '1', '--heartbeat', '400ms'], {env});
    const batch = () => startCommand(['batch', root, '--root', root, '--out', out, '--queue', 'env'], {env});
    const [first, coordinators] = [worker(), [batch(), batch()]];
    while (!/works for/.test(first.output())) await setTimeout(20);
    await setTimeout(500);
    first.process.kill('SIGKILL');
    worker();
    for (const {end, output} of coordinators) assert.equal(await end, 3, output());
    assert.deepEqual(contentsOf(out), contentsOf(local));
  } finally {
    await server.close();
  }
});

test('a Redis that does not answer is an error with its address', {timeout: 60_000}, async () => {
  await assert.rejects(openQueue('redis://me:secret@127.0.0.1:1'), (error: Error) => {
    assert.match(error.message, /^redis:\/\/127\.0\.0\.1:1: no server answers there/);
    return true;
  });
});

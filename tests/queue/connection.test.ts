/** The connection to a queue, with a server. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {parseQueueUrl} from '../../bindings/cli/queue/url.ts';
import {sharedPostgres} from './postgres.ts';

const SECRET = 'a secret/word';

const serverFor = sharedPostgres();

test('an address shows no password', () => {
  const parsed = parseQueueUrl(
    'postgres://me:a%20secret%2Fword@db.example:5433/jobs?password=other',
    '--queue',
  );
  assert.equal(parsed.address, 'postgres://db.example:5433/jobs');
  assert.equal(
    parsed.hide(`failed for a%20secret%2Fword, ${SECRET} and other`),
    'failed for ***, *** and ***',
  );
});

test('what is no address of a queue is refused without being repeated', () => {
  for (const text of ['http://me:pass@host', 'postgres', 'redis', '//me:pass@host']) {
    assert.throws(
      () => parseQueueUrl(text, '--queue'),
      (error: Error) =>
        /^--queue: expected postgres:\/\//.test(error.message) && !error.message.includes('pass'),
    );
  }
});

test('a server that does not answer is an error with its address', async () => {
  await assert.rejects(openQueue('postgres://me:pass@127.0.0.1:1/jobs'), {
    message: 'postgres://127.0.0.1:1/jobs: no server answers there (connection refused)',
    exitCode: 3,
  });
});

test('a wrong password is an error that does not show it', async t => {
  const url = await (await serverFor(t))?.database();
  if (url === undefined) return;
  const wrong = url.replace(/:[^:@]+@/, ':not-this@');
  await assert.rejects(openQueue(wrong), (error: Error) => {
    assert.match(error.message, /^postgres:\/\/127\.0\.0\.1:\d+\/test\d: .*authentication failed/);
    assert.doesNotMatch(error.message, /not-this/);
    return true;
  });
});

test('jobs go from a queue to a worker', async t => {
  const url = await (await serverFor(t))?.database();
  if (url === undefined) return;
  const connection = await openQueue(url);
  try {
    const done: unknown[] = [];
    const queue = connection.queue('numbers');
    await queue.addBulk([1, 2, 3].map(n => ({name: 'n', data: {n}, opts: {jobId: `n-${n}`}})));
    await queue.addBulk([2, 3].map(n => ({name: 'n', data: {n}, opts: {jobId: `n-${n}`}})));
    const finished = new Promise<void>(resolve => {
      connection.worker(
        'numbers',
        async job => {
          if (done.push(job.data.n) === 3) resolve();
          return job.data.n * 2;
        },
        {},
      );
    });
    await finished;
    assert.deepEqual(done.sort(), [1, 2, 3]);
  } finally {
    await connection.close();
  }
});

test('while a queue is open, time is the server’s, whatever this machine’s clock does', async t => {
  const url = await (await serverFor(t))?.database();
  if (url === undefined) return;
  const own = Date.now;
  Date.now = () => own() + 86_400_000;
  try {
    const jumping = Date.now;
    const connection = await openQueue(url);
    try {
      assert.ok(Math.abs(Date.now() - own()) < 1000);
    } finally {
      await connection.close();
    }
    assert.equal(Date.now, jumping);
  } finally {
    Date.now = own;
  }
});

test('what is opened while the server is away works once it is there again', {timeout: 60_000}, async t => {
  const server = await serverFor(t);
  if (!server) return;
  const connection = await openQueue(await server.database());
  try {
    await server.stop();
    const queue = connection.queue('numbers');
    const flows = connection.flows();
    const flow = {name: 'n', queueName: 'numbers', data: {n: 1}};
    const done = new Promise<number>(resolve => {
      connection.worker('numbers', async job => resolve(job.data.n), {runRetryDelay: 200});
    });
    await assert.rejects(queue.getJobCounts());
    await assert.rejects(flows.add(flow));
    await server.start();
    await queue.getJobCounts();
    await flows.add(flow);
    assert.equal(await done, 1);
  } finally {
    await connection.close();
  }
});

/** Jobs of a batch that are not as they should be, and workers and coordinators as a user starts them. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {Ajv2020} from 'ajv/dist/2020.js';
import {version} from '../../bindings/cli/io/version.ts';
import {openQueue} from '../../bindings/cli/queue/connection.ts';
import {runFlow} from '../../bindings/cli/queue/flow.ts';
import {BATCH_QUEUE, type FileJob, fileJobOf, flowOf} from '../../bindings/cli/queue/jobs.ts';
import {placeOf} from '../../bindings/cli/queue/places.ts';
import type {BatchFile} from '../../bindings/report.ts';
import {newFolder, stowage} from '../cli/stowage.ts';
import {endCommandsAfter, startCommand} from './commands.ts';
import {sharedPostgres} from './postgres.ts';
import {startS3} from './s3-server.ts';

const LIMIT = {timeout: 60_000};
const serverFor = sharedPostgres();
endCommandsAfter();

const schema = JSON.parse(readFileSync(new URL('../../docs/worker.schema.json', import.meta.url), 'utf8'));
const fitsSchema = new Ajv2020().compile(schema);

const WORKER = ['--jobs', '1', '--heartbeat', '400ms'];

/** Problems of a few buffers, each of another size. @returns their folder */
function problems(count: number): string {
  const root = newFolder();
  for (let i = 0; i < count; i++)
    writeFileSync(join(root, `rank${i}.csv`), `id,lower,upper,size\na,0,3,${10 + i}\nb,2,5,7\n`);
  return root;
}

function jobOf(root: string, name: string, out: string, more: Partial<FileJob> = {}): FileJob {
  const hash = createHash('sha256')
    .update(readFileSync(join(root, name)))
    .digest('hex');
  return {name, hash, options: {}, version, out, ...more};
}

function entriesOf(out: string): Map<string, BatchFile> {
  const files = readdirSync(join(out, 'files')).map(
    name => JSON.parse(readFileSync(join(out, 'files', name), 'utf8')) as BatchFile,
  );
  return new Map(files.map(file => [file.name, file]));
}

const GOOD = {name: 'a/b.csv', hash: 'f'.repeat(64), options: {}, version, out: '/out'};

test('a job that names a file outside a root, or that no coordinator makes, is refused', () => {
  assert.deepEqual(fileJobOf({...GOOD, more: 1}), GOOD);
  for (const name of [
    '../x',
    'a/../../x',
    '/etc/passwd',
    'C:\\x',
    '\\\\host\\x',
    'a\\..\\..\\x',
    'a\0',
    '',
    7,
    null,
  ])
    assert.throws(() => fileJobOf({...GOOD, name}), /it names no file below a root/, String(name));
  for (const out of ['relative', '', 's3://', 7, undefined])
    assert.throws(() => fileJobOf({...GOOD, out}), /it names no folder and no bucket/, String(out));
  assert.throws(() => fileJobOf({...GOOD, hash: 'abc'}), /it names no file/);
  assert.throws(() => fileJobOf({...GOOD, rank: -1}), /it names no file/);
  assert.throws(() => fileJobOf({...GOOD, version: '9.9.9'}), /another version of stowage, "9\.9\.9"/);
  assert.throws(() => fileJobOf({...GOOD, options: {timeLimit: 5}}), /options: unknown "timeLimit"/);
  assert.throws(() => fileJobOf({...GOOD, options: {seed: 'x'}}), /options\.seed: expected/);
  for (const data of [null, undefined, 'text', []])
    assert.throws(() => fileJobOf(data), /the job is none of/);
});

test('a worker looks for names below its own root only, a folder or a URL', () => {
  assert.equal(placeOf('a/b.csv', '/mnt/run'), '/mnt/run/a/b.csv');
  assert.equal(placeOf('a b/#1.csv', 'https://host/run'), 'https://host/run/a%20b/%231.csv');
  assert.equal(placeOf('https://host/run/x.csv', 'https://host/run/'), 'https://host/run/x.csv');
  for (const name of ['https://host/other/x.csv', 'https://host/run/../x.csv', 'http://169.254.169.254/x'])
    assert.throws(() => placeOf(name, 'https://host/run'), /it is not below this worker's --root/);
  assert.throws(() => placeOf('https://host/x.csv', '/mnt/run'), /it is a URL: start workers with --root/);
});

test('bad jobs fail alone, after a bounded number of attempts, and say why', LIMIT, async t => {
  const server = await serverFor(t);
  if (!server) return;
  const url = await server.database();
  const root = problems(3);
  const out = join(newFolder(), 'out');
  const jobs = [
    jobOf(root, 'rank0.csv', out),
    jobOf(root, 'rank1.csv', out, {hash: 'f'.repeat(64)}),
    jobOf(root, 'rank2.csv', out, {rank: 2, name: 'gone.csv'}),
    {...GOOD, out, name: 'https://elsewhere/x.csv'},
  ];
  const connection = await openQueue(url);
  const worker = startCommand(['worker', '--root', root, ...WORKER], {env: {STOWAGE_QUEUE: url}});
  try {
    const end = await runFlow(connection, jobs, async () => jobs, {
      signal: new AbortController().signal,
      onState() {},
      onIdle() {},
    });
    const {failures, mergeFailure} = end!;
    assert.equal(mergeFailure, undefined);
    const changed = /^its content is not what it was/;
    assert.deepEqual([...failures.keys()].sort(), ['gone.csv', 'https://elsewhere/x.csv', 'rank1.csv']);
    assert.match(failures.get('rank1.csv')!, changed);
    const entries = entriesOf(out);
    assert.deepEqual([...entries.keys()].sort(), jobs.map(({name}) => name).sort());
    assert.notEqual(entries.get('rank0.csv')!.key, null);
    assert.match(entries.get('rank1.csv')!.failure!.message, changed);
    assert.deepEqual(entries.get('gone.csv'), {
      schema: 'stowage.file/1',
      name: 'gone.csv',
      rank: 2,
      bytes: null,
      key: null,
      failure: {message: 'no such file', exitCode: 3},
    });
    assert.match(entries.get('https://elsewhere/x.csv')!.failure!.message, /^it is a URL/);
    const failed = await connection.queue(BATCH_QUEUE).getFailed();
    assert.deepEqual(
      failed.map(({attemptsMade}) => attemptsMade),
      [3, 3, 3],
    );
    assert.match(worker.output(), /gone\.csv: no such file \(is tried again, twice at most\)/);
  } finally {
    await connection.close();
  }
});

test('a job whose workers end each time fails, and its file says so', LIMIT, async t => {
  const server = await serverFor(t);
  if (!server) return;
  const url = await server.database();
  const root = problems(2);
  const out = join(newFolder(), 'out');
  const jobs = [jobOf(root, 'rank0.csv', out), jobOf(root, 'rank1.csv', out)];
  const connection = await openQueue(url);
  try {
    await connection.flows().add(flowOf(jobs, {version, out}, 'parent-1'));
    // as the check for stalled jobs leaves it behind
    const {connection: database} = connection.queue(BATCH_QUEUE).getBackend() as unknown as {
      connection: {pool: {query(text: string): Promise<unknown>}};
    };
    await database.pool.query(
      `UPDATE job SET stalled_count = 6, deferred_failure = 'job stalled more than allowable limit' WHERE data->>'name' = 'rank0.csv'`,
    );
    const worker = startCommand(['worker', '--root', root, '--drain', '--json', ...WORKER], {
      env: {STOWAGE_QUEUE: url},
    });
    assert.equal(await worker.end, 0, worker.output());
    const printed = /^\{.*\}$/m.exec(worker.output())?.[0] ?? '';
    const report = JSON.parse(printed) as {files: number};
    assert.ok(fitsSchema(report as unknown), printed);
    assert.ok(report.files >= 1 && !printed.includes('secret'), printed);
    const entries = entriesOf(out);
    assert.match(
      entries.get('rank0.csv')!.failure!.message,
      /^each worker that had it ended before it was done/,
    );
    assert.equal(entries.get('rank1.csv')!.failure, null);
    assert.ok(readFileSync(join(out, 'run.json'), 'utf8').startsWith('{"schema":"stowage.run/1"'));
  } finally {
    await connection.close();
  }
});

test('results go to a bucket, and are the bytes of a local batch', LIMIT, async t => {
  const server = await serverFor(t);
  if (!server) return;
  const s3 = await startS3('bucket');
  try {
    const root = problems(4);
    const local = join(newFolder(), 'local');
    assert.equal(stowage(['batch', root, '--root', root, '--out', local]).status, 0);
    const env = {
      STOWAGE_QUEUE: await server.database(),
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    startCommand(['worker', '--root', root, ...WORKER], {env});
    const batch = startCommand(
      ['batch', root, '--root', root, '--out', 's3://bucket/run', '--queue', 'env', '--json'],
      {env},
    );
    assert.equal(await batch.end, 0, batch.output());
    const merged = stowage(['merge', local, '--json']);
    assert.equal(String(s3.objects.get('bucket/run/run.json')), merged.stdout);
    for (const folder of ['results', 'files', 'shares']) {
      for (const name of readdirSync(join(local, folder))) {
        const object = s3.objects.get(`bucket/run/${folder}/${name}`);
        assert.equal(String(object), readFileSync(join(local, folder, name), 'utf8'), name);
      }
    }
    assert.equal(s3.objects.size, readdirSync(join(local, 'results')).length + 4 + 1 + 1);
  } finally {
    await s3.close();
  }
});

test(
  'Ctrl-C ends a worker after the file in hand, and a coordinator with its jobs in the queue',
  LIMIT,
  async t => {
    const server = await serverFor(t);
    if (!server) return;
    const env = {STOWAGE_QUEUE: await server.database()};
    const root = problems(5);
    const out = join(newFolder(), 'out');
    const args = ['batch', root, '--root', root, '--out', out, '--queue', 'env'];
    const first = startCommand(args, {env});
    const connection = await openQueue(env.STOWAGE_QUEUE);
    const queue = connection.queue(BATCH_QUEUE);
    while ((await queue.getWaitingCount()) < 5) await setTimeout(50);
    first.process.kill('SIGINT');
    assert.equal(await first.end, 130);
    assert.match(
      first.output(),
      /interrupted: 0 of 5 files are done, and workers go on with those in the queue/,
    );
    const second = startCommand(args, {env});
    const worker = startCommand(['worker', '--root', root, ...WORKER], {env});
    assert.equal(await second.end, 0, second.output());
    assert.match(second.output(), /5 files: 5 analysed/);
    worker.process.kill('SIGINT');
    assert.equal(await worker.end, 0, worker.output());
    assert.match(worker.output(), /5 files done/);
    assert.deepEqual(await queue.getJobCounts('completed', 'waiting'), {completed: 6, waiting: 0});
    // all is there: nothing is done again
    const third = startCommand(args, {env});
    startCommand(['worker', '--root', root, ...WORKER], {env});
    assert.equal(await third.end, 0);
    assert.match(third.output(), /5 files: 0 analysed, 5 there already/);
    await connection.close();
  },
);

test('what cannot be combined with a queue, and a queue that is not given, are usage errors', () => {
  const root = problems(1);
  const refused = (args: string[], message: RegExp) => {
    const {status, stderr} = stowage(args);
    assert.equal(status, 2);
    assert.match(stderr, message);
  };
  const batch = ['batch', root, '--root', root, '--out', join(root, 'out')];
  refused([...batch, '--queue', 'redis://h', '--jobs', '2'], /--jobs and --queue cannot be combined/);
  refused([...batch, '--queue', 'redis://h', '--shard', '1/2'], /--shard and --queue cannot be combined/);
  refused([...batch, '--queue', 'http://me:secret@h'], /--queue: expected postgres:\/\/USER@HOST/);
  refused(['worker', '--root', root], /no queue is given: set STOWAGE_QUEUE, or --queue/);
  refused(
    [
      'batch',
      join(root, 'rank0.csv'),
      '--root',
      join(root, 'deeper'),
      '--out',
      join(root, 'out'),
      '--queue',
      'redis://h',
    ],
    /is not below --root/,
  );
});

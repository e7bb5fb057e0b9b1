/** Seats on workers of a real queue: the same plans, also where workers die, never come, or lie. */
import assert from 'node:assert/strict';
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {type TestContext, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {Ajv2020} from 'ajv/dist/2020.js';
import {openQueue, type QueueConnection} from '../../bindings/cli/queue/connection.ts';
import {openSeats, type QueueSeats} from '../../bindings/cli/queue/seat-channel.ts';
import {letterOf, messageOf, SEAT_QUEUE, seatJobOf} from '../../bindings/cli/queue/seat-jobs.ts';
import {serveSeats} from '../../bindings/cli/queue/seat-worker.ts';
import type {Plan, Planner} from '../../bindings/index.ts';
import {newFolder} from '../cli/stowage.ts';
import {filled, seeded} from '../random.ts';
import {sharedPostgres} from './postgres.ts';

const {loadPlanner} = (await import(
  '../../dist/index.js'
)) as unknown as typeof import('../../bindings/index.ts');
const planner: Planner = await loadPlanner();
const postgres = sharedPostgres();
const SCHEMA = new URL('../../docs/plan.schema.json', import.meta.url);
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

const hard = filled(seeded(3), 200, 400, 400);
const LIMIT = {nodeLimit: 90_001};
const expected = essence(planner.plan(hard, LIMIT));

function essence({offsets, peak, lowerBound, status, algorithm, nodes}: Plan): unknown {
  return {offsets: [...offsets], peak, lowerBound, status, algorithm, nodes};
}

interface Bench {
  readonly url: string;
  readonly notices: string[];
  worker(): Promise<{close(): Promise<void>; readonly connection: QueueConnection}>;
  seats(count: number | undefined, waitMs?: number): Promise<QueueSeats>;
}

/** A database of its own; all that is opened is closed at the end. */
async function bench(t: TestContext): Promise<Bench | undefined> {
  const server = await postgres(t);
  if (!server) return undefined;
  const url = await server.database();
  const notices: string[] = [];
  const opened: {close(): Promise<void>}[] = [];
  t.after(async () => {
    for (const {close} of opened.reverse()) await close();
  });
  return {
    url,
    notices,
    async worker() {
      const connection = await openQueue(url);
      const leaving = new AbortController();
      const service = serveSeats(connection, planner, 1, leaving.signal);
      const worker = {
        connection,
        async close() {
          leaving.abort();
          await service.worker.close();
          await connection.close();
        },
      };
      opened.push(worker);
      return worker;
    },
    async seats(count, waitMs = 10_000) {
      const onNotice = (line: string) => void notices.push(line);
      const seats = await openSeats(url, {
        ...(count === undefined ? {} : {count}),
        opportunistic: false,
        waitMs,
        onNotice,
      });
      opened.push({close: () => seats.close()});
      return seats;
    },
  };
}

test('a plan with workers of a queue is the same, and they are used again', async t => {
  const use = await bench(t);
  if (!use) return;
  await use.worker();
  await use.worker();
  const seats = await use.seats(undefined);
  assert.equal(seats.channels.length, 2, 'as many seats as workers');
  for (let i = 0; i < 2; i++) {
    const plan = await planner.planAsync(hard, {...LIMIT, seats: seats.channels});
    assert.deepEqual(essence(plan), expected);
  }
  assert.equal(seats.taken, 2);
  t.diagnostic(`${seats.exchanges.count} exchanges in ${Math.round(seats.exchanges.ms)} ms`);
  assert.deepEqual(use.notices, []);
});

test('a worker that leaves in the middle is followed by another', async t => {
  const use = await bench(t);
  if (!use) return;
  const first = await use.worker();
  const seats = await use.seats(1);
  const [channel] = seats.channels;
  let requests = 0;
  const send = async (request: Uint8Array) => {
    if (requests++ === 2) {
      await first.close();
      await use.worker();
    }
    return channel!.send(request);
  };
  const plan = await planner.planAsync(hard, {...LIMIT, seats: [{send}]});
  assert.deepEqual(essence(plan), expected);
  assert.ok(requests > 3, `${requests} requests`);
  assert.match(use.notices.join('\n'), /its worker has left; another worker is asked to go on/);
});

test('where no worker comes, this machine does its part, and says so', async t => {
  const use = await bench(t);
  if (!use) return;
  const seats = await use.seats(1, 4000);
  const plan = await planner.planAsync(hard, {...LIMIT, seats: seats.channels});
  assert.deepEqual(essence(plan), expected);
  assert.equal(seats.taken, 0);
  const [waiting, none] = use.notices;
  assert.match(waiting!, /127\.0\.0\.1:\d+\/test\d+: waiting for a worker/);
  assert.match(none!, /no worker came; this machine does its part/);
  assert.ok(!use.notices.join().includes('secret'));
  await seats.close();
  const connection = await openQueue(use.url);
  t.after(() => connection.close());
  assert.equal(
    await connection.queue(SEAT_QUEUE).getJobCountByTypes('waiting', 'active'),
    0,
    'nobody is asked any more',
  );
});

test('a seat that is closed before anything came of it keeps no worker', async t => {
  const use = await bench(t);
  if (!use) return;
  const {connection} = await use.worker();
  const queue = connection.queue(SEAT_QUEUE);
  for (let i = 0; i < 2; i++) {
    const seats = await use.seats(1);
    seats.channels[0]!.open!();
    for (let k = 0; k < 200 && (await queue.getActiveCount()) === 0; k++) await setTimeout(10);
    assert.equal(await queue.getActiveCount(), 1);
    await seats.close();
    for (let k = 0; k < 50 && (await queue.getActiveCount()) > 0; k++) await setTimeout(100);
    assert.equal(await queue.getActiveCount(), 0, 'it waits for no silence of 30 s');
  }
});

test('after a solve the queue holds nothing of it', async t => {
  const use = await bench(t);
  if (!use) return;
  const {connection} = await use.worker();
  const seats = await use.seats(1);
  await planner.planAsync(hard, {...LIMIT, seats: seats.channels});
  await seats.close();
  const queue = connection.queue(SEAT_QUEUE);
  for (let i = 0; i < 50 && (await queue.getJobCountByTypes('active')) > 0; i++) await setTimeout(100);
  assert.equal(await queue.getJobCountByTypes('active', 'waiting', 'failed'), 0);
});

/** `stowage worker` as a process; it is killed at the end. */
async function workerProcess(t: TestContext, url: string, cwd: string): Promise<ChildProcess> {
  const env = {...process.env, STOWAGE_QUEUE: url};
  const child = spawn(process.execPath, [MAIN, 'worker', '--queue', 'env', '--jobs', '1'], {env, cwd});
  t.after(() => child.kill('SIGKILL'));
  for await (const chunk of child.stderr) if (String(chunk).includes('works for')) break;
  return child;
}

/** `stowage plan` with these arguments; its standard error as it comes. */
async function planned(
  args: readonly string[],
  url: string,
  cwd: string,
  onLine: (text: string) => void = () => {},
): Promise<{code: number | null; stdout: string; stderr: string}> {
  const env = {...process.env, STOWAGE_QUEUE: url};
  const child = spawn(process.execPath, [MAIN, 'plan', 'hard.csv', ...args], {env, cwd});
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
    onLine(stderr);
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return {code, stdout, stderr};
}

function fileOf(problem: typeof hard): string {
  const rows = problem.buffers.map(({start, end, size}, i) => `${i},${start},${end},${size}`);
  return ['id,lower,upper,size', ...rows, ''].join('\n');
}

test('plan --queue with two stowage workers, one of which is killed: the same file', async t => {
  const use = await bench(t);
  if (!use) return;
  const cwd = newFolder();
  writeFileSync(join(cwd, 'hard.csv'), fileOf(hard));
  const limit = ['--node-limit', '400001'];
  const alone = await planned([...limit, '-o', 'alone.csv'], use.url, cwd);
  assert.equal(alone.code, 0, alone.stderr);
  const workers = [await workerProcess(t, use.url, cwd), await workerProcess(t, use.url, cwd)];
  const together = planned([...limit, '--queue', 'env', '--json', '-o', 'together.csv'], use.url, cwd);
  // in the middle of it, whichever of the two has a seat
  const connection = await openQueue(use.url);
  t.after(() => connection.close());
  const queue = connection.queue(SEAT_QUEUE);
  const end = performance.now() + 10_000;
  while ((await queue.getActiveCount()) < 2 && performance.now() < end) await setTimeout(20);
  workers[0]!.kill('SIGKILL');
  const {code, stdout, stderr} = await together;
  assert.equal(code, 0, stderr);
  const read = (name: string) => readFileSync(join(cwd, name), 'utf8');
  assert.equal(read('together.csv'), read('alone.csv'));
  const json: unknown = JSON.parse(stdout);
  const schema = JSON.parse(readFileSync(SCHEMA, 'utf8')) as object;
  assert.ok(new Ajv2020({allowUnionTypes: true}).validate(schema, json), 'the schema of a plan');
  const {workers: said, warnings} = json as {workers: {took: number}; warnings: string[]};
  const {took} = said;
  assert.ok(took === 1 || took === 2, 'the one that is killed may have done nothing yet');
  assert.deepEqual(said, {wanted: 2, took, opportunistic: false, boundElsewhere: false});
  assert.deepEqual(warnings, []);
  assert.match(stderr, /shows no sign of life; another worker is asked to go on|no worker came/);
  const text = await planned(
    ['--node-limit', '150001', '--queue', 'env', '--workers', '1', '--opportunistic'],
    use.url,
    cwd,
  );
  assert.match(text.stdout, /^workers {6}1 of 1, and 1 thread here; results were taken as they came/m);
});

test('options about workers want a queue', async () => {
  const {code, stderr} = await planned(['--opportunistic'], '', newFolder());
  assert.equal(code, 2);
  assert.match(stderr, /--opportunistic is about workers of a queue: add --queue/);
});

test('a worker opens no queue but a seat, and reads no message that is none', () => {
  for (const data of [undefined, {}, {link: 'stowage-batch-1'}, {link: 'stowage-seat-../x'}, {link: 3}])
    assert.throws(() => seatJobOf(data), {name: 'UsageError'});
  for (const letter of [undefined, {}, {message: 3}, {message: '%%%%'}, {message: 'AAAA'}])
    assert.throws(() => messageOf(letter), {name: 'UsageError'});
  const bomb = letterOf(new Uint8Array(300 << 20));
  assert.throws(() => messageOf(bomb), {name: 'UsageError', message: /damaged/});
  const bytes = Uint8Array.from({length: 1000}, (_, i) => i % 251);
  assert.deepEqual([...messageOf(letterOf(bytes))], [...bytes]);
});

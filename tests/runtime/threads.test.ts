/** Workers over one shared memory: regions apart, counters exact, frees from anywhere. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setFlagsFromString} from 'node:v8';
import {Worker} from 'node:worker_threads';
import {UsageError} from '../../bindings/index.ts';
import {attachRuntime, type SharedRegions, shareMemory} from '../../bindings/runtime.ts';

/** The built package: a thread is a file, or a text, of its own. */
const BUILT = new URL('../../dist/runtime.js', import.meta.url).href;
const PLANNER = new URL('../../dist/index.js', import.meta.url).href;

/** Runs `body` in a thread, with `runtime`, `planner`, `index`, `shared` and `mail` in scope. @returns what it returns */
function inThread<T>(
  shared: SharedRegions,
  index: number,
  body: string,
  mail: SharedArrayBuffer,
): Promise<T> {
  const text = `
    const {parentPort, workerData} = require('node:worker_threads');
    Promise.all([import(${JSON.stringify(BUILT)}), import(${JSON.stringify(PLANNER)})]).then(([{attachRuntime}, {loadPlannerSync}]) => {
      const {shared, index} = workerData;
      const mail = new Int32Array(workerData.mail);
      const planner = loadPlannerSync();
      const runtime = attachRuntime(shared, index);
      parentPort.postMessage((() => {${body}})());
    });`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(text, {eval: true, workerData: {shared, index, mail}});
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Iterations of 100 blocks, stamped with the worker's number; ten million mallocs and frees between two workers. */
const ITERATIONS = 25_000;
const BLOCKS = 100;
const CHURN = `
  const bytes = new Uint8Array(runtime.buffer);
  const keys = Array.from({length: ${BLOCKS}}, (_, i) => runtime.key('op' + i));
  let lost = 0, outside = 0;
  const {base, bytes: length} = shared.regions[index];
  for (let iteration = 0; iteration < ${ITERATIONS}; iteration++) {
    runtime.begin();
    const live = [];
    for (let i = 0; i < ${BLOCKS}; i++) {
      // now and then larger than recorded, by what no plan was made for
      const size = 64 + 16 * (i % 7) + (iteration % 97 === 50 && i % 10 === 3 ? 256 : 0);
      const address = runtime.malloc(keys[i], size);
      if (address < base || address + size > base + length) outside++;
      bytes[address] = bytes[address + size - 1] = 2 * i + index & 255;
      live.push([address, size, i]);
      while (live.length > 8) {
        const [at, size, i] = live.splice(iteration % 9, 1)[0];
        if (bytes[at] !== (2 * i + index & 255) || bytes[at + size - 1] !== bytes[at]) lost++;
        runtime.free(at);
      }
    }
    for (const [at] of live) runtime.free(at);
    runtime.end();
    if (iteration === 7) runtime.plan(planner);
  }
  return {lost, outside, statistics: runtime.statistics};
`;

interface Outcome {
  readonly lost: number;
  readonly outside: number;
  readonly statistics: ReturnType<typeof attachRuntime>['statistics'];
}

test('two workers, ten million operations: arenas apart, no byte lost, every allocation in one counter', async context => {
  const shared = shareMemory({workers: 2, bytes: 4 << 20});
  const mail = new SharedArrayBuffer(64);
  const outcomes = await Promise.all([0, 1].map(index => inThread<Outcome>(shared, index, CHURN, mail)));
  for (const {lost, outside, statistics} of outcomes) {
    const {served, larger, blocked, extra, unknown, unmanaged, unplanned, strays, live} = statistics;
    assert.deepEqual(
      {lost, outside, strays, live, extra, unknown, unmanaged},
      {
        lost: 0,
        outside: 0,
        strays: 0,
        live: 0,
        extra: 0,
        unknown: 0,
        unmanaged: 0,
      },
    );
    assert.equal(served + larger + blocked + unplanned, ITERATIONS * BLOCKS);
    assert.ok(
      served > 0.9 * ITERATIONS * BLOCKS && larger > 0 && blocked > 0,
      `${served} served, ${larger} larger, ${blocked} blocked`,
    );
    context.diagnostic(JSON.stringify({served, larger, blocked, unplanned}));
  }
});

/** Allocates and hands batch after batch to the other worker by mail, which checks and frees them at the same time. */
const BATCHES = 100;
const BATCH = 1000;
const EXCHANGE = `
  const bytes = new DataView(runtime.buffer);
  const box = worker => 16 + worker * ${BATCH};
  let lost = 0;
  // both wait until both have come so far
  const meet = round => {
    Atomics.add(mail, 0, 1);
    Atomics.notify(mail, 0);
    for (let seen; (seen = Atomics.load(mail, 0)) < 2 * round; ) Atomics.wait(mail, 0, seen, 1000);
  };
  for (let batch = 0; batch < ${BATCHES}; batch++) {
    runtime.begin();
    for (let i = 0; i < ${BATCH}; i++) {
      const address = runtime.malloc(7, 100);
      bytes.setInt32(address, address, true);
      bytes.setInt32(address + 96, ~address, true);
      mail[box(index) + i] = address;
    }
    runtime.end();
    meet(2 * batch + 1);
    for (let i = 0; i < ${BATCH}; i++) {
      const address = mail[box(1 - index) + i];
      if (bytes.getInt32(address, true) !== address || bytes.getInt32(address + 96, true) !== ~address) lost++;
      if (!runtime.free(address)) lost++;
      if (i % 10 === 0) runtime.free(runtime.malloc(8, 50)); // the queue fills while its owner works
    }
    meet(2 * batch + 2);
  }
  runtime.collect();
  meet(${2 * BATCHES + 1});
  runtime.collect();
  return {lost, outside: 0, statistics: runtime.statistics};
`;

test('a worker may free a block of another: all memory comes back, and is counted', async () => {
  const shared = shareMemory({workers: 2, bytes: 4 << 20});
  const mail = new SharedArrayBuffer(4 * (16 + 2 * BATCH));
  const outcomes = await Promise.all([0, 1].map(index => inThread<Outcome>(shared, index, EXCHANGE, mail)));
  for (const {lost, statistics} of outcomes) {
    const {remote, strays, live} = statistics;
    assert.deepEqual({lost, remote, strays, live}, {lost: 0, remote: BATCHES * BATCH, strays: 0, live: 0});
  }
});

/** One worker's blocks, of which three others free a part each, at the same time: their calls race for one queue. */
const PRODUCERS = 3;
const RACE = `
  const meet = round => {
    Atomics.add(mail, 0, 1);
    while (Atomics.load(mail, 0) < ${PRODUCERS + 1} * round);
  };
  for (let batch = 0; batch < ${BATCHES}; batch++) {
    if (index === 0) {
      runtime.begin();
      for (let i = 0; i < ${BATCH}; i++) mail[16 + i] = runtime.malloc(7, 100);
      runtime.end();
    }
    meet(2 * batch + 1);
    for (let i = index - 1; index > 0 && i < ${BATCH}; i += ${PRODUCERS}) runtime.free(mail[16 + i]);
    meet(2 * batch + 2);
    if (index === 0) runtime.collect();
  }
  return {lost: 0, outside: 0, statistics: runtime.statistics};
`;

for (const flag of ['liftoff-only', 'no-liftoff'])
  test(`three workers free the blocks of a fourth at once, and none is lost (V8 with --${flag})`, async () => {
    setFlagsFromString(`--${flag}`);
    try {
      const shared = shareMemory({workers: PRODUCERS + 1, bytes: 4 << 20});
      const mail = new SharedArrayBuffer(4 * (16 + BATCH));
      const indices = Array.from({length: PRODUCERS + 1}, (_, index) => index);
      const outcomes = await Promise.all(indices.map(index => inThread<Outcome>(shared, index, RACE, mail)));
      const {remote, strays, live} = outcomes[0]!.statistics;
      assert.deepEqual({remote, strays, live}, {remote: BATCHES * BATCH, strays: 0, live: 0});
    } finally {
      setFlagsFromString(flag === 'liftoff-only' ? '--no-liftoff-only' : '--liftoff');
    }
  });

test('a full queue refuses nothing: the blocks beyond it are freed later', () => {
  const shared = shareMemory({workers: 2, bytes: 4 << 20});
  const [first, second] = [attachRuntime(shared, 0), attachRuntime(shared, 1)];
  const blocks = Array.from({length: 10_000}, (_, i) => first.malloc(i, 64));
  for (const address of blocks) assert.ok(second.free(address));
  for (let i = 0; i < 3; i++) {
    first.collect();
    second.collect();
  }
  first.collect();
  const {live, remote} = first.statistics;
  assert.deepEqual({live, remote}, {live: 0, remote: 10_000});
});

test('in a page that is not isolated, sharing says which headers are missing', () => {
  Object.defineProperty(globalThis, 'crossOriginIsolated', {value: false, configurable: true});
  try {
    assert.throws(
      () => shareMemory({workers: 2}),
      (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, /Cross-Origin-Opener-Policy.*Cross-Origin-Embedder-Policy/);
        return true;
      },
    );
  } finally {
    Reflect.deleteProperty(globalThis, 'crossOriginIsolated');
  }
});

/** Threads that end by themselves, and hosts that refuse memory: an error that says so, and never a wait without end. */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {type TestContext, test} from 'node:test';
import {scattered} from '../../bench/instances.ts';
import {HostError, type ProblemColumns} from '../../bindings/index.ts';
import {IdleWorkers} from '../../bindings/planner/idle-workers.ts';
import {Planner} from '../../bindings/planner/planner.ts';
import type {ThreadFile} from '../../bindings/planner/thread.ts';
import {BUILDS} from '../builds.ts';
import {has} from '../requirements.ts';

const {module} = BUILDS.find(({name}) => name === 'release')!;
const WORKER = new URL('../../dist/planner/worker.js', import.meta.url);

/** A thread that runs the source. */
function running(source: string): ThreadFile {
  return {
    web: () => assert.fail('Node has no Web Workers'),
    url: () => new URL(`data:text/javascript,${encodeURIComponent(source)}`),
  };
}

const IMPORT = "import {parentPort} from 'node:worker_threads';";
const READY = `${IMPORT} parentPort.postMessage({isReady: true});`;

/** No search ends on it by itself, so the workers take part. */
const hard: ProblemColumns = scattered(1500, 5);

const ENDS: readonly [name: string, source: string][] = [
  ['at once', 'process.exit(3)'],
  ['when it is given a problem', `${READY} parentPort.on('message', () => process.exit(3));`],
  [
    'when it is given a task',
    `${READY} parentPort.on('message', ({tasks}) => { if (tasks) process.exit(3); });`,
  ],
  [
    'by closing its port',
    `${READY} parentPort.on('message', ({tasks}) => { if (tasks) parentPort.close(); });`,
  ],
];

for (const [when, source] of ENDS) {
  test(`a thread that ends ${when} ends planning`, {timeout: 30_000}, async () => {
    const planner = new Planner(module, {file: running(source), module});
    await assert.rejects(
      planner.planAsync(hard, {threads: 2, nodeLimit: 1e9}),
      (error: Error) =>
        error instanceof HostError && /a planning thread ended before its result/.test(error.message),
    );
  });
}

test('an idle worker that has ended is not used again', {timeout: 30_000}, async () => {
  // it ends as soon as it rests
  const source = `${READY} parentPort.on('message', ({isOver}) => { if (isOver) process.exit(0); });`;
  const idle = new IdleWorkers(running(source));
  const first = idle.take();
  await first.ready;
  await idle.give(first);
  for (let i = 0; i < 500 && first.isUsable; i++) await new Promise(resolve => setTimeout(resolve, 10));
  assert.equal(first.isUsable, false);
  const second = idle.take();
  assert.notEqual(second, first);
  second.terminate();
});

test('after a thread has ended the next problem is planned in a new one', {timeout: 60_000}, async () => {
  let started = 0;
  const file = running('process.exit(3)');
  const url = () => (started++ === 0 ? file.url() : WORKER);
  const planner = new Planner(module, {file: {...file, url}, module});
  const limited = {threads: 1, nodeLimit: 400_000};
  await assert.rejects(planner.planAsync(hard, limited), HostError);
  const plan = await planner.planAsync(hard, limited);
  assert.deepEqual(plan.offsets, planner.plan(hard, {nodeLimit: 400_000}).offsets);
});

/** Runs a module of the built package with so many KiB of address space at most. */
function withAddressSpace(t: TestContext, kib: number, source: string): string | undefined {
  if (!has(t, 'linux')) return undefined;
  const script = `ulimit -v ${kib}; exec "$0" --input-type=module --eval "$1"`;
  const {stdout, stderr} = spawnSync('sh', ['-c', script, process.execPath, source], {
    cwd: new URL('../../', import.meta.url),
    encoding: 'utf8',
    timeout: 60_000,
  });
  return stdout + stderr;
}

test('where the address space is limited, the error says so, and stowage/js plans', t => {
  const plans = (entry: string) => `
    const {loadPlanner} = await import('./dist/${entry}.js');
    try {
      const planner = await loadPlanner();
      console.log(planner.plan({buffers: [{size: 8, start: 0, end: 2}]}).peak);
    } catch (error) {
      console.log(error.name, error.message);
    }`;
  const refused = withAddressSpace(t, 4 << 20, plans('index'));
  if (refused === undefined) return;
  assert.match(refused, /^HostError this host grants WebAssembly no memory .*ulimit -v.*stowage\/js/);
  assert.equal(withAddressSpace(t, 4 << 20, plans('js')), '8\n');
});

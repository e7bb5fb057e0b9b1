/** Replays under the memory that a failed request shows: the limit, the failures, and which settings help. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  betterTrials,
  describeAllocator,
  describeFailures,
  deviceLimit,
  failuresOf,
  makeAllocator,
  parseAllocator,
  replay,
  requestsBeforeEvents,
  requestsOf,
  trySettings,
} from '../../bindings/allocators/index.ts';
import type {Trace} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';
import {type Pickled, pickle} from '../trace/pickle.ts';
import {BASE, block, entry, freed, resetClock, segment, snapshot} from '../trace/snapshots.ts';

const MIB = 2 ** 20;
type Entry = Readonly<Record<string, Pickled>>;

function oom(mib: number, free: number): Entry {
  const {time_us} = entry('oom', 0, 0);
  return {action: 'oom', size: mib * MIB, device_free: free * MIB, stream: 0, time_us: time_us!, frames: []};
}

/** A segment with a block in it, at so many MiB. */
function taken(at: number, mib: number): Entry[] {
  return [entry('segment_alloc', BASE + at * MIB, mib * MIB), entry('alloc', BASE + at * MIB, mib * MIB)];
}

const live = (device: number, at: number, mib: number) =>
  segment(device, BASE + at * MIB, [block(mib * MIB, 'active_allocated')]);

/** 40 and 40 MiB whose halves are free: 60 MiB do not fit into 100, since neither segment is free as a whole. */
function fragmented(): {entries: Entry[]; segments: ReturnType<typeof segment>[]} {
  const at = (mib: number) => BASE + mib * MIB;
  const entries = [
    ...taken(0, 40),
    ...taken(40, 40),
    ...freed(at(0), 40 * MIB),
    entry('alloc', at(0), 10 * MIB),
    entry('alloc', at(10), 30 * MIB),
    ...freed(at(40), 40 * MIB),
    entry('alloc', at(40), 10 * MIB),
    ...freed(at(10), 30 * MIB),
  ];
  const segments = [0, 40].map(mib =>
    segment(0, at(mib), [block(10 * MIB, 'active_allocated'), block(30 * MIB, 'inactive')]),
  );
  return {entries, segments};
}

async function fragmentedTrace(): Promise<Trace> {
  resetClock();
  const {entries, segments} = fragmented();
  return importTrace(pickle(snapshot([[...entries, oom(60, 20)]], segments)));
}

function summaryOf(trace: Trace, device: number, capacity?: number) {
  const requests = requestsOf(trace, device);
  const limit = deviceLimit(trace, device, capacity);
  const choice = parseAllocator('pytorch-cuda');
  const base = replay(requests, makeAllocator(choice, limit?.bytes));
  const trials = trySettings(requests, choice, limit?.bytes);
  const recorded = trace.cuda!.devices[device]!.reserved.most;
  return {requests, limit, base, trials, better: betterTrials(trials, base, recorded)};
}

test('the limit is reserved + free at the last failed request, and the replay repeats the failure under it', async () => {
  const trace = await fragmentedTrace();
  const {limit, base, requests, better} = summaryOf(trace, 0);
  assert.deepEqual(limit, {bytes: 100 * MIB, source: 'failure'});
  assert.deepEqual(failuresOf(requests, base), {recorded: 1, served: 0, others: 0});
  assert.equal(
    describeFailures(failuresOf(requests, base)),
    'fails 1 request: the one that failed in the recording',
  );
  assert.ok(base.most.reserved <= 100 * MIB);
  const grown = better.find(
    ({choice}) => describeAllocator(choice) === 'pytorch-cuda:expandable_segments=true',
  );
  assert.equal(describeFailures(grown!.failures), 'serves the request that failed in the recording');
  assert.ok(better.every(({failed, most}) => failed === 0 && most.reserved <= 100 * MIB));
});

test('a failed request is asked for where it failed and freed at once: later requests do not miss its bytes', async () => {
  resetClock();
  const trace = await importTrace(
    pickle(
      snapshot(
        [[...taken(0, 60), oom(50, 40), ...taken(60, 30), oom(30, 10), ...freed(BASE, 60 * MIB)]],
        [segment(0, BASE, [block(60 * MIB, 'inactive')]), live(0, 60, 30)],
      ),
    ),
  );
  const {requests, base, limit} = summaryOf(trace, 0);
  assert.deepEqual(limit, {bytes: 100 * MIB, source: 'failure'});
  assert.deepEqual(requests.failures, [1, 4]);
  assert.deepEqual([...requestsBeforeEvents(requests)], [0, 3, 6, 7]);
  assert.deepEqual(base.failed, [1, 4]);
  assert.equal(
    describeFailures(failuresOf(requests, base)),
    'fails 2 requests: those that failed in the recording',
  );
});

test('each device has its own failures and its own limit', async () => {
  resetClock();
  const first = taken(0, 20);
  const second = [...taken(200, 40), oom(30, 20)];
  const trace = await importTrace(pickle(snapshot([first, second], [live(0, 0, 20), live(1, 200, 40)])));
  assert.equal(deviceLimit(trace, 0), undefined);
  assert.deepEqual(requestsOf(trace, 0).failures, []);
  assert.deepEqual(deviceLimit(trace, 1), {bytes: 60 * MIB, source: 'failure'});
  assert.deepEqual(summaryOf(trace, 1).base.failed, [1]);
});

test('where the live bytes and the request exceed the device, no setting helps', async () => {
  resetClock();
  const trace = await importTrace(pickle(snapshot([[...taken(0, 60), oom(50, 40)]], [live(0, 0, 60)])));
  const {trials, better} = summaryOf(trace, 0);
  assert.ok(trials.length > 0 && trials.every(({failures}) => failures.served === 0));
  assert.deepEqual(better, []);
  const [first] = summaryOf(trace, 0, 120 * MIB).trials;
  assert.equal(first!.failed, 0);
});

test('a request that failed on a device with room shows a limit of the program: the most that was reserved', async () => {
  resetClock();
  const trace = await importTrace(pickle(snapshot([[...taken(0, 60), oom(50, 900)]], [live(0, 0, 60)])));
  assert.deepEqual(deviceLimit(trace, 0), {bytes: 60 * MIB, source: 'reserved'});
});

test('without segments, or with segments smaller than their blocks, the limit is not known', async () => {
  resetClock();
  const none = await importTrace(pickle(snapshot([[entry('alloc', BASE, 60 * MIB), oom(50, 40)]])));
  assert.equal(deviceLimit(none, 0), undefined);
  assert.deepEqual(deviceLimit(none, 0, 5), {bytes: 5, source: 'given'});
  resetClock();
  const emptied = [entry('alloc', BASE, 60 * MIB), oom(50, 40), ...freed(BASE, 60 * MIB)];
  const small = await importTrace(
    pickle(snapshot([emptied], [segment(0, BASE + 90 * MIB, [block(2 * MIB, 'inactive')])])),
  );
  assert.equal(deviceLimit(small, 0), undefined);
});

test('settings under which requests fail are no saving, however little they reserve', async () => {
  const trace = await fragmentedTrace();
  const requests = requestsOf(trace, 0);
  const choice = parseAllocator('pytorch-cuda');
  const base = replay(requests, makeAllocator(choice));
  assert.deepEqual(base.failed, []);
  const trials = trySettings(requests, choice, 40 * MIB);
  assert.ok(trials.every(({failed, most}) => failed > 0 && most.reserved < base.most.reserved));
  assert.deepEqual(betterTrials(trials, base, undefined), []);
  assert.ok(trials.every(({failed}, i) => i === 0 || failed >= trials[i - 1]!.failed));
});

/** The models on CUDA snapshots: validation, recoverable bytes, out of memory. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  makeAllocator,
  outOfMemoryVerdict,
  parseAllocator,
  recoverableBytes,
  replay,
  requestsOf,
  validateModel,
} from '../../bindings/allocators/index.ts';
import {stepProblem, type Trace} from '../../bindings/trace.ts';
import {importTrace, sharedData} from '../trace/inputs.ts';
import {pickle, Tuple} from '../trace/pickle.ts';
import {BASE, block, entry, everything, freed, resetClock, segment, snapshot} from '../trace/snapshots.ts';

const MIB = 2 ** 20;
type Entries = Parameters<typeof snapshot>[0][number];

function traceOf(entries: Entries, segments: Parameters<typeof snapshot>[1] = [], more = {}): Promise<Trace> {
  return importTrace(pickle(snapshot([entries], segments, more)));
}

/** A clean start: a small and a large segment, reuse, a segment given back. `large` is where the second block is. */
function clean(large: number): Entries {
  resetClock();
  const big = BASE + (64 << 20);
  return [
    entry('segment_alloc', BASE, 2 * MIB),
    entry('alloc', BASE, 1000),
    entry('segment_alloc', big, 20 * MIB),
    entry('alloc', big, 3 * MIB),
    entry('alloc', large, 2 * MIB),
    ...freed(BASE, 1000),
    entry('alloc', BASE, 512),
    ...freed(BASE, 512),
    entry('segment_free', BASE, 2 * MIB),
  ];
}

test('a recording from a clean start that the model repeats is validated in full', async () => {
  const trace = await traceOf(clean(BASE + (67 << 20)), [
    segment(0, BASE + (64 << 20), [
      block(3 * MIB, 'active_allocated'),
      block(2 * MIB, 'active_allocated'),
      block(15 * MIB, 'inactive'),
    ]),
  ]);
  assert.deepEqual(validateModel(trace, 0), {
    segments: {recorded: 2, equal: 2},
    returns: {recorded: 1, equal: 1},
    blocks: {recorded: 4, equal: 4},
  });
});

test('a block elsewhere than the model puts it is counted, and the first is named', async () => {
  const trace = await traceOf(clean(BASE + (68 << 20)), [
    segment(0, BASE + (64 << 20), [
      block(3 * MIB, 'active_allocated'),
      block(MIB, 'inactive'),
      block(2 * MIB, 'active_allocated'),
      block(14 * MIB, 'inactive'),
    ]),
  ]);
  assert.deepEqual(validateModel(trace, 0), {
    segments: {recorded: 2, equal: 2},
    returns: {recorded: 1, equal: 1},
    blocks: {recorded: 4, equal: 3},
    firstDifference: 4,
  });
});

test('a segment of another size than the model takes is a difference', async () => {
  resetClock();
  const entries = [entry('segment_alloc', BASE, 4 * MIB), entry('alloc', BASE, 1000)];
  const trace = await traceOf(entries, [
    segment(0, BASE, [block(1024, 'active_allocated', 1000), block(4 * MIB - 1024, 'inactive')]),
  ]);
  const result = validateModel(trace, 0);
  assert.ok(!('reason' in result));
  assert.deepEqual([result.segments, result.firstDifference], [{recorded: 1, equal: 0}, 0]);
});

test('expandable segments are compared page by page', async () => {
  resetClock();
  const entries = [
    entry('segment_map', BASE, 20 * MIB),
    entry('alloc', BASE, 15 * MIB),
    entry('segment_map', BASE + 20 * MIB, 20 * MIB),
    entry('alloc', BASE + 15 * MIB, 12 * MIB),
  ];
  const blocks = [
    block(15 * MIB, 'active_allocated'),
    block(12 * MIB, 'active_allocated'),
    block(13 * MIB, 'inactive'),
  ];
  const trace = await traceOf(entries, [segment(0, BASE, blocks, {is_expandable: true})], {
    allocator_settings: {expandable_segments: true},
  });
  assert.deepEqual(validateModel(trace, 0), {
    segments: {recorded: 2, equal: 2},
    returns: {recorded: 0, equal: 0},
    blocks: {recorded: 2, equal: 2},
  });
});

test('without segment events or a clean start nothing is validated, and the reason is reported', async () => {
  resetClock();
  const silent = await traceOf([entry('alloc', BASE, 8), ...freed(BASE, 8)]);
  assert.deepEqual(validateModel(silent, 0), {reason: 'it holds no segment events'});
  const late = await importTrace(pickle(everything()));
  assert.deepEqual(validateModel(late, 0), {
    reason: 'it does not start clean: blocks were there before',
  });
});

const NOTHING_KEPT = {pools: new Set<number>(), bytes: 0, persistent: 0};

test('recoverable is reserved less persistent and the plan of the whole recording, rounded to 512', async () => {
  const trace = await importTrace(pickle(everything()));
  const whole = {...stepProblem(trace, {iteration: 'window'}), persistentAligned: MIB};
  // 22 MiB in segments
  const {evidence, ...found} = recoverableBytes(
    trace,
    0,
    whole,
    {peak: 1600, lowerBound: 1500},
    NOTHING_KEPT,
  )!;
  assert.deepEqual(found, {
    reserved: 22 * MIB,
    isReservedAtEnd: false,
    persistent: MIB,
    kept: 0,
    plannedPeak: 2048,
    lowerBound: 1536,
    needed: MIB + 2048,
    recoverable: 21 * MIB - 2048,
    isProven: false,
    reason: '',
    parts: 1,
  });
  assert.deepEqual(evidence.scope, {kind: 'recording', device: 'cuda:0'});
});

test('buffers are kept apart by stream and by private pool', async () => {
  resetClock();
  const pool = {pool_id: new Tuple(3, 1)};
  const trace = await traceOf([
    entry('alloc', BASE, 512),
    entry('alloc', BASE + 512, 512, {stream: 7}),
    entry('alloc', BASE + 1024, 512, pool),
    entry('alloc', BASE + 1536, 512),
  ]);
  const partsOf = (streams: 'apart' | 'together') =>
    stepProblem(trace, {iteration: 'window', streams}).problem.constraints!.parts!;
  assert.deepEqual(partsOf('apart').names, ['stream 0', 'stream 1', 'stream 0, pool 3.1']);
  assert.deepEqual([...partsOf('apart').of], [0, 1, 2, 0]);
  // a graph keeps its pool, whatever waits for whatever
  assert.deepEqual(partsOf('together').names, ['streams together', 'streams together, pool 3.1']);
  assert.deepEqual([...partsOf('together').of], [0, 0, 1, 0]);
});

/** 30 MiB live in a segment of 40, 10 free on the device: 50 to have. Then a request fails. */
function failing(request: number): Promise<Trace> {
  resetClock();
  return traceOf(
    [
      entry('alloc', BASE, 20 * MIB),
      {action: 'oom', size: request, device_free: 10 * MIB, stream: 0, time_us: 2 ** 51, frames: []},
    ],
    [
      segment(0, BASE, [
        block(20 * MIB, 'active_allocated'),
        block(10 * MIB, 'active_allocated'),
        block(10 * MIB, 'inactive'),
      ]),
    ],
  );
}

const STATE = {
  persistent: 10 * MIB,
  kept: 0,
  evidence: {scope: {kind: 'recording', device: 'cuda:0'}, assumptions: []},
} as const;

test('out of memory: more live than there is means capacity, a plan that fits means fragmentation, else unknown', async () => {
  const verdictOf = async (request: number, plannedPeak: number) => {
    const state = {...STATE, plannedPeak};
    return outOfMemoryVerdict(await failing(request), 0, state);
  };
  // 30 live + 21 > 50
  assert.equal((await verdictOf(21 * MIB, 20 * MIB))!.verdict, 'capacity');
  // 10 persistent + 20 planned + 20 = 50
  assert.deepEqual(await verdictOf(20 * MIB - 100, 20 * MIB), {
    evidence: STATE.evidence,
    verdict: 'fragmentation',
    request: 20 * MIB,
    live: 30 * MIB,
    persistent: 10 * MIB,
    kept: 0,
    plannedPeak: 20 * MIB,
    capacity: 50 * MIB,
    capacitySource: 'failure',
    isCapacityGiven: false,
    needed: 50 * MIB,
  });
  // 30 live + 20 fit, 10 + 25 + 20 do not
  assert.equal((await verdictOf(20 * MIB, 25 * MIB))!.verdict, 'unknown');
});

test('a given capacity counts instead of the recorded one; without a failed request there is no verdict', async () => {
  const state = {...STATE, plannedPeak: 20 * MIB};
  const verdict = outOfMemoryVerdict(await failing(20 * MIB), 0, state, 49 * MIB);
  assert.deepEqual([verdict!.verdict, verdict!.isCapacityGiven], ['capacity', true]);
  resetClock();
  assert.equal(outOfMemoryVerdict(await traceOf([entry('alloc', BASE, 8)]), 0, state), undefined);
});

for (const name of ['lm_train_step', 'lm_forward']) {
  test(`the totals of real snapshots are within 4 per cent of the reserved bytes at their end: ${name}`, async t => {
    const data = sharedData(t, `traces/cuda-snapshots/${name}.pickle`);
    if (!data) return;
    const trace = await importTrace(data);
    const {most} = replay(requestsOf(trace, 0), makeAllocator(parseAllocator('pytorch-cuda')));
    const recorded = trace.cuda!.devices[0]!.reserved.end;
    assert.ok(Math.abs(most.reserved / recorded - 1) < 0.04, `${most.reserved} of ${recorded}`);
  });
}

test('a recording of a real device that starts clean is repeated block for block', async t => {
  const data = sharedData(t, 'traces/cuda-snapshots/lm_clean_start.pickle');
  if (!data) return;
  assert.deepEqual(validateModel(await importTrace(data), 0), {
    segments: {recorded: 9, equal: 9},
    returns: {recorded: 0, equal: 0},
    blocks: {recorded: 36, equal: 36},
  });
});

test('a real recording without segment events says that it validates nothing', async t => {
  const data = sharedData(t, 'traces/cuda-snapshots/lm_forward_bf16.pickle');
  if (!data) return;
  assert.deepEqual(validateModel(await importTrace(data), 0), {reason: 'it holds no segment events'});
});

/** CuPy's pool, bump and no reuse by hand; the replay of a trace; and what holds for every allocator. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  ALLOCATORS,
  BumpAllocator,
  CupyAllocator,
  describeAllocator,
  ExactSizeAllocator,
  makeAllocator,
  NoReuseAllocator,
  parseAllocator,
  type Requests,
  replay,
  requestsOf,
  trySettings,
} from '../../bindings/allocators/index.ts';
import {FREE, MALLOC} from '../../bindings/trace.ts';
import {importTrace} from '../trace/inputs.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, entry, freed, resetClock, segment, snapshot} from '../trace/snapshots.ts';

const MIB = 2 ** 20;

/** Requests of the default stream and pool: `+bytes` begins the next block, `-block` ends one. */
function requests(...steps: readonly (readonly ['+' | '-', number])[]): Requests {
  const bytes = steps.filter(([sign]) => sign === '+').map(([, size]) => size);
  let next = 0;
  return {
    count: steps.length,
    kind: Uint8Array.from(steps, ([sign]) => (sign === '+' ? MALLOC : FREE)),
    block: Uint32Array.from(steps, ([sign, value]) => (sign === '+' ? next++ : value)),
    blocks: {
      count: bytes.length,
      bytes: Float64Array.from(bytes),
      stream: new Uint32Array(bytes.length),
      pool: new Uint32Array(bytes.length),
    },
    before: 0,
    failures: [],
  };
}

test('CuPy takes exactly the requested bytes, rounded to 512, and splits the best chunk however small the rest', () => {
  const pool = new CupyAllocator();
  pool.malloc(0, 5000, 0);
  pool.malloc(1, 2000, 0);
  assert.deepEqual([pool.reserved, pool.segments], [5120 + 2048, 2]);
  pool.free(0);
  pool.free(1);
  pool.malloc(2, 1500, 0);
  assert.equal(pool.addressOf(2), 2 * MIB);
  pool.malloc(3, 512, 0);
  assert.equal(pool.addressOf(3), 2 * MIB + 1536);
});

test('CuPy merges freed chunks, keeps streams apart and gives whole chunks back when the device is full', () => {
  const pool = new CupyAllocator(10240);
  for (const [i, bytes] of [1024, 1024, 2048].entries()) pool.malloc(i, bytes, 0);
  pool.free(2);
  for (const i of [3, 4]) pool.malloc(i, 1024, 0);
  assert.deepEqual([pool.addressOf(3), pool.addressOf(4)], [4 * MIB, 4 * MIB + 1024]);
  pool.free(3);
  pool.free(4);
  pool.malloc(5, 2048, 1);
  assert.equal(pool.reserved, 6144);
  pool.malloc(6, 2048, 0);
  assert.deepEqual([pool.addressOf(6), pool.reserved], [4 * MIB, 6144]);
  pool.free(6);
  // 4096 more are left, 6144 with the whole chunk that is cached
  assert.equal(pool.malloc(7, 6144, 0), true);
  assert.equal(pool.reserved, 10240);
  assert.equal(pool.malloc(8, 512, 0), false);
});

test('Chainer 1 gives a freed block to requests of exactly its size, and all of them back when the device is full', () => {
  const pool = new ExactSizeAllocator(10240);
  for (const [block, bytes] of [5000, 2000, 2000].entries()) assert.ok(pool.malloc(block, bytes));
  assert.deepEqual([pool.allocated, pool.reserved, pool.segments], [9216, 9216, 3]);
  for (const block of [0, 1, 2]) pool.free(block);
  // 1900 are 2048, too; 1500 are 1536, and none of that size is free
  assert.ok(pool.malloc(3, 1900));
  assert.equal(pool.reserved, 9216);
  assert.ok(pool.malloc(4, 1024));
  assert.equal(pool.reserved, 10240);
  // 5120 and 2048 go back
  assert.ok(pool.malloc(5, 1500));
  assert.deepEqual([pool.allocated, pool.reserved, pool.segments], [4608, 4608, 3]);
  assert.equal(pool.malloc(6, 6000), false);
});

test('bump starts again when nothing is live; no reuse never does', () => {
  const steps = requests(['+', 512], ['+', 512], ['-', 0], ['+', 512], ['-', 1], ['-', 2], ['+', 1024]);
  const reservedBy = (allocator: BumpAllocator | NoReuseAllocator) => [
    ...replay(steps, allocator).usage.reserved,
  ];
  assert.deepEqual(reservedBy(new BumpAllocator()), [0, 512, 1024, 1024, 1536, 1536, 1536, 1536]);
  assert.deepEqual(reservedBy(new NoReuseAllocator()), [0, 512, 1024, 1024, 1536, 1536, 1536, 2560]);
});

test('a replay reports the maximum of each figure, and the stranded bytes where most is reserved', () => {
  const steps = requests(['+', 700], ['+', 30 * MIB], ['-', 1], ['+', 40 * MIB]);
  const {most, atMost, failed} = replay(steps, makeAllocator(parseAllocator('pytorch-cuda')));
  assert.deepEqual(most, {
    requested: 40 * MIB + 700,
    allocated: 40 * MIB + 1024,
    reserved: 72 * MIB,
    stranded: 32 * MIB - 1024,
    segments: 3,
  });
  assert.deepEqual([atMost, failed], [{position: 4, stranded: 32 * MIB - 1024}, []]);
});

test('a request that fails is left out with its free, and named', () => {
  const steps = requests(['+', 40 * MIB], ['+', 40 * MIB], ['-', 1], ['-', 0]);
  const {failed, usage} = replay(steps, makeAllocator(parseAllocator('pytorch-cuda'), 64 * MIB));
  assert.deepEqual(failed, [1]);
  assert.deepEqual([...usage.requested], [0, 40 * MIB, 40 * MIB, 40 * MIB, 0]);
});

test('settings are ranked by reserved bytes: a grown segment wins where sizes creep up', () => {
  const steps = requests(['+', 30 * MIB], ['-', 0], ['+', 40 * MIB], ['-', 1], ['+', 50 * MIB], ['-', 2]);
  const choice = parseAllocator('pytorch-cuda');
  assert.equal(replay(steps, makeAllocator(choice)).most.reserved, 120 * MIB);
  const trials = trySettings(steps, choice);
  assert.equal(describeAllocator(trials[0]!.choice), 'pytorch-cuda:expandable_segments=true');
  assert.equal(trials[0]!.most.reserved, 60 * MIB);
  assert.ok(trials.every(({most}, i) => i === 0 || most.reserved >= trials[i - 1]!.most.reserved));
  assert.deepEqual(trySettings(steps, parseAllocator('cupy')), []);
});

test('an allocator is named with its settings; unknown names are refused', () => {
  const text = 'pytorch-cuda:roundup_power2_divisions=[4:1,>:8],max_split_size_mb=64';
  assert.equal(describeAllocator(parseAllocator(text)), text);
  assert.throws(
    () => parseAllocator('jemalloc'),
    /expected one of pytorch-cuda, cupy, chainer-1, bump, no-reuse, got jemalloc/,
  );
  assert.throws(() => parseAllocator('cupy:a=1'), /cupy has no settings, got a=1/);
  assert.throws(() => parseAllocator('pytorch-cuda:huge'), /expected NAME=VALUE, got huge/);
});

test('blocks from before a snapshot come first: those that stay by address, then those that are freed', async () => {
  resetClock();
  const trace = await importTrace(
    pickle(
      snapshot(
        [
          [
            ...freed(BASE + 4096, 700),
            entry('alloc', BASE + 4096, 600, {stream: 9}),
            ...freed(BASE + 4096, 600, {stream: 9}),
          ],
        ],
        [segment(0, BASE, [block(1024, 'active_allocated', 1000), block((2 << 20) - 1024, 'inactive')])],
      ),
    ),
  );
  const {kind, block: blocks, blocks: columns, before} = requestsOf(trace, 0);
  assert.deepEqual([...kind], [MALLOC, MALLOC, FREE, MALLOC, FREE]);
  assert.deepEqual(
    [...blocks].map(one => [columns.bytes[one], columns.stream[one]]),
    [
      [1000, 0],
      [700, 0],
      [700, 0],
      [600, 1],
      [600, 1],
    ],
  );
  assert.equal(before, 2);
});

/** Random requests: sizes of all pools, two streams; every block is freed at most once, and later. */
const someRequests = fc
  .array(
    fc.record({
      bytes: fc.oneof(fc.integer({min: 1, max: 4096}), fc.integer({min: 1, max: 40 * MIB})),
      stream: fc.nat(1),
      frees: fc.nat(2),
    }),
    {minLength: 1, maxLength: 60},
  )
  .map(rows => {
    const steps: ['+' | '-', number][] = [];
    const live: number[] = [];
    for (const [i, {bytes, frees}] of rows.entries()) {
      steps.push(['+', bytes]);
      live.push(i);
      for (let k = 0; k < frees && live.length > 0; k++)
        steps.push(['-', live.splice((bytes + k) % live.length, 1)[0]!]);
    }
    const made = requests(...steps);
    return {...made, blocks: {...made.blocks, stream: Uint32Array.from(rows, ({stream}) => stream)}};
  });

const MODELS = [
  ...ALLOCATORS,
  'pytorch-cuda:expandable_segments=true',
  'pytorch-cuda:max_split_size_mb=21',
  'pytorch-cuda:garbage_collection_threshold=0.5',
];

test('every allocator serves the requests, keeps to the capacity, and never puts two live blocks on one byte', () => {
  fc.assert(
    fc.property(someRequests, fc.constantFrom(...MODELS), fc.boolean(), (all, name, isLimited) => {
      const capacity = isLimited ? 200 * MIB : undefined;
      const {usage, failed} = replay(all, makeAllocator(parseAllocator(name), capacity));
      for (let i = 0; i <= all.count; i++) {
        assert.ok(usage.requested[i]! <= usage.allocated[i]!);
        assert.ok(usage.allocated[i]! <= usage.reserved[i]!);
        assert.ok(usage.reserved[i]! <= (capacity ?? Number.POSITIVE_INFINITY));
      }
      if (!isLimited) assert.deepEqual(failed, []);
      checkPlaces(all, name, capacity);
    }),
    {numRuns: 300, seed: 5},
  );
});

function checkPlaces(all: Requests, name: string, capacity: number | undefined): void {
  const allocator = makeAllocator(parseAllocator(name), capacity);
  const live = new Map<number, readonly [number, number]>();
  for (let i = 0; i < all.count; i++) {
    const one = all.block[i]!;
    if (all.kind[i] === FREE) {
      allocator.free(one);
      live.delete(one);
    } else if (allocator.malloc(one, all.blocks.bytes[one]!, all.blocks.stream[one]!, 0)) {
      const begin = allocator.addressOf(one)!;
      const end = begin + all.blocks.bytes[one]!;
      for (const [from, to] of live.values()) assert.ok(end <= from || to <= begin);
      live.set(one, [begin, end]);
    }
  }
}

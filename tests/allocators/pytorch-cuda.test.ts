/** PyTorch's caching allocator: a worked-out example per rule. Addresses and sizes by hand, from its source. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  namedSettings,
  PytorchAllocator,
  type PytorchOptions,
  parseSettings,
  recordedSettings,
  roundedSize,
  segmentSize,
} from '../../bindings/allocators/index.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function make(named: Record<string, string> = {}, options: PytorchOptions = {}): PytorchAllocator {
  return new PytorchAllocator({settings: parseSettings(named), ...options});
}

/** Requests blocks 0, 1, … of the default stream and pool; all must be served. */
function serve(allocator: PytorchAllocator, sizes: readonly number[], from = 0): void {
  for (const [i, bytes] of sizes.entries()) assert.ok(allocator.malloc(from + i, bytes, 0, 0));
}

test('sizes are rounded up to 512 bytes, at least one unit', () => {
  const settings = parseSettings({});
  assert.deepEqual(
    [0, 1, 512, 513, 1 * MIB].map(bytes => roundedSize(bytes, settings)),
    [512, 512, 512, 1024, MIB],
  );
});

test('roundup_power2_divisions rounds up to a step between powers of two, where a step is above 512 bytes', () => {
  // four steps between 1024 and 2048 KiB: 1024, 1280, 1536, 1792
  const settings = parseSettings({roundup_power2_divisions: '4'});
  assert.deepEqual(
    [1100 * KIB, 1280 * KIB, 1281 * KIB, 1800 * KIB, 2048, 2049].map(bytes => roundedSize(bytes, settings)),
    [1280 * KIB, 1280 * KIB, 1536 * KIB, 2048 * KIB, 2048, 2560],
  );
});

test('a list of divisions holds by size: the first below its size too, > above the last', () => {
  const {roundupDivisions} = parseSettings({roundup_power2_divisions: '[4:1,16:2,>:8]'});
  assert.deepEqual(roundupDivisions, [1, 1, 1, 0, 2, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]);
});

test('roundings that PyTorch tests itself: one number, a list, 0 and 1 for none', () => {
  for (const [divisions, bytes, rounded] of [
    ['4', 84 * MIB, 96 * MIB],
    ['[64:8,128:2,256:2,512:2,1024:1,>:1]', 84 * MIB, 88 * MIB],
    ['[64:8,128:2,256:2,512:2,1024:1,>:1]', 400 * MIB, 512 * MIB],
    ['[128:1,256:0,512:4]', 268 * MIB, 268 * MIB],
    ['[128:1,256:0,512:4]', 520 * MIB, 640 * MIB],
    ['1', 1_312_500, 1_312_768],
  ] as const) {
    assert.equal(roundedSize(bytes, parseSettings({roundup_power2_divisions: divisions})), rounded);
  }
});

test('divisions by size that PyTorch tests itself: below the first as for it, > above the last', () => {
  const list = '[64:8,128:2,256:4,512:2,1024:4,>:1]';
  const {roundupDivisions} = parseSettings({roundup_power2_divisions: list});
  // from 1 MiB on, doubling
  assert.deepEqual(roundupDivisions, [8, 8, 8, 8, 8, 8, 8, 2, 4, 2, 4, 1, 1, 1, 1, 1]);
});

test('a request of 0 bytes takes nothing', () => {
  const allocator = make();
  assert.equal(allocator.malloc(0, 0, 0, 0), true);
  allocator.free(0);
  assert.deepEqual([allocator.allocated, allocator.reserved], [0, 0]);
});

test('segments: 2 MiB up to 1 MiB, 20 MiB below 10 MiB, then multiples of 2 MiB', () => {
  const sizes = [512, MIB, MIB + 512, 10 * MIB - 512, 10 * MIB, 10 * MIB + 512];
  assert.deepEqual(
    sizes.map(segmentSize),
    [2, 2, 20, 20, 10, 12].map(size => size * MIB),
  );
});

test('a small block is split off where 512 bytes remain, a large one only where more than 1 MiB does', () => {
  const small = make();
  serve(small, [MIB, MIB - 512, 512]);
  assert.deepEqual([small.segments, small.addressOf(2)], [1, 2 * MIB - 512]);
  const large = make();
  // 20 MiB: 9 + 9.5 leave 1.5, which is cut off; then 1 MiB + 512 leave less than 1 MiB, which is not
  serve(large, [9 * MIB, 9.5 * MIB, MIB + 512]);
  assert.deepEqual([large.reserved, large.allocated], [20 * MIB, 20 * MIB]);
});

test('best fit takes the smallest cached block that is large enough, the lowest of equals', () => {
  const allocator = make();
  // in one segment of 2 MiB: 4 K, wall, 2 K, wall, 2 K, wall
  serve(allocator, [4096, 512, 2048, 512, 2048, 512]);
  for (const block of [0, 2, 4]) allocator.free(block);
  serve(allocator, [1536], 6);
  assert.equal(allocator.addressOf(6), 4096 + 512);
});

test('a freed block merges with free neighbours on both sides', () => {
  const allocator = make();
  serve(allocator, [512, 512, 512, 512]);
  for (const block of [0, 2, 1]) allocator.free(block);
  serve(allocator, [1536], 4);
  assert.equal(allocator.addressOf(4), 0);
});

test('cached memory serves only its own stream, pool and kind of pool', () => {
  const allocator = make();
  serve(allocator, [512]);
  allocator.free(0);
  assert.ok(allocator.malloc(1, 512, 1, 0));
  assert.ok(allocator.malloc(2, 512, 0, 1));
  assert.ok(allocator.malloc(3, 2 * MIB, 0, 0));
  assert.deepEqual([allocator.segments, allocator.reserved], [4, 26 * MIB]);
});

test('freed memory stays reserved', () => {
  const allocator = make();
  serve(allocator, [30 * MIB]);
  allocator.free(0);
  assert.deepEqual([allocator.allocated, allocator.reserved, allocator.segments], [0, 30 * MIB, 1]);
});

test('max_split_size_mb: a block of that size is neither split nor given to a smaller request', () => {
  const free = make();
  const bounded = make({max_split_size_mb: '32'});
  for (const allocator of [free, bounded]) {
    serve(allocator, [64 * MIB]);
    allocator.free(0);
    serve(allocator, [16 * MIB], 1);
  }
  assert.deepEqual([free.reserved, bounded.reserved], [64 * MIB, 80 * MIB]);
});

test('max_split_size_mb: a large request takes a block that is less than 20 MiB larger', () => {
  for (const [bytes, reserved] of [
    [46 * MIB, 64 * MIB],
    [44 * MIB, 108 * MIB],
  ] as const) {
    const allocator = make({max_split_size_mb: '32'});
    serve(allocator, [64 * MIB]);
    allocator.free(0);
    serve(allocator, [bytes], 1);
    assert.equal(allocator.reserved, reserved);
  }
});

test('where the device has no more, whole cached segments go back to it; split ones stay', () => {
  const allocator = make({}, {capacity: 64 * MIB});
  serve(allocator, [30 * MIB, 2 * MIB]);
  allocator.free(0);
  // 50 of 64 MiB are reserved; 40 MiB fit only without the cached 30
  serve(allocator, [40 * MIB], 2);
  assert.deepEqual([allocator.reserved, allocator.segments], [60 * MIB, 2]);
  assert.equal(allocator.malloc(3, 30 * MIB, 0, 0), false);
});

test('max_split_size_mb: only as many oversize blocks go back as the request needs', () => {
  const allocator = make({max_split_size_mb: '21'}, {capacity: 130 * MIB});
  serve(allocator, [60 * MIB, 30 * MIB, 30 * MIB]);
  for (const block of [0, 1, 2]) allocator.free(block);
  // 60 MiB cannot serve 36 (24 more); the smallest of at least 36 goes back
  serve(allocator, [36 * MIB], 3);
  assert.equal(allocator.reserved, 96 * MIB);
  // no cached block has 90: the largest go first, 30 and 30, which is not enough, so all that is cached does
  assert.equal(allocator.malloc(4, 90 * MIB, 0, 0), true);
  assert.equal(allocator.reserved, 126 * MIB);
});

test('garbage_collection_threshold frees whole segments of at least the average age before it asks the device', () => {
  const named = {garbage_collection_threshold: '0.5'};
  const allocator = make(named, {capacity: 200 * MIB});
  serve(allocator, [40 * MIB, 50 * MIB, 60 * MIB]);
  // 40 is freed and ages by two searches; 60 is freed last and has none
  allocator.free(0);
  serve(allocator, [48 * KIB, 60 * MIB], 3);
  assert.equal(allocator.reserved, (50 + 60 + 60 + 2) * MIB);
});

test('expandable segments grow by pages: 2 MiB for small, 20 MiB for large; one segment of each', () => {
  const allocator = make({expandable_segments: 'true'});
  serve(allocator, [512, 30 * MIB, 25 * MIB]);
  assert.deepEqual([allocator.reserved, allocator.segments], [62 * MIB, 2]);
  const first = allocator.addressOf(1)!;
  assert.equal(allocator.addressOf(2), first + 30 * MIB);
});

test('an expandable segment grows from the free block at its end', () => {
  const allocator = make({expandable_segments: 'true'});
  serve(allocator, [20 * MIB, 20 * MIB]);
  const base = allocator.addressOf(0)!;
  allocator.free(1);
  serve(allocator, [50 * MIB], 2);
  assert.deepEqual([allocator.addressOf(2), allocator.reserved], [base + 20 * MIB, 80 * MIB]);
});

test('an expandable segment gives back whole free pages, also in its middle, and fills the hole again', () => {
  const allocator = make({expandable_segments: 'true'}, {capacity: 80 * MIB});
  serve(allocator, [10 * MIB, 40 * MIB, 10 * MIB]);
  const base = allocator.addressOf(0)!;
  assert.equal(allocator.reserved, 60 * MIB);
  allocator.free(1);
  allocator.releaseCached();
  // free from 10 to 50: the page from 20 to 40 is whole
  assert.equal(allocator.reserved, 40 * MIB);
  serve(allocator, [35 * MIB], 3);
  assert.deepEqual([allocator.addressOf(3), allocator.reserved], [base + 10 * MIB, 60 * MIB]);
});

test('settings that PyTorch refuses or that are not modelled are refused by name', () => {
  for (const [named, message] of [
    [{max_split_size_mb: '20'}, /max_split_size_mb: expected a whole number above 20, got 20/],
    [{garbage_collection_threshold: '1'}, /garbage_collection_threshold: expected a number between 0 and 1/],
    [{roundup_power2_divisions: '3'}, /roundup_power2_divisions: expected a power of two/],
    [{expandable_segments: 'yes'}, /expandable_segments: expected true or false, got yes/],
    [{backend: 'native'}, /expected settings among expandable_segments, .*, got backend/],
  ] as const) {
    assert.throws(() => parseSettings(named), message);
  }
});

test('recorded settings come back by name', () => {
  const recorded = {
    PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True',
    max_split_size: 64 * MIB,
    roundup_power2_divisions: Object.fromEntries(
      Array.from({length: 16}, (_, i) => [String(2 ** i), i < 2 ? 4 : 0]),
    ),
    garbage_collection_threshold: 0.8,
  };
  const settings = recordedSettings(recorded);
  assert.deepEqual(parseSettings(namedSettings(settings)), settings);
  assert.deepEqual([settings.expandableSegments, settings.maxSplitSize], [true, 64 * MIB]);
  assert.deepEqual(namedSettings(recordedSettings({max_split_size: -1})), {});
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {FREE, ImportError, MALLOC, READ, type Trace, TraceBuilder, WRITE} from '../../bindings/trace.ts';
import {checkTrace} from './check.ts';
import {dumpTrace} from './dump.ts';

type Event = [kind: number, address: number, bytes: number, time?: number, tie?: number];

function build(events: readonly Event[], unknownFrees: 'carried' | 'stale' = 'carried'): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu', {alignment: 64, unknownFrees});
  for (const [kind, address, bytes, time = 0, tie] of events) {
    builder.add({kind, device, address: BigInt(address), bytes, time, ...(tie === undefined ? {} : {tie})});
  }
  return builder.build();
}

const eventsOf = (trace: Trace): [number, number][] =>
  Array.from({length: trace.events.count}, (_, i) => [trace.events.kind[i]!, trace.events.block[i]!]);

test('an address that is used again is another block', () => {
  const trace = build([
    [MALLOC, 16, 10],
    [FREE, 16, 10],
    [MALLOC, 16, 20],
    [FREE, 16, Number.NaN],
  ]);
  assert.deepEqual(eventsOf(trace), [
    [MALLOC, 0],
    [FREE, 0],
    [MALLOC, 1],
    [FREE, 1],
  ]);
  assert.deepEqual([...trace.blocks.allocation], [0, 1]);
  assert.deepEqual([...trace.blocks.bytes], [10, 20]);
  assert.deepEqual(trace.warnings, []);
});

test('events are sorted by time, then by tie, then as they were added', () => {
  const trace = build([
    [FREE, 1, 5, 9],
    [MALLOC, 3, 7, 2, 1],
    [MALLOC, 2, 6, 2, 0],
    [MALLOC, 1, 5, 1],
  ]);
  assert.deepEqual([...trace.blocks.bytes], [5, 6, 7]);
  assert.deepEqual([...trace.events.time], [1, 2, 2, 9]);
});

test('a malloc at an address still held leaves the block before it carried out', () => {
  const trace = build([
    [MALLOC, 1, 5],
    [MALLOC, 1, 6],
    [FREE, 1, 6],
  ]);
  assert.deepEqual([...trace.blocks.freeEvent], [0xffffffff, 2]);
  assert.match(trace.warnings.join(), /^1 × .*still held/);
});

test('a free of an unknown block is carried in where it has a size, and dropped where it has none', () => {
  const trace = build([
    [FREE, 1, 5],
    [FREE, 2, Number.NaN],
    [FREE, 3, 7],
  ]);
  assert.deepEqual([...trace.blocks.bytes], [5, 7]);
  assert.deepEqual([...trace.blocks.mallocEvent], [0xffffffff, 0xffffffff]);
  assert.deepEqual([...trace.blocks.freeEvent], [0, 1]);
  assert.match(trace.warnings[0]!, /^2 × .*carried in/);
  assert.match(trace.warnings[1]!, /^1 × .*without a size/);
});

test('on a device that reports no such frees, they are stale', () => {
  const trace = build(
    [
      [FREE, 1, 5],
      [MALLOC, 1, 6],
    ],
    'stale',
  );
  assert.deepEqual(eventsOf(trace), [[MALLOC, 0]]);
  assert.match(trace.warnings.join(), /^1 × .*stale/);
});

test('a second free is dropped', () => {
  const trace = build([
    [MALLOC, 1, 5],
    [FREE, 1, 5],
    [FREE, 1, 5],
  ]);
  assert.equal(trace.events.count, 2);
  assert.match(trace.warnings.join(), /^1 × frees of blocks already freed/);
});

test('a free of another size counts as a free, and is counted', () => {
  const trace = build([
    [MALLOC, 1, 5],
    [FREE, 1, 8],
  ]);
  assert.deepEqual([...trace.blocks.bytes], [5]);
  assert.deepEqual([...trace.blocks.freeEvent], [1]);
  assert.match(trace.warnings.join(), /^1 × frees with another size/);
});

test('mallocs of 0 bytes are dropped, with their later events', () => {
  const trace = build([
    [MALLOC, 1, 0],
    [READ, 1, 0],
    [FREE, 1, 0],
    [MALLOC, 1, 4],
    [FREE, 1, 4],
  ]);
  assert.deepEqual(eventsOf(trace), [
    [MALLOC, 0],
    [FREE, 0],
  ]);
  assert.deepEqual(trace.warnings, ['1 × allocations of 0 bytes: dropped']);
  const again = build([
    [MALLOC, 1, 0],
    [MALLOC, 1, 4],
    [FREE, 1, 4],
    [FREE, 1, 4],
  ]);
  assert.match(again.warnings.join(), /1 × frees of blocks already freed/);
});

test('reads and writes belong to their block; those of an unknown block show that it was carried in', () => {
  const trace = build([
    [MALLOC, 1, 5],
    [WRITE, 1, 5],
    [READ, 2, 9],
    [FREE, 1, 5],
    [READ, 1, 5],
    [FREE, 2, 9],
  ]);
  assert.deepEqual(eventsOf(trace), [
    [MALLOC, 0],
    [WRITE, 0],
    [READ, 1],
    [FREE, 0],
    [FREE, 1],
  ]);
  assert.deepEqual([...trace.blocks.mallocEvent], [0, 0xffffffff]);
  assert.match(trace.warnings.join(), /1 × reads or writes of blocks already freed/);
});

test('the same address on two devices is two blocks', () => {
  const builder = new TraceBuilder('test');
  const devices = [builder.device('cpu'), builder.device('cuda:0', {alignment: 512}), builder.device('cpu')];
  assert.deepEqual(devices, [0, 1, 0]);
  for (const device of [0, 1]) builder.add({kind: MALLOC, device, address: 7n, bytes: 1, time: 0});
  assert.deepEqual([...builder.build().blocks.allocation], [0, 0]);
});

test('operations are numbered as blocks first name them', () => {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  const [unused, b, a] = ['unused', 'b', 'a'].map(name => builder.operation(name));
  assert.ok(unused);
  builder.add({kind: MALLOC, device, address: 1n, bytes: 1, time: 2, operation: b!});
  builder.add({kind: MALLOC, device, address: 2n, bytes: 1, time: 1, operation: a!});
  assert.deepEqual(builder.build().operations, ['', 'a', 'b']);
});

test('marks are among the events by their time', () => {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  builder.mark(4, 2);
  for (const time of [1, 2, 3]) builder.add({kind: MALLOC, device, address: BigInt(time), bytes: 1, time});
  builder.mark(null, 3);
  assert.deepEqual(builder.build().marks, [
    {number: 4, event: 1},
    {number: null, event: 3},
  ]);
});

test('bytes and times that are no such thing are refused', () => {
  for (const bytes of [-1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY]) {
    assert.throws(() => build([[MALLOC, 1, bytes]]), ImportError);
  }
  assert.throws(() => build([[MALLOC, 1, 1, Number.NaN]]), ImportError);
});

test('any events at all make a sound trace, the same in any order of adding where ties are given', () => {
  const event = fc.tuple(
    fc.integer({min: 0, max: 3}),
    fc.integer({min: 1, max: 4}),
    fc.integer({min: 0, max: 3}),
    fc.integer({min: 0, max: 5}),
  );
  const property = fc.property(fc.array(event, {maxLength: 40}), fc.boolean(), (events, isStale) => {
    const tied = events.map(([kind, address, bytes, time], tie): Event => [kind, address, bytes, time, tie]);
    const trace = build(tied, isStale ? 'stale' : 'carried');
    checkTrace(trace);
    assert.deepEqual(dumpTrace(build(tied.reverse(), isStale ? 'stale' : 'carried')), dumpTrace(trace));
  });
  fc.assert(property, {seed: 1, numRuns: 500});
});

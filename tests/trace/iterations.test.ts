import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type Annotation,
  chooseDevice,
  FREE,
  findIterations,
  type Iterations,
  MALLOC,
  maxLoad,
  type Trace,
  TraceBuilder,
  UsageError,
} from '../../bindings/trace.ts';

/** A trace of sizes, one event per microsecond from 0: above 0 a malloc, below 0 the free of the latest of that size. */
function traceOf(sizes: readonly number[], annotations: readonly Annotation[] = []): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  const live = new Map<number, bigint[]>();
  let next = 1n;
  for (const [time, size] of sizes.entries()) {
    const open = live.get(Math.abs(size)) ?? [];
    live.set(Math.abs(size), open);
    const address = (size < 0 ? open.pop() : undefined) ?? next++;
    if (size > 0) open.push(address);
    builder.add({kind: size < 0 ? FREE : MALLOC, device, address, bytes: Math.abs(size), time});
  }
  for (const annotation of annotations) builder.annotate(annotation);
  return builder.build();
}

const span = (name: string, start: number, end: number): Annotation => ({name, start, end, thread: '1'});
const ranges = ({iterations}: Iterations): [number, number, number][] =>
  iterations.map(({number, firstEvent, endEvent}) => [number, firstEvent, endEvent]);
const PAIR = [5, -5];
const pairs = (count: number): number[] => Array.from({length: count}, () => PAIR).flat();

test("the profiler's steps are half-open windows with the profiler's numbers", () => {
  const steps = [
    span('ProfilerStep#4', 6, 9),
    span('ProfilerStep#3', 2, 6),
    span('step', 0, 100),
    span('ProfilerStep#x', 0, 1),
  ];
  const found = findIterations(traceOf(pairs(6), steps), 0);
  assert.equal(found.source, 'profiler-step');
  assert.deepEqual(ranges(found), [
    [3, 2, 6],
    [4, 6, 9],
  ]);
  assert.equal(found.warmUpEvents, 2);
  assert.equal(found.tailEvents, 3);
});

test('a step that saw no event of the device is not whole', () => {
  const found = findIterations(
    traceOf(pairs(2), [span('ProfilerStep#1', 0, 4), span('ProfilerStep#2', 50, 60)]),
    0,
  );
  assert.deepEqual(
    found.iterations.map(({whole}) => whole),
    [true, false],
  );
});

test('an annotation that repeats and holds most events gives the iterations', () => {
  const inner = [span('forward', 0, 1), span('forward', 4, 5), span('forward', 8, 9)];
  const optimizer = [0, 4, 8].map(start => span('Optimizer.step#SGD.step', start, start + 4));
  const steps = [span('train', 0, 3.5), span('train', 4, 7.5), span('train', 8, 11.5)];
  const found = findIterations(traceOf(pairs(6), [...inner, ...optimizer, ...steps]), 0);
  assert.equal(found.source, 'annotation');
  assert.equal(found.annotation, 'train');
  assert.deepEqual(ranges(found), [
    [0, 0, 4],
    [1, 4, 8],
    [2, 8, 12],
  ]);
});

test("numbers in the names are the iterations' numbers where each has its own", () => {
  const found = findIterations(
    traceOf(pairs(6), [span('step 10', 0, 4), span('step 11', 4, 8), span('step 12', 8, 12)]),
    0,
  );
  assert.deepEqual(ranges(found), [
    [10, 0, 4],
    [11, 4, 8],
    [12, 8, 12],
  ]);
  const twice = findIterations(traceOf(pairs(6), [span('rank7', 0, 4), span('rank7', 4, 8)]), 0);
  assert.deepEqual(ranges(twice), [
    [0, 0, 4],
    [1, 4, 8],
  ]);
});

test('an occurrence inside another of its name is not one more iteration', () => {
  const found = findIterations(traceOf(pairs(4), [span('f', 0, 4), span('f', 1, 2), span('f', 4, 8)]), 0);
  assert.deepEqual(ranges(found), [
    [0, 0, 4],
    [1, 4, 8],
  ]);
});

test('an annotation that holds few of the events, or occurs once, does not count', () => {
  const few = [span('log', 0, 1), span('log', 12, 13)];
  assert.equal(findIterations(traceOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], few), 0).source, 'none');
  assert.equal(findIterations(traceOf([1, 2, 3], [span('all', 0, 3)]), 0).source, 'none');
});

test('a period of the events is cut where the fewest bytes live', () => {
  // the 1 breaks the first step, so the run begins at a 9, in the middle of it
  const found = findIterations(traceOf([100, 3, 1, 9, -9, -3, 3, 9, -9, -3, 3, 9, -9, -3, 50]), 0);
  assert.equal(found.source, 'period');
  assert.equal(found.period, 4);
  assert.deepEqual(ranges(found), [
    [0, 6, 10],
    [1, 10, 14],
  ]);
  assert.equal(found.warmUpEvents, 6);
  assert.equal(found.tailEvents, 1);
});

test('of cuts with equally few bytes the earliest counts', () => {
  const found = findIterations(traceOf([...pairs(1), 8, -8, ...pairs(1), 8, -8, ...pairs(1), 8, -8]), 0);
  assert.deepEqual(ranges(found), [
    [0, 0, 4],
    [1, 4, 8],
    [2, 8, 12],
  ]);
});

test('two periods are enough, and stay two', () => {
  const step = [4, 6, -4, -6];
  assert.deepEqual(ranges(findIterations(traceOf([...step, ...step]), 0)), [
    [0, 0, 4],
    [1, 4, 8],
  ]);
  // the cut with the fewest bytes, at 3, would leave one
  const late = findIterations(traceOf([4, 1, -4, 8, -8, 4, -4, 8, -8, 4, 50]), 0);
  assert.deepEqual(ranges(late), [
    [0, 2, 6],
    [1, 6, 10],
  ]);
});

test('a period that holds less than half of the events is none', () => {
  const noise = Array.from({length: 20}, (_, i) => i + 100);
  assert.equal(findIterations(traceOf([...noise, ...pairs(5)]), 0).source, 'none');
});

test('reads and writes do not break a period', () => {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  for (let i = 0; i < 9; i++) {
    builder.add({kind: MALLOC, device, address: 1n, bytes: 5, time: i});
    for (let read = 0; read < i; read++) builder.add({kind: 2, device, address: 1n, bytes: 5, time: i});
    builder.add({kind: FREE, device, address: 1n, bytes: 5, time: i});
  }
  const found = findIterations(builder.build(), 0);
  assert.equal(found.period, 2);
  assert.equal(found.iterations.length, 9);
});

test('a trace without events has no iterations', () => {
  assert.deepEqual(findIterations(traceOf([]), 0), {
    source: 'none',
    warmUpEvents: 0,
    tailEvents: 0,
    iterations: [],
  });
});

test('the device with the largest load is the default, carried-in blocks count', () => {
  const builder = new TraceBuilder('test');
  const devices = ['a', 'b', 'c'].map(name => builder.device(name));
  builder.add({kind: MALLOC, device: devices[0]!, address: 1n, bytes: 9, time: 1});
  builder.add({kind: FREE, device: devices[1]!, address: 1n, bytes: 5, time: 3});
  builder.add({kind: MALLOC, device: devices[1]!, address: 2n, bytes: 5, time: 2});
  builder.add({kind: MALLOC, device: devices[2]!, address: 2n, bytes: 10, time: 2});
  const trace = builder.build();
  assert.deepEqual(
    devices.map(device => maxLoad(trace, device)),
    [9, 10, 10],
  );
  assert.equal(chooseDevice(trace), 1);
  assert.equal(chooseDevice(trace, 'a'), 0);
  assert.throws(() => chooseDevice(trace, 'd'), new UsageError('device: expected one of a, b, c, got d'));
});

/** A trace of twelve events, every figure of it worked out by hand. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  accessIntervals,
  breakDown,
  CONTENTS,
  cdf,
  classifyContents,
  classifyLifetimes,
  countKinds,
  findOutliers,
  INTERVAL_KINDS,
  type Iteration,
  LIFETIME_CLASSES,
  percentiles,
  scheduleSwaps,
} from '../../bindings/trace.ts';
import {GOLDEN, traceOf} from './traces.ts';

const trace = traceOf(GOLDEN, {1: 'weights', 2: 'conv'});
const intervals = accessIntervals(trace, 0);

test('the intervals lie between adjacent accesses of a block', () => {
  const rows = Array.from({length: intervals.count}, (_, i) => [
    intervals.block[i],
    INTERVAL_KINDS[intervals.kind[i] as 0 | 1 | 2 | 3],
    intervals.from[i],
    intervals.to[i],
    intervals.events[i],
    intervals.time[i],
  ]);
  assert.deepEqual(rows, [
    [0, 'WR', 1, 4, 3, 3],
    [1, 'WR', 3, 5, 2, 2],
    [0, 'RR', 4, 9, 5, 16],
    [0, 'RW', 9, 10, 1, 1],
  ]);
  assert.deepEqual(countKinds(intervals), [1, 1, 2, 0]);
});

test('percentiles are values that occur', () => {
  assert.deepEqual(percentiles(intervals.time, [1, 25, 50, 51, 75, 90, 100]), [1, 1, 2, 3, 3, 16, 16]);
  assert.deepEqual(percentiles(new Float64Array(0), [50]), []);
});

test('the distribution has one step per value', () => {
  assert.deepEqual(cdf(Float64Array.of(3, 1, 16, 1)), [
    {value: 1, share: 0.5},
    {value: 3, share: 0.75},
    {value: 16, share: 1},
  ]);
  assert.deepEqual(cdf(intervals.time, 2), [
    {value: 2, share: 0.5},
    {value: 16, share: 1},
  ]);
});

test('outliers reach both thresholds', () => {
  const found = (length: number, unit: 'us' | 'events', bytes: number) =>
    findOutliers(trace, intervals, {length, unit, bytes}).map(({interval}) => interval);
  assert.deepEqual(found(16, 'us', 100), [2]);
  assert.deepEqual(found(17, 'us', 1), []);
  assert.deepEqual(found(1, 'us', 101), []);
  assert.deepEqual(found(2, 'events', 50), [2, 0, 1]);
});

const namesOf = (contents: Uint8Array) => [...contents].map(content => CONTENTS[content]);

test('contents follow from the order of reads and writes, in the recording and in a part of it', () => {
  assert.deepEqual(namesOf(classifyContents(trace, 0)), ['intermediate', 'intermediate', 'output']);
  assert.deepEqual(namesOf(classifyContents(trace, 0, {first: 4, end: 12})), [
    'parameter',
    'input',
    'output',
  ]);
  assert.deepEqual(namesOf(classifyContents(trace, 0, {first: 4, end: 8})), ['input', 'input', 'untouched']);
});

test('lifetimes are classified against the iterations, or the whole recording', () => {
  const classes = (iterations: readonly Iteration[]) => {
    const {lifetimeClass, blocksPerIteration} = classifyLifetimes(trace, 0, iterations);
    return [[...lifetimeClass].map(index => LIFETIME_CLASSES[index]), blocksPerIteration];
  };
  const of = (firstEvent: number, endEvent: number) => ({number: 0, firstEvent, endEvent, whole: true});
  assert.deepEqual(classes([]), [['across', 'within', 'within'], [3]]);
  assert.deepEqual(classes([of(0, 3), of(3, 5)]), [
    ['persistent', 'within', 'within'],
    [2, 1],
  ]);
  // the second block is freed at the third memory event, so it crosses this border and counts twice
  assert.deepEqual(classes([of(1, 2), of(2, 4)]), [
    ['persistent', 'across', 'across'],
    [1, 1],
  ]);
  assert.deepEqual(classes([of(3, 5)]), [['persistent', 'apart', 'within'], [1]]);
});

test('bytes are broken down by content and by operation', () => {
  const group = (name: string, blocks: number, bytes: number, peakBlocks: number, peakBytes: number) => ({
    name,
    blocks,
    bytes,
    peakBlocks,
    peakBytes,
  });
  assert.deepEqual(breakDown(trace, 0, 'content'), {
    peakEvent: 3,
    peakBytes: 170,
    groups: [group('intermediate', 2, 150, 1, 100), group('output', 1, 70, 1, 70)],
  });
  assert.deepEqual(breakDown(trace, 0, 'operation').groups, [
    group('weights', 1, 100, 1, 100),
    group('', 1, 70, 1, 70),
    group('conv', 1, 50, 0, 0),
  ]);
  assert.deepEqual(breakDown(trace, 0, 'operation', {firstEvent: 0, endEvent: 3}), {
    peakEvent: 1,
    peakBytes: 150,
    groups: [group('weights', 1, 100, 1, 100), group('conv', 1, 50, 1, 50)],
  });
});

test('a limit below the need of one event is not met, and the event is named', () => {
  const bandwidths = {out: 1e8, in: 1e8};
  assert.deepEqual(scheduleSwaps(trace, 0, 170, bandwidths), {swaps: [], excess: null});
  // the last read of block 0 needs it beside block 2, which is not accessed again and so cannot leave
  assert.deepEqual(scheduleSwaps(trace, 0, 120, bandwidths).excess, {event: 9, bytes: 50});
});

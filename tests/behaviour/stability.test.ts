/** Differences between iterations, and the quality of wall time. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type Iteration,
  type Iterations,
  judgeTime,
  measureStability,
  reportBehaviour,
} from '../../bindings/trace.ts';
import {type Row, traceOf} from './traces.ts';

/** A malloc and a free of each size, one event per microsecond. */
function pairs(...sizes: readonly number[]): Row[] {
  return sizes.flatMap((bytes, i): Row[] => [
    [2 * i, 'M', 1, bytes],
    [2 * i + 1, 'F', 1, bytes],
  ]);
}

function iterationsAt(...borders: readonly number[]): Iterations {
  const iterations = borders.slice(1).map(
    (endEvent, i): Iteration => ({
      number: i + 5,
      firstEvent: borders[i]!,
      endEvent,
      whole: endEvent > borders[i]!,
    }),
  );
  return {source: 'mark', warmUpEvents: 0, tailEvents: 0, iterations};
}

test('the majority is the behaviour of most iterations; among equals, that of the earliest', () => {
  const trace = traceOf(pairs(1, 2, 1, 3, 1, 2));
  const {compared, majority, events, growth, deviations} = measureStability(
    trace,
    0,
    iterationsAt(0, 4, 8, 12),
  );
  assert.deepEqual([compared, majority, events, growth], [3, 2, 4, 0]);
  assert.deepEqual(deviations, [
    {
      number: 6,
      events: 4,
      position: 2,
      expected: {kind: 'malloc', bytes: 2},
      found: {kind: 'malloc', bytes: 3},
    },
  ]);
  assert.equal(measureStability(trace, 0, iterationsAt(0, 4, 8)).deviations[0]!.number, 6);
});

test('an iteration that ends early, or goes on, differs where one of the two has ended', () => {
  const trace = traceOf(pairs(1, 2, 1, 1, 2, 1, 2, 7));
  const {deviations} = measureStability(trace, 0, iterationsAt(0, 4, 6, 10, 16));
  assert.deepEqual(deviations, [
    {number: 6, events: 2, position: 2, expected: {kind: 'malloc', bytes: 2}, found: null},
    {number: 8, events: 6, position: 4, expected: null, found: {kind: 'malloc', bytes: 7}},
  ]);
});

test('bytes that iterations leave behind are growth', () => {
  const rows: Row[] = [
    [0, 'M', 1, 5],
    [1, 'M', 2, 5],
    [2, 'M', 3, 5],
  ];
  assert.equal(measureStability(traceOf(rows), 0, iterationsAt(0, 1, 2, 3)).growth, 15);
});

test('a recording without iterations compares nothing', () => {
  assert.equal(measureStability(traceOf(pairs(1, 2, 3)), 0).compared, 0);
  const empty = reportBehaviour(traceOf([]), 0);
  assert.deepEqual(
    [empty.blocksPerIteration, empty.peak.byLifetime.peakBytes, empty.iteration],
    [[0], 0, null],
  );
});

test('wall time is trusted unless none was recorded or a few pauses are most of it', () => {
  const even = Array.from({length: 1001}, (_, i) => pairs(1)[i % 2]!);
  const timed = (time: (i: number) => number) =>
    traceOf(even.map(([, kind, address, bytes], i): Row => [time(i), kind, address, bytes]));
  assert.deepEqual(judgeTime(timed(i => i)), {isTrustworthy: true, reason: ''});
  assert.deepEqual(judgeTime(timed(() => 3)), {isTrustworthy: false, reason: 'no times were recorded'});
  // one gap of 999 beside 999 of 1 is half of the time, one of 1,000 is more
  assert.equal(judgeTime(timed(i => (i > 500 ? i + 998 : i))).isTrustworthy, true);
  assert.deepEqual(judgeTime(timed(i => (i > 500 ? i + 999 : i))), {
    isTrustworthy: false,
    reason: 'the 1 longest of 1000 gaps between events are 50 % of the recorded time',
  });
});

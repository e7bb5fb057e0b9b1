/** Swap advice, its schedules, and the simulator that checks them. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  accessIntervals,
  maxLoad,
  scheduleSwaps,
  simulateSwaps,
  swapBound,
  swappableIntervals,
  type Trace,
} from '../../bindings/trace.ts';
import {GOLDEN, type Row, traceOf} from './traces.ts';

test('the bound on the bytes that fit into an interval is that of the paper', () => {
  assert.equal((swapBound(25) / 1e3).toFixed(2), '79.37');
  assert.equal((swapBound(0.8e6) / 1e9).toFixed(2), '2.54');
  assert.equal(swapBound(2, {out: 1e8, in: 1e8}), 100);
});

test('intervals in which a block can leave and return, by size', () => {
  const trace = traceOf(GOLDEN);
  const intervals = accessIntervals(trace, 0);
  assert.deepEqual(swappableIntervals(trace, intervals, {out: 1e8, in: 1e8}), [0, 2, 1]);
  assert.deepEqual(swappableIntervals(trace, intervals, {out: 4e7, in: 4e7}), [2]);
});

const TWO: readonly Row[] = [
  [0, 'M', 1, 100],
  [1, 'W', 1, 100],
  [2, 'M', 2, 100],
  [3, 'W', 2, 100],
  [10, 'F', 2, 100],
  [20, 'R', 1, 100],
  [21, 'F', 1, 100],
];

function run(trace: Trace, limit: number, bytesPerMicrosecond: number) {
  const bandwidths = {out: bytesPerMicrosecond * 1e6, in: bytesPerMicrosecond * 1e6};
  const schedule = scheduleSwaps(trace, 0, limit, bandwidths);
  return {schedule, simulation: simulateSwaps(trace, 0, schedule.swaps, limit, bandwidths)};
}

test('a block leaves in time, and the program waits for transfers that cannot be hidden', () => {
  const trace = traceOf(TWO);
  const {schedule, simulation} = run(trace, 100, 100);
  assert.deepEqual(schedule, {swaps: [{block: 0, out: 1, in: 5, needed: 5}], excess: null});
  // out by the time of event 2; back only once event 4 has freed the other, so its 1 µs is waited for
  assert.deepEqual(simulation, {isFeasible: true, peak: 100, stall: 1, duration: 22, moved: 100});
  // ten times slower: 9 µs until it is out, 10 µs until it is back
  assert.deepEqual(run(trace, 100, 10).simulation, {
    isFeasible: true,
    peak: 100,
    stall: 19,
    duration: 40,
    moved: 100,
  });
  assert.deepEqual(run(trace, 200, 10).simulation, {
    isFeasible: true,
    peak: 200,
    stall: 0,
    duration: 21,
    moved: 0,
  });
});

test('the simulator does not exceed the limit for a schedule that does, and refuses one that is wrong', () => {
  const trace = traceOf(TWO);
  const bandwidths = {out: 1e8, in: 1e8};
  assert.deepEqual(simulateSwaps(trace, 0, [], 150, bandwidths), {
    isFeasible: false,
    peak: 100,
    stall: 0,
    duration: 2,
    moved: 0,
  });
  const early = simulateSwaps(trace, 0, [{block: 0, out: 1, in: 3, needed: 5}], 100, bandwidths);
  assert.equal(early.isFeasible, false);
  const late = [{block: 0, out: 1, in: 6, needed: 5}];
  assert.throws(() => simulateSwaps(trace, 0, late, 100, bandwidths), RangeError);
  const notItsEvent = [{block: 0, out: 3, in: 5, needed: 5}];
  assert.throws(() => simulateSwaps(trace, 0, notItsEvent, 200, bandwidths), RangeError);
});

/** Any number of blocks, accessed at any time while they live. */
const traces = fc
  .array(
    fc.record({
      start: fc.integer({min: 0, max: 50}),
      length: fc.integer({min: 2, max: 50}),
      bytes: fc.integer({min: 1, max: 100}),
      accesses: fc.array(fc.integer({min: 1, max: 999}), {maxLength: 6}),
    }),
    {minLength: 1, maxLength: 12},
  )
  .map(blocks => {
    const rows = blocks.flatMap(({start, length, bytes, accesses}, index): Row[] => [
      [start, 'M', index + 1, bytes],
      ...accesses.map((at): Row => [start + (length * at) / 1000, at % 2 ? 'R' : 'W', index + 1, bytes]),
      [start + length, 'F', index + 1, bytes],
    ]);
    return traceOf(rows.sort((a, b) => a[0] - b[0]));
  });

test('the simulator meets a limit exactly where the scheduler says that it can be met', () => {
  let swapped = 0;
  let failed = 0;
  fc.assert(
    fc.property(
      traces,
      fc.double({min: 0.3, max: 1, noNaN: true}),
      fc.constantFrom(1, 10, 1000),
      (trace, share, speed) => {
        const limit = Math.ceil(maxLoad(trace, 0) * share);
        const {schedule, simulation} = run(trace, limit, speed);
        assert.ok(simulation.peak <= limit);
        assert.equal(simulation.isFeasible, schedule.excess === null);
        if (schedule.excess) failed++;
        else if (schedule.swaps.length > 0) swapped++;
        // the same recording ends that much later
        const {count, time} = trace.events;
        if (simulation.isFeasible)
          assert.ok(Math.abs(simulation.duration - simulation.stall - (time[count - 1]! - time[0]!)) < 1e-6);
      },
    ),
    {numRuns: 500, seed: 3},
  );
  assert.ok(swapped > 20 && failed > 20, `${swapped} swapped, ${failed} failed`);
});

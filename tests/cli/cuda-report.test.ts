/** The output of `stowage plan` for every kind of CUDA snapshot, in literal numbers. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cudaLines} from '../../bindings/cli/text/cuda.ts';

const MIB = 2 ** 20;

const RECOVERABLE = {
  reserved: 100 * MIB,
  isReservedAtEnd: false,
  persistent: 30 * MIB,
  plannedPeak: 50 * MIB,
  lowerBound: 50 * MIB,
  recoverable: 20 * MIB,
  isProven: true,
  parts: 1,
};

const linesOf = (changed: Partial<typeof RECOVERABLE> = {}): string[] =>
  cudaLines({device: 'cuda:0', recoverable: {...RECOVERABLE, ...changed}});

test('reserved with segment events is their maximum, else the value at the end', () => {
  assert.deepEqual(linesOf(), [
    'reserved     104,857,600 B (100.0 MiB), at most',
    'needed       83,886,080 B (80.0 MiB): persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB)',
    'recoverable  20,971,520 B (20.0 MiB) = reserved − needed, proven: no plan of these buffers recovers more',
  ]);
  assert.equal(
    linesOf({isReservedAtEnd: true})[0],
    'reserved     104,857,600 B (100.0 MiB), known only for the end of the recording',
  );
});

test('streams and pools are counted; an unproven figure has a limit; a negative one is shown', () => {
  assert.match(linesOf({parts: 3})[1]!, /planned peak .* of 3 streams and pools, each planned separately$/);
  assert.equal(
    linesOf({lowerBound: 48 * MIB, isProven: false})[2],
    'recoverable  20,971,520 B (20.0 MiB) = reserved − needed, not proven: a better plan recovers at most 23,068,672 B (22.0 MiB)',
  );
  assert.match(
    linesOf({recoverable: -MIB})[2]!,
    /^recoverable {2}−1,048,576 B \(1\.0 MiB\) = reserved − needed/,
  );
});

/** 40 MiB live, 30 persistent and 50 planned, 20 asked for; so much to have. */
function verdictLines(
  verdict: 'capacity' | 'fragmentation' | 'unknown',
  capacity: number,
  isCapacityGiven = false,
) {
  const state = {request: 20 * MIB, live: 40 * MIB, persistent: 30 * MIB, plannedPeak: 50 * MIB};
  const outOfMemory = {verdict, ...state, capacity, isCapacityGiven, needed: 100 * MIB};
  return cudaLines({device: 'cuda:0', recoverable: RECOVERABLE, outOfMemory}).slice(3);
}

test('each verdict shows its arithmetic, and the first change to try', () => {
  assert.deepEqual(verdictLines('capacity', 50 * MIB), [
    'out of memory  capacity: live 41,943,040 B (40.0 MiB) + request 20,971,520 B (20.0 MiB) = 62,914,560 B (60.0 MiB), more than 52,428,800 B (50.0 MiB) (reserved + free when the request failed)',
    '             no allocator can serve it; 10,485,760 B (10.0 MiB) less must be live at that time',
  ]);
  assert.deepEqual(verdictLines('fragmentation', 100 * MIB, true), [
    'out of memory  fragmentation: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB) + request 20,971,520 B (20.0 MiB) = 104,857,600 B (100.0 MiB), within 104,857,600 B (100.0 MiB)',
    '             a plan would have fitted; first try the settings that `stowage replay` ranks highest',
  ]);
  assert.deepEqual(verdictLines('unknown', 90 * MIB), [
    'out of memory  unknown: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB) + request 20,971,520 B (20.0 MiB) = 104,857,600 B (100.0 MiB), more than 94,371,840 B (90.0 MiB) (reserved + free when the request failed); live 41,943,040 B (40.0 MiB) + request 20,971,520 B (20.0 MiB) = 62,914,560 B (60.0 MiB), which is not more',
    '             a better plan may or may not fit; first lower the peak that `stowage plan --explain` shows',
  ]);
});

/** The output of `stowage plan` for every kind of CUDA snapshot, in literal numbers. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Recoverable} from '../../bindings/allocators/index.ts';
import {cudaLines} from '../../bindings/cli/text/cuda.ts';
import type {Evidence} from '../../bindings/trace.ts';

const MIB = 2 ** 20;

const EVIDENCE: Evidence = {scope: {kind: 'recording', device: 'cuda:0'}, assumptions: []};

const RECOVERABLE: Recoverable = {
  evidence: EVIDENCE,
  reserved: 100 * MIB,
  isReservedAtEnd: false,
  persistent: 30 * MIB,
  kept: 0,
  plannedPeak: 50 * MIB,
  lowerBound: 50 * MIB,
  needed: 80 * MIB,
  recoverable: 20 * MIB,
  isProven: true,
  reason: '',
  parts: 1,
};

const linesOf = (changed: Partial<Recoverable> = {}): string[] =>
  cudaLines({device: 'cuda:0', recoverable: {...RECOVERABLE, ...changed}});

test('reserved with segment events is their maximum; without, the recoverable bytes are a least value', () => {
  assert.deepEqual(linesOf(), [
    'reserved     104,857,600 B (100.0 MiB), at most, in the whole recording',
    'needed       83,886,080 B (80.0 MiB) by the plan of the whole recording: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB)',
    'recoverable  20,971,520 B (20.0 MiB) = reserved − needed, proven: no plan of the whole recording recovers more',
  ]);
  const atEnd = linesOf({isReservedAtEnd: true});
  assert.equal(atEnd[0], 'reserved     104,857,600 B (100.0 MiB), known only for the end of the recording');
  assert.match(atEnd[2]!, /^recoverable {2}at least 20,971,520 B/);
});

test('streams and pools are counted, and the proof names the plans that it is about', () => {
  const lines = linesOf({parts: 3, evidence: {...EVIDENCE, assumptions: ['streams-apart']}});
  assert.match(lines[1]!, /by the plan of the whole recording, 3 streams and pools apart: /);
  assert.match(
    lines[2]!,
    /proven: no plan of the whole recording that keeps the streams apart recovers more$/,
  );
  assert.equal(
    linesOf({lowerBound: 48 * MIB, isProven: false})[2],
    'recoverable  20,971,520 B (20.0 MiB) = reserved − needed, not proven: a better plan recovers at most 23,068,672 B (22.0 MiB)',
  );
});

test('nothing is recoverable where a plan needs more than was reserved, with the reason', () => {
  const lines = linesOf({needed: 101 * MIB, recoverable: 0, reason: 'the allocator returned 3 segments'});
  assert.equal(
    lines[2],
    'recoverable  0 B: the plan needs 1,048,576 B (1.0 MiB) more than was reserved (the allocator returned 3 segments); proven: no plan of the whole recording recovers more',
  );
});

test('the recoverable bytes are unknown where the recording lacks what was reserved at the peak', () => {
  assert.equal(
    linesOf({recoverable: null, isProven: false, reason: 'no segment events'})[2],
    'recoverable  unknown: no segment events',
  );
});

test('pools of CUDA graphs from before the recording are kept', () => {
  assert.match(
    linesOf({kept: 8 * MIB})[1]!,
    /persistent .* \+ pools of CUDA graphs from before 8,388,608 B \(8\.0 MiB\) \+ planned peak/,
  );
});

/** 40 MiB live, 30 persistent and 50 planned, 20 asked for; so much to have. */
function verdictLines(
  verdict: 'capacity' | 'fragmentation' | 'unknown',
  capacity: number,
  isCapacityGiven = false,
) {
  const state = {
    evidence: EVIDENCE,
    request: 20 * MIB,
    live: 40 * MIB,
    persistent: 30 * MIB,
    kept: 0,
    plannedPeak: 50 * MIB,
  };
  const capacitySource: 'given' | 'failure' = isCapacityGiven ? 'given' : 'failure';
  const outOfMemory = {verdict, ...state, capacity, capacitySource, isCapacityGiven, needed: 100 * MIB};
  return cudaLines({device: 'cuda:0', recoverable: RECOVERABLE, outOfMemory}).slice(3);
}

test('each verdict shows its arithmetic, and the first change to try', () => {
  assert.deepEqual(verdictLines('capacity', 50 * MIB), [
    'out of memory  capacity: live 41,943,040 B (40.0 MiB) + request 20,971,520 B (20.0 MiB) = 62,914,560 B (60.0 MiB), more than 52,428,800 B (50.0 MiB) (reserved + free when the request failed)',
    '             no allocator can serve it; 10,485,760 B (10.0 MiB) less must be live at that time',
  ]);
  assert.deepEqual(verdictLines('fragmentation', 100 * MIB, true), [
    'out of memory  fragmentation: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB) + request 20,971,520 B (20.0 MiB) = 104,857,600 B (100.0 MiB), within 104,857,600 B (100.0 MiB)',
    '             a plan of the whole recording would have fitted; first try the settings that `stowage replay` ranks highest',
  ]);
  assert.deepEqual(verdictLines('unknown', 90 * MIB), [
    'out of memory  unknown: persistent 31,457,280 B (30.0 MiB) + planned peak 52,428,800 B (50.0 MiB) + request 20,971,520 B (20.0 MiB) = 104,857,600 B (100.0 MiB), more than 94,371,840 B (90.0 MiB) (reserved + free when the request failed); live 41,943,040 B (40.0 MiB) + request 20,971,520 B (20.0 MiB) = 62,914,560 B (60.0 MiB), which is not more',
    '             a better plan may or may not fit; first lower the peak that `stowage plan --explain` shows',
  ]);
});

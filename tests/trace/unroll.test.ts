import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  FREE,
  liveBytes,
  MALLOC,
  memoryEvents,
  type StepProblem,
  stepProblem,
  type Trace,
  TraceBuilder,
  type UnrolledStep,
  UsageError,
  unroll,
} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {isLive, loadOf} from './check.ts';

const TIMES = 4;

/** The allocations of each iteration: start, duration (both in iterations) and bytes. */
interface Allocation {
  readonly at: number;
  readonly lasts: number;
  readonly bytes: number;
}

/** A recording of iterations that all do the same, from 0 on; each begins at its number. */
function periodicTrace(allocations: readonly Allocation[], iterations: number): Trace {
  const builder = new TraceBuilder('test');
  const device = builder.device('cpu');
  let address = 0n;
  for (let k = -5; k < iterations; k++) {
    if (k >= 0) builder.mark(k, k);
    for (const {at, lasts, bytes} of allocations) {
      address++;
      const begin = k + at;
      if (begin >= 0 && begin < iterations) builder.add({kind: MALLOC, device, address, bytes, time: begin});
      if (begin + lasts >= 0 && begin + lasts < iterations)
        builder.add({kind: FREE, device, address, bytes, time: begin + lasts});
    }
  }
  builder.mark(null, iterations);
  return builder.build();
}

function randomAllocations(random: (below: number) => number): Allocation[] {
  // 2^-16 keeps every free off the border of an iteration, where it could belong to either
  return Array.from({length: 1 + random(6)}, (_, i) => {
    const at = (2 * random(32) + 1) / 64 + i / 4096;
    const periods = random(3) === 0 ? random(3) : 0;
    const lasts = periods + (1 + random(63)) / 128 + i / 8192 + 2 ** -16;
    return {at, lasts, bytes: 1 + random(5)};
  });
}

/** Checks a step against its unrolling, at every tick and for every pair. */
function checkUnrolled(step: StepProblem, {problem, buffer}: UnrolledStep, times: number): void {
  assert.equal(buffer.length, problem.count);
  for (let tick = 0; tick < times * step.ticks; tick++) {
    const live = Array.from({length: problem.count}, (_, i) => i).filter(i => isLive(problem, i, tick));
    const places = live.map(i => buffer[i]!);
    assert.equal(new Set(places).size, places.length, 'no two instances in one buffer at once');
    for (const place of places)
      assert.ok(
        isLive(step.problem, place, tick % step.ticks),
        'the step keeps the buffer free for its instance',
      );
  }
  for (let i = 0; i < problem.count; i++) assert.equal(problem.size[i], step.problem.size[buffer[i]!]);
  assert.ok(loadOf(problem) <= loadOf(step.problem));
}

test('a twin is one instance over each border', () => {
  const trace = periodicTrace(
    [
      {at: 0.75, lasts: 0.5, bytes: 8},
      {at: 0.5, lasts: 0.125, bytes: 1},
    ],
    6,
  );
  const step = stepProblem(trace, {iteration: 3});
  // ticks: 0 free of the twin, 1 malloc of 1, 2 free of it, 3 malloc of 8
  assert.equal(step.ticks, 4);
  const {problem, buffer} = unroll(step, 3);
  const rows = Array.from({length: problem.count}, (_, i) => [
    buffer[i],
    problem.start[i],
    problem.end[i],
    problem.size[i],
  ]);
  assert.deepEqual(rows, [
    [1, 3, 4, 8],
    [1, 7, 8, 8],
    [1, 11, 12, 8],
    [0, 1, 2, 1],
    [0, 5, 6, 1],
    [0, 9, 10, 1],
  ]);
});

test('a buffer over two periods and a bit rotates through three slots', () => {
  const trace = periodicTrace([{at: 0.25, lasts: 2.5, bytes: 8}], 9);
  const step = stepProblem(trace, {iteration: 5});
  assert.deepEqual(step.twins, [{buffer: 0, slots: 3, start: 0, end: 1, periods: 2}]);
  const {problem, buffer} = unroll(step, 3);
  const rows = Array.from({length: problem.count}, (_, i) => [buffer[i], problem.start[i], problem.end[i]]);
  assert.deepEqual(rows, [
    [1, 0, 1],
    [2, 0, 3],
    [0, 0, 5],
    [1, 2, 6],
    [2, 4, 6],
  ]);
});

test('a periodic recording unrolls into the recorded events', () => {
  const property = fc.property(fc.integer({min: 1, max: 2 ** 31}), seed => {
    const trace = periodicTrace(randomAllocations(seeded(seed)), 5 + TIMES);
    const first = 4;
    const step = stepProblem(trace, {iteration: first, device: 'cpu'});
    assert.equal(step.lifetimes, 'cyclic');
    assert.equal(step.carried.in, step.carried.matched);
    assert.equal(step.carried.out, step.carried.matched);
    assert.equal(step.persistent.count, 0);
    const unrolled = unroll(step, TIMES);
    checkUnrolled(step, unrolled, TIMES);
    // the recording itself, from that iteration on
    const memory = memoryEvents(trace, 0);
    const live = liveBytes(trace, memory);
    const begin = memory.event.findIndex(event => trace.events.time[event]! >= first);
    for (let tick = 0; tick < TIMES * step.ticks; tick++) {
      let bytes = 0;
      for (let i = 0; i < unrolled.problem.count; i++)
        if (isLive(unrolled.problem, i, tick)) bytes += unrolled.problem.size[i]!;
      assert.equal(bytes, live[begin + tick + 1], `tick ${tick}`);
    }
  });
  fc.assert(property, {seed: 10, numRuns: 150});
});

test('the first iteration of a recording unrolls without contradiction, whatever found no twin', () => {
  const property = fc.property(fc.integer({min: 1, max: 2 ** 31}), seed => {
    const trace = periodicTrace(randomAllocations(seeded(seed)), 5 + TIMES);
    const step = stepProblem(trace, {iteration: 0});
    checkUnrolled(step, unroll(step, TIMES), TIMES);
  });
  fc.assert(property, {seed: 11, numRuns: 100});
});

test('only a cyclic step can be unrolled, at least once', () => {
  const trace = periodicTrace([{at: 0.25, lasts: 0.5, bytes: 8}], 4);
  assert.throws(() => unroll(stepProblem(trace, {lifetimes: 'linear'}), 3), UsageError);
  for (const times of [0, 1.5, Number.NaN])
    assert.throws(() => unroll(stepProblem(trace), times), UsageError);
});

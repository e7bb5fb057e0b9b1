import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {longestRun, type Run} from '../../bindings/trace/timeline/periods.ts';
import {seeded} from '../random.ts';

const runOf = (text: string): Run | undefined =>
  longestRun(Uint32Array.from(text, letter => letter.charCodeAt(0)));

/** The longest run by trying everything, and of equally long ones the smallest period. */
function longestByForce(sequence: Uint32Array): number {
  let longest = 0;
  for (let period = 1; period * 2 <= sequence.length; period++) {
    let matched = 0;
    for (let i = 0; i + period < sequence.length; i++) {
      matched = sequence[i] === sequence[i + period] ? matched + 1 : 0;
      if (matched >= period) longest = Math.max(longest, matched + period);
    }
  }
  return longest;
}

test('a sequence that repeats throughout', () => {
  assert.deepEqual(runOf('abcabcabc'), {start: 0, end: 9, period: 3});
  assert.deepEqual(runOf('aaaa'), {start: 0, end: 4, period: 1});
  assert.deepEqual(runOf('abab'), {start: 0, end: 4, period: 2});
});

test('events before and after are left out, a part of a period at the end is not', () => {
  assert.deepEqual(runOf('xyzabcdabcdabcdabq'), {start: 3, end: 17, period: 4});
});

test('layers that repeat within an iteration are not the iteration', () => {
  assert.deepEqual(runOf('wlllleullllexwlllleullllexwlllleullllex'), {start: 0, end: 39, period: 13});
});

test('of equally long runs the one with the smaller period counts', () => {
  assert.deepEqual(runOf('abcabcabcabcxyxyxyxyxyxy'), {start: 12, end: 24, period: 2});
  assert.deepEqual(runOf('xyxyxyxyxyxyabcabcabcabc'), {start: 0, end: 12, period: 2});
});

test('nothing repeats', () => {
  assert.equal(runOf('abcdefghij'), undefined);
  assert.equal(runOf('a'), undefined);
  assert.equal(runOf(''), undefined);
});

test('planted periods are found, whatever surrounds them', () => {
  const letter = fc.integer({min: 0, max: 3});
  const property = fc.property(
    fc.array(letter, {minLength: 1, maxLength: 12}),
    fc.integer({min: 2, max: 5}),
    fc.array(letter, {maxLength: 30}),
    fc.array(letter, {maxLength: 30}),
    (unit, times, before, after) => {
      const planted = Array.from({length: times}, () => unit).flat();
      const sequence = Uint32Array.from([...before, ...planted, ...after]);
      if (planted.length * 2 < sequence.length) return;
      const run = longestRun(sequence);
      assert.ok(run);
      const {start, end, period} = run;
      assert.ok(end - start >= planted.length && end - start >= 2 * period);
      for (let i = start; i + period < end; i++) assert.equal(sequence[i], sequence[i + period]);
    },
  );
  fc.assert(property, {seed: 8, numRuns: 2000});
});

test('where the longest run is at least half of the sequence, it is the one found, with its smallest period', () => {
  const random = seeded(11);
  let long = 0;
  for (let round = 0; round < 3000; round++) {
    const letters = 2 + random(2);
    const sequence = Uint32Array.from({length: 1 + random(24)}, () => random(letters));
    const longest = longestByForce(sequence);
    const run = longestRun(sequence);
    if (longest * 2 < sequence.length) continue;
    long++;
    assert.equal(run ? run.end - run.start : 0, longest, sequence.join(''));
    if (!run) continue;
    const isPeriod = (period: number): boolean =>
      sequence
        .subarray(run.start, run.end - period)
        .every((value, i) => value === sequence[run.start + i + period]);
    for (let period = 1; period < run.period; period++) assert.ok(!isPeriod(period));
  }
  assert.ok(long > 500);
});

test('60,000 events take less than 200 ms, also where nothing repeats, or everything does', () => {
  const random = seeded(13);
  const sequences = [
    Uint32Array.from({length: 60_000}, () => random(50)),
    new Uint32Array(60_000),
    Uint32Array.from({length: 60_000}, (_, i) => (i % 1022) % 7),
    // Fibonacci's word, with as many runs as there can be
    Uint32Array.from(
      {length: 60_000},
      (_, i) => Math.floor((i + 2) * 0.6180339887498949) - Math.floor((i + 1) * 0.6180339887498949),
    ),
  ];
  for (const sequence of sequences) {
    const begin = performance.now();
    longestRun(sequence);
    const milliseconds = performance.now() - begin;
    assert.ok(milliseconds < 200, `${milliseconds} ms`);
  }
});

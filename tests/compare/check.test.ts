/** Figures against limits: at the limit, beyond it, and not known. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type CheckedFigures, evaluateChecks, type Limits, PROBLEM_EVIDENCE} from '../../bindings/trace.ts';

const FIGURES: CheckedFigures = {
  evidence: PROBLEM_EVIDENCE,
  peak: 105,
  lowerBound: 100,
  load: 90,
  persistent: 50,
  reserved: 200,
  allocated: 150,
};

/** `name passed value limit reason`. */
const told = (figures: CheckedFigures, limits: Limits): string[] =>
  evaluateChecks(figures, limits).map(({name, passed, value, limit, reason}) =>
    [name, passed, value, limit, reason].join(' ').trim(),
  );

test('a value at the limit passes, a value beyond it fails', () => {
  assert.deepEqual(told(FIGURES, {maxPeak: 105, maxLoad: 90, maxReserved: 200}), [
    'max-peak true 105 105',
    'max-load true 90 90',
    'max-reserved true 200 200',
  ]);
  assert.deepEqual(told(FIGURES, {maxPeak: 104, maxLoad: 89, maxReserved: 199}), [
    'max-peak false 105 104',
    'max-load false 90 89',
    'max-reserved false 200 199',
  ]);
});

test('fragmentation of the plan is peak ÷ lower bound − 1, that of the recorded allocator is the reserved bytes that it never used', () => {
  assert.deepEqual(told(FIGURES, {maxFragmentation: 5, maxStranded: 25}), [
    'max-fragmentation true 5 5',
    'max-stranded true 25 25',
  ]);
  assert.deepEqual(told(FIGURES, {maxFragmentation: 4.9, maxStranded: 24.9}), [
    'max-fragmentation false 5 4.9',
    'max-stranded false 25 24.9',
  ]);
  assert.deepEqual(
    told(
      {...FIGURES, peak: 0, lowerBound: 0, reserved: 0, allocated: 0},
      {maxFragmentation: 0, maxStranded: 0},
    ),
    ['max-fragmentation true 0 0', 'max-stranded true 0 0'],
  );
});

test('the capacity holds persistent blocks, too, and a failure says whether another plan could fit', () => {
  assert.deepEqual(told(FIGURES, {capacity: 155}), ['capacity true 155 155']);
  assert.deepEqual(told(FIGURES, {capacity: 150}), ['capacity false 155 150 another plan may fit']);
  assert.deepEqual(told(FIGURES, {capacity: 149}), ['capacity false 155 149 no plan can fit']);
});

test('a baseline holds peak and persistent bytes, with a tolerance', () => {
  const figures = {...FIGURES, baseline: {peak: 100, persistent: 50}};
  assert.deepEqual(told(figures, {}), ['baseline-peak false 105 100', 'baseline-persistent true 50 50']);
  assert.deepEqual(told(figures, {tolerance: 5}), [
    'baseline-peak true 105 105',
    'baseline-persistent true 50 52',
  ]);
});

test('an unknown value fails with the reason, and is never skipped', () => {
  const unknown = {
    ...FIGURES,
    peak: 'no plan',
    reserved: 'no segments',
    baseline: {peak: 'no baseline', persistent: 1},
  };
  assert.deepEqual(
    told(unknown, {maxPeak: 1, maxFragmentation: 1, maxReserved: 1, maxStranded: 1, capacity: 1}),
    [
      'max-peak false  1 no plan',
      'max-fragmentation false  1 no plan',
      'max-reserved false  1 no segments',
      'max-stranded false  1 no segments',
      'capacity false  1 no plan',
      'baseline-peak false   no plan',
      'baseline-persistent false 50 1',
    ],
  );
  assert.match(
    told({...FIGURES, allocated: 201}, {maxStranded: 100})[0]!,
    /^max-stranded false {2}100 unknown: more was allocated/,
  );
});

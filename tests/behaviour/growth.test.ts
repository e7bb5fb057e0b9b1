/** Growth from iteration to iteration. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {growthOf} from '../../bindings/behaviour/growth.ts';

test('growth by hand', () => {
  for (const [live, growth, what] of [
    [[10, 20], null, 'two iterations say nothing'],
    [[10, 20, 30], 10, 'a line'],
    [[10, 10, 10], 0, 'level'],
    [[30, 20, 10], 0, 'falling'],
    [[0, 50, 50, 50, 50, 50], 0, 'a step at the beginning'],
    [[0, 50, 50], 0, 'a step, of three iterations'],
    [[0, 10, 20, 30, 40, 40, 40, 40], 0, 'growth that has come to rest'],
    [[0, 0, 20, 20, 40, 40, 60, 60], 10, 'a leak in every second iteration: half of its bytes in each'],
    [[5, 0, 5, 0, 5, 0, 5, 0], 0, 'back and forth'],
    [[0, 1, 2, 3, 4, 900, 6, 7, 8, 9, 10, 11], 1, 'one iteration that keeps more does not move it'],
    [[0, 10, 20, 900, 40, 50, 60, 70], 0, 'nor is it growth where it is one of few'],
    [[0, 0, 0, 0, 0, 0, 0, 50], 0, 'a step at the end may be one'],
  ] as const)
    assert.equal(growthOf(live), growth, what);
});

test('a leak of so many bytes per iteration is found among noise below it', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 8, max: 1 << 20}),
      fc.array(fc.double({min: 0, max: 0.4, noNaN: true}), {minLength: 6, maxLength: 64}),
      (leak, noise) => {
        const growth = growthOf(noise.map((part, i) => 1e9 + i * leak + Math.floor(part * leak)))!;
        assert.ok(growth > leak * 0.55 && growth < leak * 1.45, `${growth} of ${leak}`);
      },
    ),
  );
});

test('what repeats does not grow, wherever the recording begins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), {minLength: 1, maxLength: 4}),
      fc.integer({min: 4, max: 12}),
      (period, times) => {
        const live = Array.from({length: times * period.length}, (_, i) => period[i % period.length]!);
        assert.ok(live.length < 3 || growthOf(live) === 0);
      },
    ),
  );
});

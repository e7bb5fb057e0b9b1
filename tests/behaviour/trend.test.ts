/** The trend of values, and the exact chance of it. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {chanceOf, isBelow, oneIn, risesToTheEnd, trendOf} from '../../bindings/behaviour/trend.ts';

const chance = (values: readonly number[]): [bigint, bigint] => {
  const {asStrong, orders} = chanceOf(values, trendOf(values).rises);
  return [asStrong, orders];
};

test('pairs, rises and slope by hand', () => {
  for (const [values, trend] of [
    [[], {pairs: 0, rises: 0, slope: 0}],
    [[7], {pairs: 0, rises: 0, slope: 0}],
    [[0, 10, 20, 30], {pairs: 6, rises: 6, slope: 10}],
    [[30, 20, 10], {pairs: 3, rises: -3, slope: -10}],
    // slopes 0, 3, 5, 5, 10, 10 of the pairs; the lower of the middle ones
    [[0, 0, 10, 10], {pairs: 6, rises: 4, slope: 3}],
    [[5, 0, 5], {pairs: 3, rises: 0, slope: 0}],
  ] as const)
    assert.deepEqual(trendOf(values), trend, `${values}`);
});

test('the chance of a trend by hand', () => {
  for (const [values, asStrong, orders, why] of [
    [[1, 2, 3], 1, 6, 'one of the six orders rises throughout'],
    [[1, 3, 2], 3, 6, 'it and two others rise in two pairs of three'],
    [[3, 2, 1], 6, 6, 'every order rises at least as much'],
    [[1, 2, 3, 4, 5], 1, 120, 'five values'],
    [[0, 1, 1, 1, 1, 1, 1], 1, 7, 'a step up: the odd value may be in seven places'],
    [[0, 0, 1, 1, 2, 2], 1, 90, '6! ÷ (2! · 2! · 2!) orders'],
    [[4, 4, 4], 1, 1, 'equal values have one order'],
  ] as const)
    assert.deepEqual(chance(values), [BigInt(asStrong), BigInt(orders)], why);
});

/** Every order of the values, each distinct one once. */
function ordersOf(values: readonly number[]): number[][] {
  if (values.length === 0) return [[]];
  return [...new Set(values)].flatMap(first => {
    const at = values.indexOf(first);
    return ordersOf(values.toSpliced(at, 1)).map(rest => [first, ...rest]);
  });
}

test('the chance is that of counting all orders', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({min: 0, max: 4}), {maxLength: 7}), values => {
      const {rises} = trendOf(values);
      const orders = ordersOf(values);
      const asStrong = orders.filter(order => trendOf(order).rises >= rises);
      assert.deepEqual(chance(values), [BigInt(asStrong.length), BigInt(orders.length)]);
    }),
    {numRuns: 60, seed: 20},
  );
});

test('sixty-four values that rise have one order of 64!', () => {
  const {asStrong, orders} = chanceOf(
    Array.from({length: 64}, (_, i) => i),
    (64 * 63) / 2,
  );
  assert.equal(asStrong, 1n);
  assert.equal(orders % 10n ** 13n, 0n);
  assert.ok(orders > 10n ** 89n && orders < 2n * 10n ** 89n);
});

test('a chance is judged by the places that were looked at', () => {
  const five = chanceOf([1, 2, 3, 4, 5], 10);
  assert.equal(oneIn(five), 120n);
  assert.ok(isBelow(five, 100, 1));
  assert.ok(!isBelow(five, 100, 2), '1 in 60 that one of two sites does it');
  assert.ok(isBelow(five, 60, 2));
  assert.equal(oneIn(chanceOf([1, 3, 2], 1)), 2n);
});

test('what comes to rest in its first half does not rise to the end', () => {
  assert.ok(risesToTheEnd([0, 1, 2, 3]));
  assert.ok(!risesToTheEnd([0, 10, 20, 20, 20, 20]));
  assert.ok(risesToTheEnd([0, 0, 1, 1, 2, 2]));
  assert.ok(!risesToTheEnd([0, 10, 20, 30, 40, 40, 40, 40]));
});

/** `verify` finds each kind of violation, names the buffers, and agrees with a pairwise check. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {BufferInfo} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf} from '../oracle.ts';
import {randomProblem, seeded} from '../random.ts';

const buffer = (start: number, end: number, size: number, rest: Partial<BufferInfo> = {}): BufferInfo => ({
  start,
  end,
  size,
  ...rest,
});

for (const {name, planner} of BUILDS) {
  const check = (buffers: BufferInfo[], offsets: number[], capacity?: number) =>
    planner.verify({buffers}, {offsets}, capacity === undefined ? {} : {capacity});

  test(`${name}: neighbours in time or in space do not overlap`, () => {
    assert.deepEqual(check([buffer(0, 2, 4), buffer(2, 4, 4), buffer(0, 4, 4)], [0, 0, 4]), []);
  });

  test(`${name}: an overlap names the lower buffer first`, () => {
    assert.deepEqual(check([buffer(1, 3, 4), buffer(2, 4, 4)], [3, 0]), [{kind: 'overlap', a: 1, b: 0}]);
    assert.deepEqual(check([buffer(1, 3, 4), buffer(2, 4, 4)], [0, 3]), [{kind: 'overlap', a: 0, b: 1}]);
    assert.deepEqual(check([buffer(1, 3, 4), buffer(1, 3, 4)], [5, 5]).length, 1);
  });

  test(`${name}: one buffer inside another, and one under two, are found`, () => {
    assert.equal(check([buffer(0, 9, 100), buffer(4, 5, 1)], [0, 50]).length, 1);
    assert.equal(check([buffer(0, 9, 10), buffer(0, 9, 10), buffer(3, 4, 30)], [0, 20, 5]).length, 1);
  });

  test(`${name}: a gap is free, its edges are not`, () => {
    const gapped = buffer(0, 10, 4, {gaps: [[3, 6]]});
    assert.deepEqual(check([gapped, buffer(3, 6, 4)], [0, 0]), []);
    assert.equal(check([gapped, buffer(2, 6, 4)], [0, 0]).length, 1);
    assert.equal(check([gapped, buffer(3, 7, 4)], [0, 0]).length, 1);
  });

  test(`${name}: misaligned, moved, over capacity and out of range are distinguished`, () => {
    assert.deepEqual(check([buffer(0, 1, 4, {alignment: 8})], [4]), [{kind: 'misaligned', a: 0}]);
    assert.deepEqual(check([buffer(0, 1, 4, {offset: 8})], [0]), [{kind: 'moved', a: 0}]);
    assert.deepEqual(check([buffer(0, 1, 4), buffer(1, 2, 6)], [0, 0], 5), [{kind: 'over-capacity', a: 1}]);
    for (const offset of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53 - 2]) {
      assert.deepEqual(check([buffer(0, 1, 4)], [offset]), [{kind: 'out-of-range', a: 0}], String(offset));
    }
  });

  test(`${name}: the index is the problem's, also behind buffers that take no part`, () => {
    const found = check([buffer(0, 0, 4), buffer(0, 2, 0), buffer(0, 2, 4), buffer(1, 2, 4)], [0, 0, 0, 2]);
    assert.deepEqual(found, [{kind: 'overlap', a: 2, b: 3}]);
  });

  test(`${name}: the wrong number of offsets is misuse`, () => {
    assert.throws(() => check([buffer(0, 1, 4)], []), /^UsageError: offsets: expected 1 entries, got 0$/);
  });

  test(`${name}: random offsets are refused exactly when a pairwise check refuses them`, () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.integer({min: 0}), fc.integer({min: 1, max: 12}), (seed, buffers) => {
        const random = seeded(seed);
        const problem = randomProblem(random, {
          buffers,
          ticks: 12,
          sizes: 6,
          alignment: 2,
          gapOneIn: 2,
          fixedOneIn: 5,
        });
        const offsets = problem.buffers.map(b => b.offset ?? (b.alignment ?? 1) * random(24));
        const isRefused = planner.verify(problem, {offsets}).length > 0;
        if (isRefused) refused++;
        assert.equal(isRefused, faultsOf(problem, offsets).length > 0);
      }),
      {seed: 7, numRuns: 3000},
    );
    assert.ok(refused > 500 && refused < 2900, `${refused} of 3000 refused`);
  });
}

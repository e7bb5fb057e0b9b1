/** How many recordings of a run are read at a time. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {Admission, bytesToRead} from '../../web/state/admission.ts';
import {isCancelled} from '../../web/worker/link.ts';

/** Asks for each size in turn. @returns what is inside, in the order of entering, and a way to leave. */
function entered(admission: Admission, sizes: readonly number[]) {
  const inside: number[] = [];
  const asked = sizes.map((bytes, k) =>
    admission.enter(bytes).then(
      () => void inside.push(k),
      error => {
        assert.ok(isCancelled(error));
      },
    ),
  );
  return {inside, asked};
}

const settled = () => new Promise(resolve => setImmediate(resolve));

test('as many are read at a time as there are lanes, and the bytes together stay within the limit', async () => {
  const admission = new Admission(3, 100);
  const {inside} = entered(admission, [40, 40, 40, 10, 10]);
  await settled();
  assert.deepEqual(inside, [0, 1]);
  admission.leave(40);
  await settled();
  assert.deepEqual(inside, [0, 1, 2, 3]);
  admission.leave(10);
  await settled();
  assert.deepEqual(inside, [0, 1, 2, 3, 4]);
});

test('recordings that take exactly the limit are read together', async () => {
  const {inside} = entered(new Admission(3, 100), [50, 50, 1]);
  await settled();
  assert.deepEqual(inside, [0, 1]);
});

test('one alone may be larger than the limit, and nothing is read beside it', async () => {
  const admission = new Admission(4, 100);
  const {inside} = entered(admission, [10, 500, 10]);
  await settled();
  assert.deepEqual(inside, [0]);
  admission.leave(10);
  await settled();
  assert.deepEqual(inside, [0, 1]);
  admission.leave(500);
  await settled();
  assert.deepEqual(inside, [0, 1, 2]);
});

test('those that wait fail when it is closed, and those that come later', async () => {
  const admission = new Admission(1, 100);
  const {inside, asked} = entered(admission, [10, 10]);
  await settled();
  admission.close();
  await Promise.all(asked);
  assert.deepEqual(inside, [0]);
  await assert.rejects(admission.enter(1), isCancelled);
});

test('whatever the sizes, all get in, in their order, and never too many or too much at a time', async () => {
  const cases = fc.asyncProperty(
    fc.array(fc.integer({min: 0, max: 150}), {maxLength: 30}),
    fc.integer({min: 1, max: 4}),
    async (sizes, lanes) => {
      const admission = new Admission(lanes, 100);
      const {inside} = entered(admission, sizes);
      let left = 0;
      for (;;) {
        await settled();
        const now = inside.slice(left);
        const bytes = now.reduce((sum, k) => sum + sizes[k]!, 0);
        assert.ok(now.length <= lanes);
        assert.ok(bytes <= 100 || now.length === 1);
        if (now.length === 0) break;
        admission.leave(sizes[inside[left]!]!);
        left++;
      }
      assert.deepEqual(
        inside,
        sizes.map((_, k) => k),
      );
    },
  );
  await fc.assert(cases, {seed: 20, numRuns: 50});
});

test('compressed files count ten times', () => {
  assert.equal(bytesToRead({name: 'rank0.pickle', size: 7}), 7);
  assert.equal(bytesToRead({name: 'rank0.pickle.gz', size: 7}), 70);
  assert.equal(bytesToRead({name: 'rank0.json.ZST', size: 7}), 70);
});

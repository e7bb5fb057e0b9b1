/** Literal problems from the papers, their offsets written out, against both builds. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import type {Algorithm, Problem} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf, loadOf, optimum} from '../oracle.ts';
import {lacks} from '../requirements.ts';

/** Closed ranges `(first, last, size)` as the papers print them. */
function closed(...ranges: readonly (readonly [number, number, number])[]): Problem {
  return {buffers: ranges.map(([first, last, size]) => ({start: first, end: last + 1, size}))};
}

/** The LSTM cell of MemoMalloc's author (arXiv 2203.00448), views counted as their owner's life. */
const LSTM = closed(
  [0, 3, 1024],
  [1, 3, 1024],
  [3, 8, 1024],
  [5, 10, 256],
  [6, 14, 256],
  [7, 10, 256],
  [8, 9, 256],
  [9, 12, 256],
  [10, 12, 256],
  [13, 14, 256],
);

const LSTM_OFFSETS: Partial<Record<Algorithm, readonly number[]>> = {
  naive: [0, 1024, 2048, 3072, 3328, 3584, 3840, 4096, 4352, 4608],
  'greedy-by-size': [0, 1024, 2048, 0, 256, 512, 768, 1024, 768, 0],
  'greedy-by-size-smallest-gap': [0, 1024, 2048, 0, 256, 512, 768, 1024, 768, 0],
  'greedy-by-longest': [1280, 2304, 256, 1280, 0, 1536, 1792, 256, 512, 256],
  'greedy-by-longest-smallest-gap': [1280, 2304, 256, 1280, 0, 1536, 1792, 256, 512, 256],
  'skyline-best-fit': [0, 2048, 1024, 256, 0, 512, 2048, 768, 1024, 256],
};

for (const {name, planner} of BUILDS) {
  for (const [algorithm, offsets] of Object.entries(LSTM_OFFSETS)) {
    test(`${name}: ${algorithm} places the LSTM cell as published`, () => {
      const plan = planner.plan(LSTM, {algorithm: algorithm as Algorithm});
      assert.deepEqual([...plan.offsets], offsets);
    });
  }

  test(`${name}: linear scan and breadth need the published 3072 bytes for the LSTM cell`, () => {
    assert.equal(planner.plan(LSTM, {algorithm: 'linear-scan'}).peak, 3072);
    assert.equal(planner.plan(LSTM, {algorithm: 'greedy-by-breadth'}).peak, 3072);
  });

  test(`${name}: two 400-byte buffers live together take 848 bytes at alignment 64, the topmost unpadded`, () => {
    const problem = {...closed([0, 2, 400], [1, 2, 400]), alignment: 64};
    assert.deepEqual([...planner.plan(problem).offsets], [0, 448]);
    assert.equal(planner.plan(problem).peak, 848);
    assert.equal(planner.lowerBound(problem), 848);
  });

  const ADVERSARIAL: readonly {name: string; problem: Problem; peaks: Partial<Record<Algorithm, number>>}[] =
    [
      {
        name: 'load below the optimum',
        problem: closed([0, 0, 4], [3, 3, 3], [7, 7, 4], [4, 8, 1], [0, 4, 1], [5, 5, 3], [2, 6, 1]),
        peaks: {'greedy-by-size': 6, 'skyline-best-fit': 6, 'greedy-by-longest': 7},
      },
      {
        name: 'greedy by size fails',
        problem: closed([1, 1, 4], [6, 9, 3], [2, 6, 2], [1, 2, 2]),
        peaks: {'greedy-by-size': 8},
      },
      {
        name: 'skyline best fit fails',
        problem: closed([0, 3, 3], [3, 5, 4], [6, 8, 4], [5, 7, 3]),
        peaks: {'skyline-best-fit': 10},
      },
      {
        name: 'greedy by longest fails',
        problem: closed([3, 5, 2], [1, 2, 4], [6, 6, 3], [4, 6, 2]),
        peaks: {'greedy-by-longest': 7},
      },
    ];
  for (const {name: situation, problem, peaks} of ADVERSARIAL) {
    test(`${name}: ${situation}`, () => {
      for (const [algorithm, peak] of Object.entries(peaks)) {
        assert.equal(planner.plan(problem, {algorithm: algorithm as Algorithm}).peak, peak, algorithm);
      }
      const best = optimum(problem);
      assert.deepEqual(faultsOf(problem, best.offsets), []);
      assert.ok(planner.lowerBound(problem) <= best.peak);
    });
  }
}

test('every vector of the shared collection comes out as listed', t => {
  const file = new URL('../../../shared/data/instances/vectors.json', import.meta.url);
  if (!existsSync(file)) return lacks(t, 'shared');
  const names: Record<string, Algorithm> = {
    'greedy-by-size': 'greedy-by-size',
    'greedy-by-longest': 'greedy-by-longest',
    'best-fit': 'skyline-best-fit',
  };
  const {vectors} = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: ({name: string; load: number; optimum: number} & Problem)[];
  };
  let compared = 0;
  for (const vector of vectors) {
    const problem = {buffers: vector.buffers};
    assert.equal(loadOf(problem), vector.load);
    if (problem.buffers.length <= 7) assert.equal(optimum(problem).peak, vector.optimum, vector.name);
    for (const {planner} of BUILDS) {
      assert.equal(planner.bounds(problem).load, vector.load, vector.name);
      for (const [key, algorithm] of Object.entries(names)) {
        const expected = (vector as unknown as Record<string, number | undefined>)[key];
        if (expected === undefined) continue;
        assert.equal(planner.plan(problem, {algorithm}).peak, expected, `${vector.name}: ${key}`);
        compared++;
      }
    }
  }
  assert.ok(compared > 0);
});

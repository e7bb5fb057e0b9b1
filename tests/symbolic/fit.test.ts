/** Sizes as forms: from ONNX models and problems at some values, tested at all values. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  loadPlannerSync,
  planSymbolic,
  toColumns,
  toSymbolicColumns,
  verifySymbolic,
} from '../../bindings/index.ts';
import {sizesAt} from '../../bindings/model/dimension-values.ts';
import {fitProblems} from '../../bindings/model/fit-problems.ts';
import {type ImportedProblem, importFile, writeProblemJson} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {transformer, unet, valid} from './models.ts';
import {allValues, bytesAt} from './oracle.ts';
import {randomSymbolic} from './problems.ts';

const planner = loadPlannerSync();

async function imported(data: Uint8Array | string, dims?: object): Promise<ImportedProblem> {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const result = await importFile(
    {name: 'input', data: bytes},
    dims ? {dims: dims as Record<string, number>} : {},
  );
  assert.equal(result.kind, 'problem');
  return result as ImportedProblem;
}

test('600 seeded problems are found again from their sizes at some values, exactly, at every value', () => {
  for (let seed = 0; seed < 600; seed++) {
    const problem = randomSymbolic(seeded(seed), {buffers: 4, ticks: 8, sizes: 50, values: 7, dimensions: 2});
    const found = fitProblems(problem.dimensions, values =>
      toColumns({buffers: problem.buffers.map(buffer => ({...buffer, size: bytesAt(buffer.size, values)}))}),
    );
    for (const values of allValues(problem)) {
      const row = Float64Array.from(problem.dimensions, ({name}) => values[name]!);
      assert.deepEqual(
        [...sizesAt(found, row)],
        problem.buffers.map(({size}) => bytesAt(size, values)),
        `seed ${seed} at ${JSON.stringify(values)}`,
      );
    }
  }
});

test('what is no form is refused with the name of the buffer and the values', () => {
  const fit =
    (size: (n: number) => number, end = (_: number) => 1) =>
    () =>
      fitProblems([{name: 'n', min: 1, max: 100}], ({n}) =>
        toColumns({buffers: [{id: 'pooled', size: size(n!), start: 0, end: end(n!)}]}),
      );
  assert.throws(
    fit(n => Math.floor(n / 2) * 4),
    /UsageError: buffer "pooled": its size is no sum of products/,
  );
  assert.throws(
    fit(n => 1000 - n),
    /buffer "pooled": its size is no sum/,
  );
  assert.throws(
    fit(n => (n > 40 ? 8 * n + 8 : 8 * n)),
    /buffer "pooled": .* at n 100 it is 808, not 800/,
  );
  assert.throws(
    fit(
      n => 8 * n,
      n => (n > 40 ? 2 : 1),
    ),
    /buffer "pooled": at n 100 the program is another one/,
  );
  assert.throws(
    () =>
      fitProblems([{name: 'n', min: 1, max: 9}], ({n}) =>
        toColumns({buffers: Array.from({length: n! > 5 ? 2 : 1}, () => ({size: 1, start: 0, end: 1}))}),
      ),
    /there are 2 buffers, and 1 at the minimum/,
  );
});

test('ONNX dimensions stay symbolic: sizes at every looked-at value are those of an import at that value', async () => {
  const cases = [
    {model: transformer(2), dims: {batch: {min: 1, max: 16}, seq: {min: 8, max: 256}}},
    {model: unet(3), dims: {batch: 2, height: {min: 32, max: 512, multipleOf: 8}}},
    {model: valid(4), dims: {batch: {min: 1, max: 4}, length: {min: 16, max: 99}}},
  ];
  for (const {model, dims} of cases) {
    const {symbolic, problem, warnings} = await imported(model, dims);
    assert.ok(symbolic);
    assert.match(warnings.join(), /sizes are those at the maximum of each dimension/);
    assert.deepEqual(problem.size, symbolic.largest.size);
    const plan = planSymbolic(planner, symbolic, {nodeLimit: 20_000});
    assert.deepEqual(verifySymbolic(symbolic, plan), []);
    for (const {values} of plan.evidence.points.filter((_, k) => k % 5 === 1)) {
      const there = await imported(model, {...dims, ...values});
      assert.equal(there.symbolic, undefined);
      const {offsets, sizes, peak} = plan.at(values);
      assert.deepEqual(sizes, there.problem.size);
      assert.deepEqual(planner.verify(there.problem, {offsets}), []);
      assert.ok(peak >= planner.lowerBound(there.problem));
    }
  }
});

test('a strided network needs a range of multiples, and says so', async () => {
  const model = unet(3);
  await assert.rejects(
    imported(model, {batch: 1, height: {min: 32, max: 512}}),
    /buffer "pool0": its size is no sum of products .* try a range of multiples, such as 32:256:32/,
  );
  await assert.rejects(
    imported(model, {batch: 1, height: {min: 60, max: 512, multipleOf: 8}}),
    /dimensions\[0\]\.min/,
  );
});

test('a problem with dimensions is written and read again; values and narrower ranges take the place of its own', async () => {
  for (let seed = 0; seed < 100; seed++) {
    const columns = toSymbolicColumns(
      randomSymbolic(seeded(seed), {
        buffers: 5,
        ticks: 9,
        sizes: 50,
        values: 5,
        dimensions: 2,
        alignment: 16,
      }),
    );
    const text = [...writeProblemJson(columns.largest, columns)].join('');
    const read = await imported(text);
    const isFixed = columns.dimensions.every(({min, max}) => min === max);
    assert.equal(read.symbolic === undefined, isFixed);
    if (!read.symbolic) continue;
    assert.deepEqual(read.symbolic.stated, columns.stated);
    assert.deepEqual(read.symbolic.termCoefficient, columns.termCoefficient);
    assert.deepEqual(read.problem.size, columns.largest.size);
  }
  const text = JSON.stringify({
    schema: 'stowage.problem/1',
    dimensions: [{name: 'n', min: 2, max: 8, multipleOf: 2}],
    buffers: [{size: [[5, 'n/2']], start: 0, end: 1}],
  });
  assert.equal((await imported(text, {n: 6})).problem.size[0], 15);
  assert.equal((await imported(text, {n: {min: 2, max: 4}})).symbolic?.dimensions[0]?.max, 4);
  await assert.rejects(
    imported(text, {n: 5}),
    /dims\.n: expected values within 2 to 8, multiples of 2, got 5/,
  );
  await assert.rejects(imported(text, {m: 5}), /dims: no dimension has the name "m"; there are n/);
});

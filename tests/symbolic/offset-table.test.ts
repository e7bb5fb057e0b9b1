/** The same values give the same offsets in the runtime's module as in JavaScript. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, planSymbolic, SymbolicPlan, toSymbolicColumns} from '../../bindings/index.ts';
import {ownInstance} from '../../bindings/runtime/instance.ts';
import {OffsetTable} from '../../bindings/runtime/offset-table.ts';
import {seeded} from '../random.ts';
import {allValues} from './oracle.ts';
import {randomSymbolic} from './problems.ts';

const planner = loadPlannerSync();
const BYTES = 1 << 20;

test('the module computes the offsets, sizes and peaks of JavaScript, at every value of 300 seeded problems', () => {
  const instance = ownInstance(BYTES, 64, 0);
  const before = instance.exports.usedBytes(instance.worker);
  for (let seed = 0; seed < 300; seed++) {
    const shape = {
      buffers: seed % 40,
      ticks: 12,
      sizes: 2 ** (seed % 44),
      values: 5,
      dimensions: 2,
      alignment: 64,
    };
    const problem = randomSymbolic(seeded(seed), shape);
    const plan = planSymbolic(planner, problem, {nodeLimit: 200});
    const table = new OffsetTable(instance, plan);
    for (const values of allValues(problem)) {
      const [found, expected] = [table.at(Float64Array.from(Object.values(values))), plan.at(values)];
      const ofOrder = (sizes: Float64Array) => Array.from(plan.order, i => sizes[i]);
      assert.deepEqual(found.offsets, expected.offsets, `seed ${seed}`);
      assert.deepEqual(ofOrder(found.sizes), ofOrder(expected.sizes), `seed ${seed}`);
      assert.equal(found.peak, expected.peak, `seed ${seed}`);
    }
    const most = Float64Array.from(problem.dimensions, ({max}) => max);
    most[0]!++;
    assert.throws(() => table.at(most), /UsageError: values\.d0: .* is outside of its range/);
    table.drop();
  }
  assert.equal(instance.exports.usedBytes(instance.worker), before);
});

test('a sum beyond 2^53 is refused, whatever claims that it fits', () => {
  const instance = ownInstance(BYTES, 64, 0);
  const columns = toSymbolicColumns({
    dimensions: [{name: 'n', min: 0, max: 2 ** 50}],
    buffers: [
      {size: [[1, 'n']], start: 0, end: 1},
      {size: 1, start: 0, end: 1},
    ],
  });
  const evidence = {points: [], maximumPeak: 0, isBestOrder: false, nodes: 0, seed: 1, seconds: 0};
  const lists = {order: Uint32Array.of(0, 1), belowIndex: Uint32Array.of(0, 0, 1), below: Uint32Array.of(0)};
  for (const termCoefficient of [Float64Array.of(8, 1), Float64Array.of(2 ** 40, 1)]) {
    const table = new OffsetTable(instance, new SymbolicPlan({...columns, termCoefficient}, lists, evidence));
    assert.throws(
      () => table.at(Float64Array.of(2 ** 50)),
      /LimitError: the arena would be larger than 2\^53 - 1 bytes/,
    );
  }
  const table = new OffsetTable(
    instance,
    new SymbolicPlan({...columns, termCoefficient: Float64Array.of(7, 1)}, lists, evidence),
  );
  assert.equal(table.at(Float64Array.of(2 ** 50)).peak, 7 * 2 ** 50 + 1);
});

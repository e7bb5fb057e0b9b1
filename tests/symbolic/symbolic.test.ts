/** Plans for all values of dimensions: against brute force over all orders, and against the statement at every value. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  loadPlannerSync,
  planSymbolic,
  planSymbolicAsync,
  type SymbolicProblem,
  toSymbolicColumns,
  verifySymbolic,
} from '../../bindings/index.ts';
import {belowOf} from '../../bindings/symbolic/below.ts';
import {BestOrderSearch} from '../../bindings/symbolic/best-order.ts';
import {OrderPeaks} from '../../bindings/symbolic/order-peaks.ts';
import {sectionsOf} from '../../bindings/symbolic/sections.ts';
import {seeded} from '../random.ts';
import {allValues, bestScore, bytesAt, loadAt, overlapAt, peakOfOrder} from './oracle.ts';
import {randomSymbolic} from './problems.ts';

const planner = loadPlannerSync();
const SMALL = {buffers: 6, ticks: 8, sizes: 12, values: 4, dimensions: 2};

/** Buffers that are live and have bytes at some value: those that an order has. */
function needed({buffers, dimensions}: SymbolicProblem): number[] {
  const most = Object.fromEntries(dimensions.map(({name, max}) => [name, max]));
  return buffers.flatMap(({size, start, end}, i) => (end > start && bytesAt(size, most) > 0 ? [i] : []));
}

test('1,200 seeded small problems have the worst ratio of brute force over all orders', () => {
  const counts = {proven: 0, above: 0};
  for (let seed = 0; seed < 1200; seed++) {
    const random = seeded(seed);
    const buffers = 1 + random(seed % 4 === 0 ? 6 : 5);
    const problem = randomSymbolic(random, {...SMALL, buffers, ...(seed % 3 === 0 ? {alignment: 8} : {})});
    const values = allValues(problem);
    const plan = planSymbolic(planner, problem, {values, nodeLimit: 30_000, seed});
    // bounds of aligned problems are the planner's own; others are the load
    const bounds = values.map(value =>
      seed % 3 === 0
        ? planner.lowerBound({
            buffers: problem.buffers.map(one => ({...one, size: bytesAt(one.size, value)})),
          })
        : loadAt(problem, value),
    );
    const best = bestScore(problem, needed(problem), values, bounds);
    const {points, isBestOrder} = plan.evidence;
    const ratios = points.map(({peak}, v) => (bounds[v] === 0 ? 1 : peak / bounds[v]!));
    const found = {worst: Math.max(1, ...ratios), sum: ratios.reduce((sum, ratio) => sum + ratio, 0)};
    assert.deepEqual(found, best, `seed ${seed}`);
    assert.ok(isBestOrder, `seed ${seed}`);
    if (plan.isOptimalForAll) counts.proven++;
    if (best.worst > 1) counts.above++;
  }
  assert.ok(counts.proven > 300 && counts.above > 30, JSON.stringify(counts));
});

test('the search of all orders finds the best from any order that it begins with', () => {
  for (let seed = 0; seed < 300; seed++) {
    const problem = randomSymbolic(seeded(seed), {...SMALL, buffers: 6});
    const values = allValues(problem);
    const columns = toSymbolicColumns(problem);
    const grid = values.map(value => Float64Array.from(Object.values(value)));
    const sections = sectionsOf(columns.largest);
    const bounds = Float64Array.from(values, value => loadAt(problem, value));
    const peaks = new OrderPeaks(columns, sections, grid);
    const limits = {mostNodes: 100_000, isLate: () => false};
    const order = Uint32Array.from(sections.live);
    const {score, isProven} = new BestOrderSearch(columns, sections, peaks, bounds, order, limits).run();
    assert.equal(isProven, true);
    assert.deepEqual(score, bestScore(problem, needed(problem), values, [...bounds]), `seed ${seed}`);
  }
});

test('a plan is valid and its peak within the guarantee at every value of the box', () => {
  for (let seed = 0; seed < 400; seed++) {
    const random = seeded(seed);
    const problem = randomSymbolic(random, {
      ...SMALL,
      buffers: 1 + random(14),
      ticks: 12,
      ...(seed % 2 === 0 ? {alignment: 16} : {}),
    });
    const plan = planSymbolic(planner, problem, {nodeLimit: 1000, seed});
    for (const value of allValues(problem)) {
      const {offsets, sizes, peak} = plan.at(value);
      assert.deepEqual(
        [...sizes],
        problem.buffers.map(({size}) => bytesAt(size, value)),
      );
      assert.equal(overlapAt(problem, offsets, value), undefined, `seed ${seed} at ${JSON.stringify(value)}`);
      assert.ok(offsets.every((offset, i) => offset % (problem.buffers[i]!.alignment ?? 1) === 0));
      const needsBytes = peakOfOrder(
        problem,
        [...plan.order].filter(i => bytesAt(problem.buffers[i]!.size, value) > 0),
        value,
      );
      assert.ok(peak >= needsBytes, `seed ${seed}`);
      const {guarantee} = plan.evidence;
      if (guarantee !== undefined)
        assert.ok(peak <= guarantee * loadAt(problem, value), `seed ${seed} at ${JSON.stringify(value)}`);
    }
  }
});

test('the verifier accepts a plan only if each two buffers that are live together are ordered by a path', () => {
  let broken = 0;
  for (let seed = 0; seed < 300; seed++) {
    const random = seeded(seed);
    const problem = randomSymbolic(random, {...SMALL, buffers: 2 + random(10), ticks: 10});
    const plan = planSymbolic(planner, problem, {nodeLimit: 500});
    assert.deepEqual(verifySymbolic(plan.problem, plan), []);
    if (plan.below.length === 0) continue;
    // lists are reduced: without any one entry, two buffers are no longer ordered
    const gone = random(plan.below.length);
    const below = plan.below.filter((_, t) => t !== gone);
    const belowIndex = plan.belowIndex.map(t => (t > gone ? t - 1 : t));
    const [violation] = verifySymbolic(plan.problem, {order: plan.order, belowIndex, below});
    assert.equal(violation?.kind, 'unordered', `seed ${seed}`);
    broken++;
  }
  assert.ok(broken > 200);
});

test('paths are followed through more places than are looked at together', () => {
  const count = 5000;
  const buffers = Array.from({length: count}, (_, k) => ({
    size: [[1, 'n']] as const,
    start: k === 0 ? 0 : k,
    end: k === 0 ? count : k + 1,
  }));
  const columns = toSymbolicColumns({dimensions: [{name: 'n', min: 1, max: 2}], buffers});
  const order = Uint32Array.from({length: count}, (_, k) => k);
  const {index, places} = belowOf(sectionsOf(columns.largest), order);
  assert.deepEqual(verifySymbolic(columns, {order, belowIndex: index, below: places}), []);
  // buffer 4500 lies on the first one, and on nothing else
  const below = places.filter((_, t) => t !== index[4500]);
  const belowIndex = index.map((t, k) => (k > 4500 ? t - 1 : t));
  assert.deepEqual(verifySymbolic(columns, {order, belowIndex, below}), [{kind: 'unordered', a: 4500, b: 0}]);
});

const TWO = {
  dimensions: [{name: 'n', min: 1, max: 8}],
  buffers: [
    {size: [[16, 'n']] as const, start: 0, end: 2},
    {size: 5, start: 1, end: 3},
  ],
};

test('the verifier names what is wrong', () => {
  const columns = toSymbolicColumns(TWO);
  const kinds = (order: number[], belowIndex: number[], below: number[], changed = columns) =>
    verifySymbolic(changed, {
      order: Uint32Array.from(order),
      belowIndex: Uint32Array.from(belowIndex),
      below: Uint32Array.from(below),
    }).map(({kind, a}) => `${kind} ${a}`);
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0]), []);
  assert.deepEqual(kinds([0], [0, 0], []), ['missing 1']);
  assert.deepEqual(kinds([0, 1, 1], [0, 0, 1, 1], [0]), ['twice 1']);
  assert.deepEqual(kinds([0, 1, 2], [0, 0, 1, 1], [0]), ['unknown 2']);
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [1]), ['later 1']);
  assert.deepEqual(kinds([0, 1], [0, 1, 1], [0]), ['later 0']);
  assert.deepEqual(kinds([0, 1], [0, 0, 2], [0]), ['later 0', 'later 1']);
  assert.deepEqual(kinds([0, 1], [0, 0, 0], []), ['unordered 1']);
  // 16 + 16 × steps, and 5
  assert.deepEqual([...columns.termCoefficient], [16, 16, 5]);
  const negative = {...columns, termCoefficient: Float64Array.of(16, -1, 5)};
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0], negative), ['negative 0']);
  const large = {...columns, termCoefficient: Float64Array.of(2 ** 53 - 1, 1, 5)};
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0], large), ['overflow 0']);
  const high = {...columns, termCoefficient: Float64Array.of(2 ** 53 - 50, 2, 35)};
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0], high), []);
  const higher = {...columns, termCoefficient: Float64Array.of(2 ** 53 - 50, 2, 36)};
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0], higher), ['overflow 1']);
  const tight = {...columns, largest: {...columns.largest, capacity: 132}};
  assert.deepEqual(kinds([0, 1], [0, 0, 1], [0], tight), ['capacity 1']);
});

test('one wrong place of a problem is one error that names it', () => {
  const fails = (problem: unknown, message: RegExp) =>
    assert.throws(() => toSymbolicColumns(problem as SymbolicProblem), message);
  const {dimensions, buffers} = TWO;
  fails({dimensions: [], buffers}, /^UsageError: dimensions: expected a list of 1 to 16/);
  fails(
    {dimensions: [{name: 'n', min: 3, max: 2}], buffers},
    /dimensions\[0\]\.max: expected an integer from 3, got 2/,
  );
  fails({dimensions: [...dimensions, ...dimensions], buffers}, /dimensions\[1\]\.name: "n" is there twice/);
  fails(
    {dimensions: [{name: 'n', min: 4, max: 9, multipleOf: 4}], buffers},
    /dimensions\[0\]\.max: expected a multiple of multipleOf \(4\), got 9/,
  );
  const sized = (size: unknown) => ({dimensions, buffers: [{size, start: 0, end: 1}]});
  fails(sized([[4, 'm']]), /buffers\[0\]\.size\[0\]\[1\]: no dimension has the name "m"; there are n/);
  fails(sized([[-4, 'n']]), /buffers\[0\]\.size: expected a size that is never below 0.*at the minimum/);
  fails(sized([[-4, 'n'], [99]]), /buffers\[0\]\.size: expected .* with n it falls/);
  fails(sized([[4.5, 'n']]), /buffers\[0\]\.size\[0\]\[0\]: expected an integer number of bytes/);
  fails(
    sized([[4, 'n/2']]),
    /buffers\[0\]\.size\[0\]\[1\]: expected a divisor of multipleOf \(1\) of n, got "n\/2"/,
  );
  fails(sized([[2 ** 51, 'n']]), /buffers\[0\]\.size: expected at most 2\^53 - 1 bytes at the maximum/);
  fails(sized('4n'), /buffers\[0\]\.size: expected a number of bytes or up to 64 terms/);
  fails(
    {dimensions, buffers: [{size: 4, start: 0, end: 1, offset: 0}]},
    /buffers\[0\]: unknown field "offset"/,
  );
  fails({dimensions, buffers: [{size: 4, start: 2, end: 1}]}, /buffers\[0\]\.end: expected at least start/);
  const plan = planSymbolic(planner, TWO);
  assert.throws(() => plan.at({}), /values\.n: expected an integer from 1 to 8, got undefined/);
  assert.throws(() => plan.at({n: 9}), /values\.n: expected an integer from 1 to 8, got 9/);
  assert.throws(() => plan.at({n: 2.5}), /values\.n: expected an integer/);
  assert.throws(() => plan.at({n: 1, m: 1}), /values: no dimension has the name "m"; there are n/);
});

test('same seed and nodes, same plan, here and in workers; an abort ends it', async () => {
  const problem = randomSymbolic(seeded(7), {...SMALL, buffers: 60, ticks: 40, sizes: 1000});
  const options = {seed: 3, nodeLimit: 60_000};
  const [one, other] = [planSymbolic(planner, problem, options), planSymbolic(planner, problem, options)];
  assert.deepEqual([...one.order], [...other.order]);
  const third = await planSymbolicAsync(planner, problem, options);
  assert.deepEqual([...third.order], [...one.order]);
  await assert.rejects(planSymbolicAsync(planner, problem, {signal: AbortSignal.abort()}), /abort/i);
});

test('an order that wins everywhere is proven for all values, one that only wins at looked-at values is not', () => {
  const plan = planSymbolic(planner, TWO);
  assert.equal(plan.isOptimalForAll, true);
  assert.equal(plan.numOptimal, plan.evidence.points.length);
  // the square is below the load at both ends of the range, not by its coefficients between them
  const squares = planSymbolic(planner, {
    dimensions: [{name: 'n', min: 0, max: 64}],
    buffers: [
      {id: 'a', size: [[1, 'n', 'n']], start: 0, end: 2},
      {id: 'b', size: [[32, 'n']], start: 1, end: 4},
      {id: 'c', size: [[1, 'n', 'n']], start: 3, end: 5},
      {id: 'd', size: [[40, 'n']], start: 2, end: 3},
    ],
  });
  assert.ok(squares.evidence.guarantee !== undefined && squares.evidence.guarantee >= 1);
});

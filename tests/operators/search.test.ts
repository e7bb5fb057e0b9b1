/** The search for an order: equal to a brute force over sets of operators, and its parts. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {OperatorProblem} from '../../bindings/model/operators.ts';
import {checkOrder, toGraph} from '../../bindings/operators/graph.ts';
import {loadOf} from '../../bindings/operators/lifetimes.ts';
import {alikeBranches, withBranchesInOrder} from '../../bindings/operators/order/branches.ts';
import {listedOrder, listOrders, updatesSoon} from '../../bindings/operators/order/list-orders.ts';
import {networkOf} from '../../bindings/operators/order/network.ts';
import {loadIn} from '../../bindings/operators/order/progress.ts';
import {OrderSearch} from '../../bindings/operators/order/search.ts';
import {Shifts} from '../../bindings/operators/order/shifts.ts';
import {Walk} from '../../bindings/operators/order/walk.ts';
import {seeded} from '../random.ts';
import {leastLoad, loadOfOrder} from './oracle.ts';
import {branchy, randomOperators} from './problems.ts';

/** The last value of a generator that yields pauses. */
function finished<T>(run: Generator<undefined, T>): T {
  for (;;) {
    const next = run.next();
    if (next.done) return next.value;
  }
}

function searched(problem: OperatorProblem, nodeLimit = 1e9) {
  const search = new OrderSearch(networkOf(toGraph(problem)), nodeLimit);
  finished(search.run());
  return search.found;
}

test('1,000 random graphs get the least load of all orders, proven', () => {
  for (let seed = 0; seed < 1000; seed++) {
    const problem = randomOperators(seeded(seed), {
      least: 4,
      most: 11 + (seed % 10 === 0 ? 3 : 0),
      inPlace: seed % 3 === 0,
    });
    const {load, lowerBound, order} = searched(problem);
    const what = `seed ${seed}: ${JSON.stringify(problem)}`;
    assert.equal(load, leastLoad(problem), what);
    assert.equal(lowerBound, load, what);
    assert.equal(loadOfOrder(problem, order), load, what);
  }
});

test('400 graphs with views, orders of effects and in-place pairs do, too', () => {
  for (let seed = 0; seed < 400; seed++) {
    const problem = randomOperators(seeded(5000 + seed), {
      least: 4,
      most: 11,
      inPlace: seed % 2 === 0,
      views: true,
      after: true,
    });
    const {load, lowerBound} = searched(problem);
    assert.deepEqual(
      [load, lowerBound],
      [leastLoad(problem), load],
      `seed ${seed}: ${JSON.stringify(problem)}`,
    );
  }
});

test('400 graphs of branches that are alike do, too', () => {
  let alike = 0;
  for (let seed = 0; seed < 400; seed++) {
    const problem = branchy(seeded(seed), 13);
    alike += alikeBranches(networkOf(toGraph(problem))).length > 0 ? 1 : 0;
    const {load, lowerBound} = searched(problem);
    assert.deepEqual(
      [load, lowerBound],
      [leastLoad(problem), load],
      `seed ${seed}: ${JSON.stringify(problem)}`,
    );
  }
  assert.ok(alike > 200, `${alike} with such branches`);
});

test('each walk by itself finds an order at the least load and proves that there is none below it', () => {
  for (let seed = 0; seed < 600; seed++) {
    const problem =
      seed % 2 === 0
        ? branchy(seeded(seed), 11)
        : randomOperators(seeded(seed), {least: 4, most: 10, inPlace: seed % 3 === 0});
    const graph = toGraph(problem);
    const network = networkOf(graph);
    const least = leastLoad(problem);
    for (const isBackward of network.mayOver.list.length > 0 ? [false] : [false, true]) {
      const walk = new Walk(withBranchesInOrder(network), isBackward);
      const what = `seed ${seed}, ${isBackward ? 'backward' : 'forward'}: ${JSON.stringify(problem)}`;
      const all = {left: 1e9};
      const at = finished(walk.run({load: least, width: Number.POSITIVE_INFINITY}, all));
      assert.equal(at.kind, 'found', what);
      if (at.kind === 'found') {
        checkOrder(graph, at.order);
        assert.equal(loadOf(graph, at.order), least, what);
      }
      if (least === 0) continue;
      const below = finished(walk.run({load: least - 1, width: Number.POSITIVE_INFINITY}, all));
      assert.equal(below.kind, 'none', what);
      // what is said of higher limits must hold
      if (below.kind === 'none') assert.ok(below.next <= least, what);
    }
  }
});

test('every list order is an order, and its load is what the lifetimes say', () => {
  for (let seed = 0; seed < 200; seed++) {
    const graph = toGraph(
      randomOperators(seeded(seed), {least: 1, most: 20, inPlace: seed % 3 === 0, views: true, after: true}),
    );
    const network = networkOf(graph);
    const [file, soon] = [listedOrder(network), updatesSoon(network)];
    for (const {name, order} of [{name: 'soon', order: soon}, ...listOrders(network, file, soon)]) {
      checkOrder(graph, order);
      assert.equal(loadIn(network, order), loadOf(graph, order), `seed ${seed}: ${name}`);
    }
  }
});

test('a search that ends early has bounds that hold', () => {
  for (let seed = 0; seed < 200; seed++) {
    const problem = randomOperators(seeded(seed), {least: 8, most: 12});
    const least = leastLoad(problem);
    const {load, lowerBound, order} = searched(problem, seed % 7 === 0 ? 0 : 20 * (seed % 7));
    assert.ok(lowerBound <= least && load >= least, `seed ${seed}: ${lowerBound} ≤ ${least} ≤ ${load}`);
    assert.equal(loadOfOrder(problem, order), load);
  }
});

test('branches are alike by sizes, readers and places of in-place pairs', () => {
  const chain = (size: number, out: number) => [
    {inputs: [0], outputs: [out]},
    {inputs: [out], outputs: [out + 1], ...(size > 0 ? {} : {inPlace: [out]})},
  ];
  const problem = (second: number, inPlace: boolean): OperatorProblem => ({
    tensors: [{size: 4}, {size: 8}, {size: 2}, {size: 8}, {size: second}, {size: 1, output: true}],
    operators: [...chain(1, 1), ...chain(inPlace ? 0 : 1, 3), {inputs: [2, 4], outputs: [5]}],
  });
  const groups = (of: OperatorProblem) => alikeBranches(networkOf(toGraph(of)));
  assert.deepEqual(groups(problem(2, false)), [
    [
      [0, 1],
      [2, 3],
    ],
  ]);
  assert.deepEqual(groups(problem(3, false)), []);
  assert.deepEqual(groups(problem(2, true)), []);
});

test('sizes are counted in whole units of the least alignment', () => {
  const problem: OperatorProblem = {
    tensors: [{size: 9}, {size: 17, output: true}],
    operators: [{inputs: [0], outputs: [1]}],
    alignment: 16,
  };
  assert.equal(searched(problem).load, 48);
  // one byte that may be anywhere makes the unit a byte
  const tensors = [{size: 1, alignment: 1}, ...problem.tensors.slice(1)];
  assert.equal(searched({...problem, tensors}).load, 18);
});

test('loads are exact up to 2^53 - 1 bytes', () => {
  const big = 2 ** 52 - 2;
  const problem: OperatorProblem = {
    tensors: [{size: big}, {size: big + 1}, {size: 1, output: true}],
    operators: [
      {inputs: [0], outputs: [1]},
      {inputs: [1], outputs: [2]},
    ],
  };
  assert.equal(searched(problem).load, 2 ** 53 - 3);
});

test('moves of single operators give an order with the load that they say, never a higher one', () => {
  for (let seed = 0; seed < 300; seed++) {
    const graph = toGraph(
      randomOperators(seeded(seed), {least: 3, most: 25, inPlace: seed % 2 === 0, views: true, after: true}),
    );
    const network = networkOf(graph);
    const listed = listedOrder(network);
    const shifts = new Shifts(network, listed, 0);
    assert.equal(shifts.load, loadOf(graph, listed), `seed ${seed}`);
    finished(shifts.run({left: 1e6}));
    checkOrder(graph, shifts.order);
    assert.equal(shifts.load, loadOf(graph, shifts.order), `seed ${seed}`);
    assert.ok(shifts.load <= loadOf(graph, listed));
  }
});

test('a copy that is read late is made late', () => {
  const problem: OperatorProblem = {
    tensors: [{size: 4}, {size: 8}, {size: 8}, {size: 20}, {size: 1}, {size: 1, output: true}],
    operators: [
      {inputs: [0], outputs: [1]},
      {inputs: [1], outputs: [2]},
      {inputs: [1], outputs: [3]},
      {inputs: [3, 1], outputs: [4]},
      {inputs: [4, 2], outputs: [5]},
    ],
  };
  const network = networkOf(toGraph(problem));
  const shifts = new Shifts(network, listedOrder(network), 0);
  finished(shifts.run({left: 1e6}));
  assert.deepEqual([...shifts.order], [0, 2, 3, 1, 4]);
});

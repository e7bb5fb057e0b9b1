/** `orderOperators`: the order and its plan, never above the listed order's. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  loadPlanner,
  type OperatorProblem,
  orderOperators,
  orderOperatorsAsync,
  verifyOrder,
} from '../../bindings/index.ts';
import {toGraph} from '../../bindings/operators/graph.ts';
import {lifetimesOf} from '../../bindings/operators/lifetimes.ts';
import {seeded} from '../random.ts';
import {leastLoad} from './oracle.ts';
import {randomOperators} from './problems.ts';

const planner = await loadPlanner();

test('of 600 random graphs at least 97.5 % are planned at the least load, and none above the listed order', () => {
  let atLoad = 0;
  for (let seed = 0; seed < 600; seed++) {
    const problem = randomOperators(seeded(seed), {least: 4, most: 11});
    const {plan, load, lowerBound, filePeak, status, isListed, order} = orderOperators(planner, problem, {
      plan: {nodeLimit: 20_000},
    });
    assert.ok(plan.peak <= filePeak, `seed ${seed}`);
    assert.equal(
      isListed,
      order.every((v, p) => v === p),
    );
    assert.ok(isListed ? plan.peak === filePeak : plan.peak < filePeak, `seed ${seed}: moved for nothing`);
    assert.equal(status, plan.peak === lowerBound ? 'optimal' : 'feasible');
    if (plan.peak === leastLoad(problem)) atLoad++;
    else assert.ok(plan.peak > leastLoad(problem) && load >= lowerBound);
  }
  assert.ok(atLoad >= 585, `${atLoad} of 600`);
});

test('the same order comes from both ways of asking, and in place pairs are planned', async () => {
  for (let seed = 0; seed < 40; seed++) {
    const problem = randomOperators(seeded(seed), {
      least: 4,
      most: 12,
      inPlace: true,
      views: true,
      after: true,
    });
    const here = orderOperators(planner, problem);
    const there = await orderOperatorsAsync(planner, problem);
    assert.deepEqual([[...here.order], here.plan.peak], [[...there.order], there.plan.peak]);
    assert.deepEqual(verifyOrder(problem, here.order, here.lifetimes.columns), []);
    assert.deepEqual(planner.verify(here.lifetimes.columns, here.plan), []);
  }
});

test('an abort ends the search with an order', async () => {
  const problem = randomOperators(seeded(7), {least: 400, most: 400});
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 20);
  const {order, plan, filePeak} = await orderOperatorsAsync(planner, problem, {
    signal: abort.signal,
    nodeLimit: 1e12,
  });
  assert.equal(order.length, 400);
  assert.ok(plan.peak <= filePeak);
  await assert.rejects(
    orderOperatorsAsync(planner, problem, {signal: AbortSignal.abort(new Error('no'))}),
    /no/,
  );
});

test('a time limit is kept', () => {
  const problem = randomOperators(seeded(8), {least: 300, most: 300});
  const {seconds} = orderOperators(planner, problem, {timeLimitMs: 200, nodeLimit: 1e12});
  assert.ok(seconds < 2, `${seconds} s`);
});

const SMALL: OperatorProblem = {
  tensors: [
    {id: 'x', size: 4},
    {id: 'a', size: 8},
    {id: 'v', size: 8, viewOf: 'a'},
    {id: 'y', size: 8, output: true},
  ],
  operators: [
    {id: 'one', inputs: ['x'], outputs: ['a']},
    {id: 'view', inputs: ['a'], outputs: ['v']},
    {id: 'two', inputs: ['v'], outputs: ['y'], inPlace: ['v']},
    {id: 'last', inputs: [], outputs: [], after: ['one']},
  ],
};

test('the verifier refuses what is no order, and buffers that it does not make', () => {
  const graph = toGraph(SMALL);
  const {columns} = lifetimesOf(graph, [0, 1, 2, 3]);
  const refused = (order: number[], changed: object = {}) =>
    verifyOrder(SMALL, order, {...columns, ...changed})[0];
  assert.equal(refused([0, 1, 2, 3]), undefined);
  assert.equal(refused([0, 1, 2]), 'it has 3 operators, the problem has 4');
  assert.match(refused([0, 1, 1, 3])!, /^entry 2 is no operator that is not there yet/);
  assert.equal(refused([1, 0, 2, 3]), 'operator 1 runs before operator 0, which it needs');
  assert.equal(refused([3, 0, 1, 2]), 'operator 3 runs before operator 0, which it needs');
  assert.match(refused([0, 3, 1, 2])!, /^buffer 1 lives from 0 to 3, tensor 1 from 0 to 4$/);
  assert.match(refused([0, 1, 2, 3], {size: Float64Array.of(4, 7, 8)})!, /^buffer 1 has 7 bytes/);
  assert.match(
    refused([0, 1, 2, 3], {end: Uint32Array.of(1, 3, 3)})!,
    /^buffer 2 lives from 2 to 3, tensor 3 from 2 to 4$/,
  );
  assert.match(
    refused([0, 1, 2, 3], {constraints: {inPlace: [{input: 0, output: 2}]}})!,
    /^buffer 2 may not be written over buffer 0$/,
  );
});

test('wrong options are refused with their names', () => {
  assert.throws(
    () => orderOperators(planner, SMALL, {nodes: 1} as object),
    /^UsageError: options: unknown option "nodes"/,
  );
  assert.throws(
    () => orderOperators(planner, SMALL, {nodeLimit: -1}),
    /options\.nodeLimit: expected an integer from 0/,
  );
  assert.throws(
    () => orderOperators(planner, SMALL, {timeLimitMs: 0}),
    /options\.timeLimitMs: expected a number above 0/,
  );
});

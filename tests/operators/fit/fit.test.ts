/** Schedules that fit: least cost as brute force finds it, known optima of chains, and what is said where nothing fits. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type FitOptions,
  type FitSchedule,
  type FitStep,
  fitOperators,
  fitOperatorsAsync,
  loadPlanner,
} from '../../../bindings/index.ts';
import type {OperatorProblem} from '../../../bindings/model/operators.ts';
import {verifySchedule} from '../../../bindings/operators/fit/verify.ts';
import {seeded} from '../../random.ts';
import {loadOfOrder} from '../oracle.ts';
import {randomOperators} from '../problems.ts';
import {leastExtraCost} from './oracle.ts';

const planner = await loadPlanner();

function fit(problem: OperatorProblem, options: FitOptions): FitSchedule {
  return fitOperators(planner, problem, options);
}

/** A small graph with costs, a capacity between what one operator needs and the load, and what may be done. */
function seededCase(seed: number): {
  problem: OperatorProblem;
  capacity: number;
  recompute: boolean;
  offload?: number;
} {
  const random = seeded(seed);
  const shape = {inPlace: seed % 3 === 0, views: seed % 4 === 0, after: seed % 2 === 0};
  const stated = randomOperators(random, {least: 3, most: 6, ...shape});
  const operators = stated.operators.map(operator =>
    random(5) === 0 ? operator : {...operator, cost: random(6)},
  );
  const problem = {...stated, operators};
  const load = loadOfOrder(
    problem,
    operators.map((_, v) => v),
  );
  const size = (t: unknown) =>
    problem.tensors[t as number]!.viewOf === undefined ? problem.tensors[t as number]!.size : 0;
  const own = operators.map(({inputs, outputs}) =>
    [...new Set([...inputs, ...outputs])].reduce<number>((bytes, t) => bytes + size(t), 0),
  );
  const least = Math.min(load, Math.max(...own));
  const capacity = least + Math.floor(((load - least) * random(100)) / 100);
  const recompute = random(4) !== 0;
  const isMoved = !recompute || random(3) === 0;
  return {problem, capacity, recompute, ...(isMoved ? {offload: [4, 1, 0.5][random(3)]!} : {})};
}

/** With more, brute force takes long. */
const MOST_TENSORS = 10;

function judge(from: number, to: number): {compared: number; dearer: number; paid: number; none: number} {
  const counts = {compared: 0, dearer: 0, paid: 0, none: 0};
  for (let seed = from; seed < to; seed++) {
    const {problem, capacity, recompute, offload} = seededCase(seed);
    if (problem.tensors.length > MOST_TENSORS) continue;
    const moved = offload === undefined ? {} : {costPerByte: 1 / offload};
    const least = leastExtraCost(problem, {capacity, recompute, ...moved});
    const found = fit(problem, {capacity, recompute, ...(offload === undefined ? {} : {offload})});
    counts.compared++;
    if (least === undefined) {
      counts.none++;
      assert.equal(found.status, 'infeasible', `seed ${seed}`);
      continue;
    }
    // the load allows this cost; where the buffers do not pack at it, more may be paid, and nothing else is claimed
    assert.ok(found.costBound <= least, `seed ${seed}: bound ${found.costBound}, least ${least}`);
    if (found.status === 'optimal') assert.equal(found.cost, least, `seed ${seed}`);
    else counts.dearer++;
    if (found.status === 'feasible') assert.ok(found.cost > least, `seed ${seed}`);
    assert.notEqual(found.status, 'infeasible', `seed ${seed}`);
    if (found.planned) assert.ok(found.planned.plan.peak <= capacity, `seed ${seed}`);
    if (least > 0) counts.paid++;
  }
  return counts;
}

test('1,300 seeded graphs cost what brute force over all states finds, and pack', () => {
  const {compared, dearer, paid, none} = judge(0, 2000);
  assert.ok(compared >= 1300, `${compared} compared`);
  assert.ok(paid >= 300, `${paid} cost something`);
  assert.ok(none >= 100, `${none} without a schedule`);
  assert.ok(dearer <= compared / 50, `${dearer} do not pack at the least cost`);
});

/**
 * A chain of `length` states of a byte, each made from the one before, written over it where nobody needs that any more; then as many
 * backward operators, the last state first, whose own results take no bytes.
 */
function chain(length: number): OperatorProblem {
  const states = Array.from({length}, () => ({size: 1}));
  const forward = states.slice(1).map((_, i) => ({inputs: [i], outputs: [i + 1], inPlace: [i], cost: 1}));
  const backward = states.map((_, i) => ({
    inputs: i === 0 ? [length - 1] : [length - 1 - i, length + i - 1],
    outputs: [length + i],
  }));
  return {tensors: [...states, ...states.map(() => ({size: 0}))], operators: [...forward, ...backward]};
}

/** Steps forward in all for reversing `length` steps with `kept` states: r·length − C(kept + r, r − 1). Griewank and Walther, "Algorithm 799: revolve" (2000). */
function binomial(length: number, kept: number): number {
  const choose = (n: number, k: number): number => (k < 0 ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  let r = 0;
  while (choose(kept + r, r) < length) r++;
  return r * length - choose(kept + r, r - 1);
}

test('chains are computed again as often as the binomial schedule says', () => {
  const seen = [];
  for (const [length, kept] of [
    [3, 1],
    [5, 1],
    [6, 2],
    [9, 2],
    [10, 3],
    [12, 2],
    [14, 3],
    [16, 4],
  ] as const) {
    const {status, cost, again} = fit(chain(length), {capacity: kept + 1});
    assert.equal(status, 'optimal');
    assert.equal(cost, binomial(length, kept) - (length - 1), `${length} states, ${kept} kept`);
    seen.push([cost, again.runs]);
  }
  // as literals, too: the formula of the test could be wrong
  assert.deepEqual(seen.slice(0, 4), [
    [1, 1],
    [6, 6],
    [3, 3],
    [9, 9],
  ]);
});

/** Forward and backward of a network of `layers`, whose activations are 1,000 to 1,500 bytes and gradients 100. */
function network(layers: number): OperatorProblem {
  const activations = Array.from({length: layers}, (_, i) => ({size: 1000 + ((i * 7919) % 500)}));
  const forward = activations
    .slice(1)
    .map((_, i) => ({inputs: [i], outputs: [i + 1], cost: 1 + ((i + 1) % 5)}));
  const backward = activations.map((_, i) => ({
    inputs: i === 0 ? [layers - 1] : [layers - 1 - i, layers + i - 1],
    outputs: [layers + i],
    cost: 3,
  }));
  const gradients = activations.map((_, i) => ({size: 100, output: i === layers - 1}));
  return {tensors: [...activations, ...gradients], operators: [...forward, ...backward]};
}

test('of a thousand operators and more a schedule is found that costs little above the bound', () => {
  for (const [layers, part, most] of [
    [150, 0.6, 1.45],
    [600, 0.6, 1.45],
    [1500, 0.6, 1.45],
  ] as const) {
    const capacity = Math.floor(layers * 1250 * part);
    const {status, cost, costBound, planned} = fit(network(layers), {capacity, nodeLimit: 600_000});
    assert.ok(status === 'feasible' || status === 'optimal', `${layers} layers: ${status}`);
    assert.equal(status === 'optimal', cost <= costBound);
    assert.ok(cost <= most * costBound, `${layers} layers: cost ${cost}, bound ${costBound}`);
    assert.ok(planned!.plan.peak <= capacity);
  }
});

test('more steps of the search cost no more, and most of the time less', () => {
  let fewer = 0;
  for (let layers = 40; layers < 60; layers++) {
    const capacity = layers * 375;
    const [first, last] = [1, 200_000].map(nodeLimit => fit(network(layers), {capacity, nodeLimit}).cost);
    assert.ok(last! <= first!, `${layers} layers: ${last} after ${first}`);
    if (last! < first!) fewer++;
  }
  assert.ok(fewer > 10, `${fewer} of 20`);
});

/** Two branches: `wide` is read early and late, and need not stay in between. */
const BRANCHES: OperatorProblem = {
  tensors: [
    {id: 'x', size: 2},
    {id: 'wide', size: 10},
    {id: 'left', size: 1},
    {id: 'mid', size: 12},
    {id: 'right', size: 1},
    {id: 'y', size: 1, output: true},
  ],
  operators: [
    {id: 'widen', inputs: ['x'], outputs: ['wide'], cost: 7},
    {id: 'narrow', inputs: ['wide'], outputs: ['left'], cost: 1},
    {id: 'spread', inputs: ['left', 'x'], outputs: ['mid'], cost: 2},
    {id: 'gather', inputs: ['mid'], outputs: ['right'], cost: 2},
    {id: 'join', inputs: ['wide', 'right'], outputs: ['y'], cost: 1},
  ],
};

const shown = ({steps}: FitSchedule): string =>
  steps
    .map(({kind, operator, tensor}) =>
      operator === undefined
        ? `${kind} ${BRANCHES.tensors[tensor!]!.id}`
        : `${kind} ${BRANCHES.operators[operator]!.id}`,
    )
    .join(', ');

test('the cheaper of computing again and moving is taken', () => {
  const again = fit(BRANCHES, {capacity: 16});
  assert.equal(shown(again), 'run widen, run narrow, run spread, run gather, again widen, run join');
  assert.deepEqual([again.status, again.cost, again.costBound], ['optimal', 7, 7]);
  assert.deepEqual(
    [again.again, again.moved],
    [
      {runs: 1, cost: 7},
      {moves: 0, bytes: 0, cost: 0},
    ],
  );
  assert.equal(again.planned!.plan.peak, 15);
  assert.deepEqual(again.planned!.problem.ids, ['x', 'wide', 'left', 'mid', 'right', 'wide#2', 'y']);

  // 10 bytes at 4 for a unit of cost are 3 units, once in each direction
  const moved = fit(BRANCHES, {capacity: 16, offload: 4});
  assert.equal(shown(moved), 'run widen, run narrow, out wide, run spread, run gather, in wide, run join');
  assert.deepEqual([moved.status, moved.cost, moved.moved], ['optimal', 6, {moves: 2, bytes: 20, cost: 6}]);

  const dear = fit(BRANCHES, {capacity: 16, offload: 2});
  assert.deepEqual([dear.cost, dear.moved.moves], [7, 0]);
});

test('where it fits as it is, it costs nothing', () => {
  const whole = fit(BRANCHES, {capacity: 25});
  assert.deepEqual([whole.status, whole.cost, whole.steps.length], ['optimal', 0, 5]);
});

test('where nothing fits, the moment is named that is proof of it', () => {
  const tight = fit(BRANCHES, {capacity: 14});
  assert.deepEqual([tight.status, tight.costBound], ['infeasible', Number.POSITIVE_INFINITY]);
  assert.deepEqual(tight.obstacle, {at: 'operator', operator: 2, needed: 15, own: 15});
  assert.ok(Number.isNaN(tight.cost));

  // without recomputation `wide` stays
  const stays = fit(BRANCHES, {capacity: 16, recompute: false});
  assert.deepEqual(stays.obstacle, {at: 'operator', operator: 2, needed: 25, own: 15});
  assert.equal(stays.planned, undefined);

  assert.deepEqual(fit({tensors: [{size: 9, output: true}], operators: []}, {capacity: 8}).obstacle, {
    at: 'start',
    needed: 9,
    own: 9,
  });
});

test('an operator is not repeated after one that must follow it', () => {
  const operators = BRANCHES.operators.map(operator =>
    operator.id === 'gather' ? {...operator, after: ['widen']} : operator,
  );
  const found = fit({...BRANCHES, operators}, {capacity: 16});
  assert.deepEqual([found.status, found.obstacle?.needed], ['infeasible', 23]);
  const late = BRANCHES.operators.map(operator =>
    operator.id === 'join' ? {...operator, after: ['widen']} : operator,
  );
  assert.equal(fit({...BRANCHES, operators: late}, {capacity: 16}).cost, 7);
});

test('other orders of first runs are taken, and others are refused', () => {
  const order = [0, 1, 2, 3, 4];
  assert.equal(fit(BRANCHES, {capacity: 16, order}).cost, 7);
  assert.throws(() => fit(BRANCHES, {capacity: 16, order: [1, 0, 2, 3, 4]}), {
    name: 'UsageError',
    message: 'order[0]: operator narrow must run after operator widen',
  });
});

test('wrong options are refused by name', () => {
  for (const [options, message] of [
    [{}, 'fitOperators: expected a capacity to fit, in the options or in the problem'],
    [{capacity: -1}, 'options.capacity: expected an integer number of bytes from 0 to 2^53 - 1, got -1'],
    [{capacity: 9, offload: 0}, 'options.offload: expected bytes per unit of cost, a number above 0, got 0'],
    [{capacity: 9, recompute: 1}, 'options.recompute: expected true or false, got 1'],
    [{capacity: 9, nodeLimit: 0}, 'options.nodeLimit: expected an integer from 1, got 0'],
    [{capacity: 9, timeLimitMs: 0}, 'options.timeLimitMs: expected a number above 0, got 0'],
    [{capacity: 9, bandwidth: 3}, 'options: unknown field "bandwidth"'],
  ] as const)
    assert.throws(() => fit(BRANCHES, options as FitOptions), {name: 'UsageError', message});
});

test('the asynchronous one finds the same, and heeds its signal', async () => {
  for (let seed = 0; seed < 12; seed++) {
    const {problem, capacity, recompute, offload} = seededCase(seed);
    const options = {capacity, recompute, ...(offload === undefined ? {} : {offload})};
    const {planned, ...found} = await fitOperatorsAsync(planner, problem, options);
    const {planned: expected, ...rest} = fit(problem, options);
    assert.deepEqual(found, rest);
    assert.deepEqual(planned?.plan.offsets, expected?.plan.offsets);
  }
  const aborted = AbortSignal.abort(new Error('enough'));
  await assert.rejects(fitOperatorsAsync(planner, BRANCHES, {capacity: 16, signal: aborted}), /enough/);
});

/** The schedule of `BRANCHES` at 16 bytes, as the verifier takes it. */
function checked(): Parameters<typeof verifySchedule>[1] & {steps: FitStep[]; offsets: Float64Array} {
  const {steps, cost, planned} = fit(BRANCHES, {capacity: 16, offload: 4});
  const {problem, tensorOf, plan} = planned!;
  return {
    steps: [...steps],
    cost,
    tensorOf,
    start: problem.start.slice(),
    end: problem.end.slice(),
    offsets: plan.offsets.slice(),
  };
}

test('the verifier names what is wrong with a schedule', () => {
  const rules = {capacity: 16, recompute: true, bytesPerCost: 4};
  const wrong = (change: (schedule: ReturnType<typeof checked>) => void, others = rules): string => {
    const schedule = checked();
    change(schedule);
    return verifySchedule(BRANCHES, schedule, others).join('; ') || 'nothing';
  };
  assert.equal(
    wrong(() => undefined),
    'nothing',
  );
  const cases: [Parameters<typeof wrong>[0], RegExp][] = [
    [s => Object.assign(s, {cost: 5}), /the steps cost 6, not 5/],
    [s => s.steps.splice(0, 2, s.steps[1]!, s.steps[0]!), /reads tensor 1 before its operator has run/],
    [s => s.steps.splice(5, 1, {kind: 'again', operator: 4}), /runs again, but has not run before/],
    [
      s => s.steps.splice(2, 1, {kind: 'again', operator: 0}),
      /step 2: tensor 1 is made, but no buffer of it begins/,
    ],
    [s => s.steps.splice(5, 1, {kind: 'in', tensor: 3}), /tensor 3 is moved in, but was not moved out/],
    [s => (s.end as Uint32Array).fill(4, 3, 4), /reads tensor 3, which is not there/],
    [s => s.steps.push({kind: 'run', operator: 9}), /tensor 5 is an output, and is not there at the end/],
    [s => s.steps.splice(6, 1), /operator 4 never runs/],
    [s => s.offsets.fill(0), /share bytes/],
    [s => s.offsets.fill(15, 1, 2), /bytes 15 to 25 are not within the capacity/],
    [
      s => (s.start as Uint32Array).fill(1, 2, 3) && (s.start as Uint32Array).fill(2, 3, 4),
      /no buffer of it begins|no step makes/,
    ],
  ];
  for (const [change, message] of cases) assert.match(wrong(change), message);
  assert.match(
    wrong(() => undefined, {...rules, capacity: 14}),
    /not within the capacity/,
  );
  const again = fit(BRANCHES, {capacity: 16});
  const {start, end} = again.planned!.problem;
  const repeated = {
    ...again,
    start,
    end,
    tensorOf: again.planned!.tensorOf,
    offsets: again.planned!.plan.offsets,
  };
  const operators = BRANCHES.operators.map((operator, v) => (v === 3 ? {...operator, after: [0]} : operator));
  assert.deepEqual(verifySchedule(BRANCHES, repeated, rules), []);
  assert.match(
    verifySchedule({...BRANCHES, operators}, repeated, rules).join(),
    /operator 0 runs again after an operator that must follow it/,
  );
  assert.match(
    verifySchedule(BRANCHES, checked(), {capacity: 16, recompute: true})[0]!,
    /step 2: nothing may be moved/,
  );
});

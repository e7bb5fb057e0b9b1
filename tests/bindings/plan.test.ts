/** Planning as a caller sees it: statuses, budgets, options, errors. Small problems, their offsets written out. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type Plan, type PlanOptions, type Problem, UsageError} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf} from '../oracle.ts';
import {filled, randomProblem, type Shape, seeded} from '../random.ts';

const TETRIS: Problem = {
  buffers: [
    {id: 'a', start: 0, end: 2, size: 4},
    {id: 'b', start: 1, end: 4, size: 2},
    {id: 'c', start: 3, end: 5, size: 4},
    {id: 'd', start: 0, end: 1, size: 2},
  ],
};

/** No heuristic reaches the bound of these. */
const HARD: Shape = {buffers: 60, ticks: 60, sizes: 40, longest: 12};

for (const {name, planner} of BUILDS) {
  test(`${name}: disjoint lifetimes share the bottom`, () => {
    const plan = planner.plan({
      buffers: [
        {start: 0, end: 2, size: 8},
        {start: 2, end: 3, size: 5},
      ],
    });
    assert.deepEqual([...plan.offsets], [0, 0]);
    assert.deepEqual([plan.peak, plan.lowerBound, plan.status], [8, 8, 'optimal']);
  });

  test(`${name}: a small puzzle is placed at its load`, () => {
    const plan = planner.plan(TETRIS);
    assert.deepEqual([...plan.offsets], [0, 4, 0, 4]);
    assert.deepEqual([plan.peak, plan.status], [6, 'optimal']);
  });

  test(`${name}: another buffer may live in a gap, but not across its end`, () => {
    const gapped = {start: 0, end: 9, size: 4, gaps: [[2, 6]] as const};
    const within = planner.plan({buffers: [gapped, {start: 2, end: 6, size: 3}]});
    assert.deepEqual([...within.offsets], [0, 0]);
    assert.equal(within.peak, 4);
    const across = planner.plan({buffers: [gapped, {start: 2, end: 7, size: 3}]});
    assert.equal(across.peak, 7);
  });

  test(`${name}: a fixed buffer stays, the others go around it`, () => {
    const problem = {
      buffers: [
        {start: 0, end: 4, size: 4, offset: 2},
        {start: 0, end: 2, size: 2},
        {start: 1, end: 4, size: 3},
      ],
    };
    const plan = planner.plan(problem);
    assert.deepEqual([...plan.offsets], [2, 0, 6]);
    assert.deepEqual(faultsOf(problem, plan.offsets), []);
  });

  test(`${name}: fixed buffers that collide make the problem infeasible, and are named`, () => {
    const plan = planner.plan({
      buffers: [
        {start: 0, end: 4, size: 4},
        {start: 0, end: 4, size: 4, offset: 0},
        {start: 2, end: 4, size: 4, offset: 3},
      ],
    });
    assert.equal(plan.status, 'infeasible');
    assert.deepEqual(plan.clash, {kind: 'overlap', a: 1, b: 2});
    assert.equal(plan.offsets.length, 0);
    assert.ok(Number.isNaN(plan.peak));
  });

  test(`${name}: buffers without size or lifetime keep their place in the list and have offset 0`, () => {
    const plan = planner.plan({
      buffers: [
        {start: 0, end: 5, size: 3},
        {start: 1, end: 4, size: 0},
        {start: 2, end: 2, size: 9},
        {start: 1, end: 3, size: 2, gaps: []},
      ],
    });
    assert.deepEqual([...plan.offsets], [0, 0, 0, 3]);
    assert.equal(plan.peak, 5);
    assert.equal(planner.plan({buffers: []}).status, 'optimal');
    assert.equal(planner.plan({buffers: [{start: 1, end: 1, size: 7}]}).peak, 0);
    assert.equal(planner.lowerBound({buffers: [{start: 1, end: 1, size: 7}]}), 0);
  });

  test(`${name}: alignment is the buffer's own, else the option's, else the problem's`, () => {
    const buffers = [
      {start: 0, end: 1, size: 1},
      {start: 0, end: 1, size: 1},
      {start: 0, end: 1, size: 10, alignment: 2},
    ];
    const topOf = (plan: Plan) => Math.max(...plan.offsets);
    assert.equal(topOf(planner.plan({buffers}, {algorithm: 'greedy-by-size'})), 11);
    assert.equal(topOf(planner.plan({buffers, alignment: 8}, {algorithm: 'greedy-by-size'})), 24);
    assert.equal(
      topOf(planner.plan({buffers, alignment: 8}, {algorithm: 'greedy-by-size', alignment: 16})),
      32,
    );
  });

  test(`${name}: capacity decides between feasible, unknown and infeasible, and ends the search`, () => {
    const problem = randomProblem(seeded(5), HARD);
    const portfolio = {algorithm: 'portfolio'} as const;
    const free = planner.plan(problem, portfolio);
    assert.equal(free.status, 'feasible'); // or the rest would test nothing
    const loose = planner.plan(problem, {capacity: 1e6});
    assert.equal(loose.status, 'feasible');
    assert.equal(loose.nodes, 60);
    assert.equal(planner.plan(problem, {...portfolio, capacity: 1e6, minimize: true}).peak, free.peak);
    const tight = planner.plan(problem, {...portfolio, capacity: free.lowerBound});
    assert.deepEqual([tight.status, tight.peak], ['unknown', free.peak]);
    assert.equal(planner.plan({...problem, capacity: free.lowerBound - 1}).status, 'infeasible');
  });

  test(`${name}: the exact search goes on where the heuristics stop, to a proof`, () => {
    const problem = randomProblem(seeded(5), HARD);
    const heuristics = planner.plan(problem, {algorithm: 'portfolio'});
    const plan = planner.plan(problem);
    assert.deepEqual([plan.status, plan.algorithm], ['optimal', 'exact']);
    assert.ok(plan.peak < heuristics.peak);
    assert.deepEqual(faultsOf(problem, plan.offsets), []);
  });

  test(`${name}: a capacity above the load is proven out of reach, and the proven bound is reported`, () => {
    // load 5, optimum 6
    const rows = [
      [0, 1, 4],
      [3, 4, 3],
      [7, 8, 4],
      [4, 9, 1],
      [0, 5, 1],
      [5, 6, 3],
      [2, 7, 1],
    ] as const;
    const problem = {buffers: rows.map(([start, end, size]) => ({start, end, size}))};
    assert.equal(planner.lowerBound(problem), 5);
    const plan = planner.plan(problem);
    assert.deepEqual([plan.peak, plan.lowerBound, plan.status], [6, 6, 'optimal']);
    const tight = planner.plan(problem, {capacity: 5, algorithm: 'exact'});
    assert.deepEqual([tight.peak, tight.lowerBound, tight.status], [6, 6, 'infeasible']);
    const more = {buffers: problem.buffers.map(buffer => ({...buffer, size: buffer.size * 10}))};
    const between = planner.plan(more, {capacity: 55, algorithm: 'exact'});
    assert.equal(between.status, 'infeasible');
  });

  test(`${name}: a node limit ends the portfolio after whole heuristics, at least one, and the search on the node`, () => {
    const problem = randomProblem(seeded(5), HARD);
    assert.equal(planner.plan(problem, {nodeLimit: 1}).nodes, 60);
    assert.equal(planner.plan(problem, {nodeLimit: 200, algorithm: 'portfolio'}).nodes, 180);
    const hard = filled(seeded(1), 400, 400, 400);
    const {nodes, status} = planner.plan(hard, {nodeLimit: 9000});
    assert.deepEqual([nodes, status], [9000, 'feasible']); // the budget was the end
  });

  test(`${name}: better plans are reported as they are found, each smaller, and false ends the search`, () => {
    const problem = randomProblem(seeded(5), HARD);
    const peaks: number[] = [];
    const plan = planner.plan(problem, {
      onPlan: better => {
        assert.deepEqual(faultsOf(problem, better.offsets), []);
        peaks.push(better.peak);
        return undefined;
      },
    });
    assert.ok(peaks.length > 1);
    assert.deepEqual(
      peaks,
      [...new Set(peaks)].sort((a, b) => b - a),
    );
    assert.equal(plan.peak, peaks.at(-1));
    assert.equal(planner.plan(problem, {onPlan: () => false}).peak, peaks[0]);
  });

  test(`${name}: sizes and offsets go up to 2^53, above it is refused`, () => {
    const half = 2 ** 52;
    const two = {buffers: [0, 1].map(() => ({start: 0, end: 1, size: half - 1}))};
    const plan = planner.plan(two);
    assert.deepEqual([...plan.offsets], [0, half - 1]);
    assert.equal(plan.peak, 2 ** 53 - 2);
    const three = {buffers: [0, 1, 2].map(() => ({start: 0, end: 1, size: half}))};
    assert.throws(() => planner.plan(three), {name: 'LimitError'});
    const many = {buffers: Array.from({length: 1000}, () => ({start: 0, end: 1, size: 2 ** 53 - 1}))};
    assert.throws(() => planner.plan(many), {name: 'LimitError', message: /sum to/});
  });

  test(`${name}: a plan below 2^53 is found where the first heuristic, or every one, is above it`, () => {
    const bySizeAbove = [
      {size: 1, start: 0, end: 6, alignment: 2 ** 20},
      {size: 2 ** 53 - 3, start: 5, end: 10},
    ];
    assert.throws(() => planner.plan({buffers: bySizeAbove}, {algorithm: 'greedy-by-size'}), {
      name: 'LimitError',
      message: 'the plan of greedy-by-size is above 2^53 - 1 bytes: plan with "auto", which searches',
    });
    assert.deepEqual([...planner.plan({buffers: bySizeAbove}).offsets], [0, 1]);
    const {buffers} = filled(seeded(3), 60, 40, 80);
    const load = 40;
    assert.ok(planner.plan({buffers}, {algorithm: 'portfolio'}).peak > load);
    const factor = Math.floor((2 ** 53 - 1) / load);
    const scaled = {buffers: buffers.map(buffer => ({...buffer, size: buffer.size * factor}))};
    const message = 'no plan below 2^53 bytes was found within the budget: allow more nodes or time';
    assert.throws(() => planner.plan(scaled, {algorithm: 'portfolio'}), {name: 'LimitError', message});
    for (const algorithm of ['auto', 'exact', 'beam', 'windows'] as const) {
      const plan = planner.plan(scaled, {algorithm});
      assert.equal(plan.peak, load * factor, algorithm);
      assert.deepEqual(faultsOf(scaled, plan.offsets), []);
    }
  });

  test(`${name}: offsets far beyond 2^64 in sum are a LimitError`, () => {
    // one aligned buffer above another would be at 4,999 × 2^52 bytes
    const buffers = Array.from({length: 5000}, () => ({start: 0, end: 1, size: 1, alignment: 2 ** 52}));
    assert.throws(() => planner.plan({buffers}), {name: 'LimitError'});
  });

  test(`${name}: memory that grows during a call is seen, and given back`, () => {
    const problem = randomProblem(seeded(9), {buffers: 20_000, ticks: 10_000, sizes: 1000});
    const first = planner.plan(problem, {algorithm: 'greedy-by-size'});
    const second = planner.plan(problem, {algorithm: 'greedy-by-size'});
    assert.deepEqual(second.offsets, first.offsets);
    assert.deepEqual(planner.verify(problem, first), []);
  });
}

const MISUSE: readonly [string, unknown, PlanOptions, RegExp][] = [
  ['no object', null, {}, /^problem: expected an object, got null$/],
  ['no buffers', {}, {}, /^buffers: expected an array, got undefined$/],
  [
    'a misspelt field',
    {buffers: [{start: 0, end: 1, size: 1, aligment: 2}]},
    {},
    /^buffers\[0\]: unknown field "aligment"$/,
  ],
  ['a misspelt problem', {buffers: [], capasity: 3}, {}, /^problem: unknown field "capasity"$/],
  [
    'an end before its start',
    {buffers: [{start: 7, end: 6, size: 1}]},
    {},
    /^buffers\[0\]\.end: expected at least start \(7\), got 6$/,
  ],
  ['a fractional size', {buffers: [{start: 0, end: 6, size: 1.5}]}, {}, /^buffers\[0\]\.size: .* got 1\.5$/],
  ['a size above 2^53', {buffers: [{start: 0, end: 6, size: 2 ** 53}]}, {}, /^buffers\[0\]\.size: /],
  ['a negative tick', {buffers: [{start: -1, end: 6, size: 1}]}, {}, /^buffers\[0\]\.start: .* got -1$/],
  [
    'an odd alignment',
    {buffers: [{start: 0, end: 6, size: 1, alignment: 3}]},
    {},
    /^buffers\[0\]\.alignment: expected a power of two/,
  ],
  [
    'a fixed offset off its alignment',
    {buffers: [{start: 0, end: 6, size: 1, offset: 3, alignment: 2}]},
    {},
    /^buffers\[0\]\.offset: expected a multiple of its alignment \(2\), got 3$/,
  ],
  [
    'a gap at the edge',
    {buffers: [{start: 0, end: 6, size: 1, gaps: [[0, 2]]}]},
    {},
    /^buffers\[0\]\.gaps\[0\]: expected to begin after 0, got 0$/,
  ],
  [
    'gaps that touch',
    {
      buffers: [
        {
          start: 0,
          end: 9,
          size: 1,
          gaps: [
            [1, 2],
            [2, 3],
          ],
        },
      ],
    },
    {},
    /^buffers\[0\]\.gaps\[1\]: expected to begin after 2/,
  ],
  ['an unknown option', {buffers: []}, {time: 3} as PlanOptions, /^options: unknown option "time"/],
  [
    'an unknown algorithm',
    {buffers: []},
    {algorithm: 'best'} as unknown as PlanOptions,
    /^options\.algorithm: unknown algorithm "best"/,
  ],
  ['a negative capacity', {buffers: []}, {capacity: -1}, /^options\.capacity: /],
  [
    'a negative budget',
    {buffers: []},
    {nodeLimit: -1},
    /^options\.nodeLimit: expected a number above 0, got -1$/,
  ],
];

for (const [situation, problem, options, message] of MISUSE) {
  test(`misuse is named by field: ${situation}`, () => {
    const {planner} = BUILDS.at(-1)!;
    assert.throws(
      () => planner.plan(problem as Problem, options),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

/** No bound above a valid plan: pairs in place with aliases, neighbours and alignments; fixed offsets in aligned pools. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlannerSync, type Problem} from '../../bindings/index.ts';

const planner = loadPlannerSync();

/** A problem, the smallest peak, and offsets of a plan that has it. */
const CASES: readonly [string, Problem, number, readonly number[]][] = [
  [
    'an output that shares memory with another buffer',
    {
      buffers: [
        {size: 4, start: 0, end: 2},
        {size: 1, start: 1, end: 2},
        {size: 2, start: 1, end: 2},
      ],
      inPlace: [{input: 0, output: 1}],
      share: [[1, 2]],
    },
    4,
    [0, 0, 0],
  ],
  [
    'an output with a view of it',
    {
      buffers: [
        {size: 4, start: 0, end: 2},
        {size: 4, start: 1, end: 3},
        {size: 2, start: 1, end: 3},
      ],
      inPlace: [{input: 0, output: 1}],
      views: [{buffer: 2, of: 1, offset: 0}],
    },
    4,
    [0, 0, 0],
  ],
  [
    'a pair whose alignment does not divide the distance to a neighbour',
    {
      buffers: [
        {size: 2, start: 0, end: 3},
        {size: 4, start: 0, end: 2},
        {size: 4, start: 1, end: 3, alignment: 4},
      ],
      adjacent: [[0, 1]],
      inPlace: [{input: 1, output: 2}],
    },
    8,
    [2, 4, 4],
  ],
  [
    'an output that is not the lowest of its bundle, in a pool with an alignment that the pair does not meet',
    {
      buffers: [
        {size: 4, start: 0, end: 2},
        {size: 2, start: 0, end: 3},
        {size: 4, start: 1, end: 3},
      ],
      adjacent: [[1, 2]],
      inPlace: [{input: 0, output: 2}],
      pools: [{name: 'wide', alignment: 4}, {name: 'narrow'}],
    },
    6,
    [2, 0, 2],
  ],
  [
    'a pair that its neighbours place at one offset anyway',
    {
      buffers: [
        {size: 1, start: 0, end: 3},
        {size: 4, start: 0, end: 2},
        {size: 4, start: 1, end: 3},
      ],
      adjacent: [
        [0, 1],
        [0, 2],
      ],
      inPlace: [{input: 1, output: 2}],
    },
    5,
    [0, 1, 1],
  ],
  [
    'pairs in two ticks between the same memories',
    {
      buffers: [
        {size: 4, start: 0, end: 2},
        {size: 4, start: 2, end: 3},
        {size: 4, start: 1, end: 2},
        {size: 4, start: 2, end: 4},
      ],
      share: [
        [0, 1],
        [2, 3],
      ],
      inPlace: [
        {input: 0, output: 2},
        {input: 1, output: 3},
      ],
    },
    4,
    [0, 0, 0, 0],
  ],
  [
    'a view whose alignment its owner lacks',
    {
      buffers: [
        {size: 6, start: 0, end: 2},
        {size: 2, start: 0, end: 2, alignment: 4},
      ],
      views: [{buffer: 1, of: 0, offset: 2}],
    },
    8,
    [2, 4],
  ],
];

for (const [what, problem, peak, offsets] of CASES) {
  test(`the bound is not above a valid plan: ${what}`, () => {
    const arenas = problem.pools ? {arenas: [{pool: 1}], arenaOf: offsets.map(() => 0)} : {};
    assert.deepEqual(planner.verify(problem, {offsets, ...arenas}), []);
    assert.ok(planner.lowerBound(problem) <= peak);
    if (problem.pools) return;
    const plan = planner.plan(problem);
    assert.deepEqual([plan.status, plan.peak], ['optimal', peak]);
    assert.ok(['optimal', 'feasible'].includes(planner.plan(problem, {capacity: peak}).status));
    assert.equal(planner.plan(problem, {capacity: peak - 1}).status, 'infeasible');
  });
}

test('a fixed offset may be none of the multiples that its pool demands', () => {
  const pools = [{name: 'p', alignment: 4}];
  const alone = planner.plan({buffers: [{size: 4, start: 0, end: 2, offset: 1}], pools});
  assert.deepEqual([alone.status, alone.peak, ...alone.offsets], ['optimal', 5, 1]);
  const tied: Problem = {
    buffers: [
      {size: 4, start: 0, end: 2, offset: 5},
      {size: 3, start: 0, end: 2},
      {size: 1, start: 0, end: 2},
    ],
    adjacent: [[1, 0]],
    pools,
  };
  const plan = planner.plan(tied);
  assert.deepEqual([plan.status, plan.peak, ...plan.offsets], ['optimal', 9, 5, 2, 0]);
  assert.deepEqual(planner.verify(tied, plan), []);
  const moved = {...plan, offsets: [5, 2, 1]};
  assert.deepEqual(planner.verify(tied, moved), [{kind: 'misaligned', a: 2}]);
});

test('ties hold by way of a buffer that holds nothing', () => {
  const problem: Problem = {
    buffers: [
      {size: 8, start: 0, end: 0},
      {size: 2, start: 0, end: 2},
      {size: 2, start: 1, end: 3},
    ],
    views: [
      {buffer: 1, of: 0, offset: 2},
      {buffer: 2, of: 0, offset: 6},
    ],
  };
  const plan = planner.plan(problem);
  assert.deepEqual([plan.status, plan.peak, plan.offsets[2]! - plan.offsets[1]!], ['optimal', 6, 4]);
  assert.deepEqual(planner.verify(problem, {offsets: [0, 0, 4]}), []);
  assert.deepEqual(planner.verify(problem, {offsets: [0, 0, 2]}), [{kind: 'not-in-view', a: 0, b: 2}]);
});

test('a buffer that follows another is fixed at any offset, whatever the default alignment is', () => {
  const problem: Problem = {
    buffers: [
      {size: 4, start: 0, end: 2},
      {size: 2, start: 0, end: 2, offset: 3},
    ],
    views: [{buffer: 1, of: 0, offset: 1}],
    alignment: 2,
  };
  const plan = planner.plan(problem);
  assert.deepEqual([plan.status, plan.peak, ...plan.offsets], ['optimal', 6, 2, 3]);
});

test('a part without bytes takes no room, whatever alignment it states', () => {
  const buffers = [
    {size: 1, start: 0, end: 1},
    {size: 0, start: 0, end: 1, alignment: 4, part: 'p'},
  ];
  const plan = planner.plan({buffers});
  assert.deepEqual([plan.status, plan.peak], ['optimal', 1]);
  assert.equal(planner.plan({buffers: [...buffers].reverse()}).peak, 1);
});

/** Explaining a peak: literal problems, the bounds of changed problems made by hand, and brute force on small ones. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  type BoundBuffer,
  type BufferInfo,
  type Change,
  explainPeak,
  type Planner,
  type Problem,
  UsageError,
} from '../../bindings/index.ts';
import {BUILDS} from '../builds.ts';
import {faultsOf, loadOf, optimum} from '../oracle.ts';
import {liveTogether, randomProblem, type Shape, seeded} from '../random.ts';

const runs = (numRuns: number) => ({seed: 20260202, numRuns});
const {planner} = BUILDS.at(-1)!;

/** The same budget wherever something is planned, so that plans can be compared. */
const BUDGET = {nodeLimit: 3000};

const explained = (problem: Problem, options = {}, by: Planner = planner) =>
  explainPeak(by, problem, by.plan(problem, BUDGET), {...BUDGET, ...options});

/** Kind, size, tick, bound, its ticks and the peak of every change, in short. */
const brief = ({kind, size, tick, lowerBound, start, end, peak}: Change) =>
  `${kind} ${size} ${tick} bound ${lowerBound} at ${start}-${end} peak ${peak}`;
const changesOf = ({changes}: BoundBuffer) => changes?.map(brief);

const STAIRS: Problem = {
  buffers: [
    {id: 'a', start: 0, end: 4, size: 8},
    {id: 'b', start: 2, end: 6, size: 4},
    {id: 'c', start: 3, end: 8, size: 2},
    {id: 'd', start: 6, end: 9, size: 5},
    {id: 'none', start: 3, end: 4, size: 0},
  ],
};

for (const {name, planner: by} of BUILDS) {
  test(`${name}: the buffers at the instant and the effect of each change are as worked out by hand`, () => {
    const {bound, peak, buffers, best} = explained(STAIRS, {}, by);
    assert.deepEqual(bound, {start: 3, end: 4, bytes: 14, lowerBound: 14, overhead: 0});
    assert.deepEqual([peak?.start, peak?.end, peak?.bytes, peak?.peak, peak?.lost], [3, 4, 14, 14, 0]);
    assert.deepEqual(
      buffers.map(({index, id, size, start, end}) => [index, id, size, start, end]),
      [
        [0, 'a', 8, 0, 4],
        [1, 'b', 4, 2, 6],
        [2, 'c', 2, 3, 8],
      ],
    );
    assert.deepEqual(
      buffers.map(({share}) => share),
      [8 / 14, 4 / 14, 2 / 14],
    );
    assert.deepEqual(changesOf(buffers[0]!), [
      'ends-earlier 8 3 bound 12 at 2-3 peak 12',
      'half 4 undefined bound 10 at 3-4 peak 10',
      'gone 0 undefined bound 7 at 6-8 peak 7',
    ]);
    assert.deepEqual(changesOf(buffers[1]!), [
      'ends-earlier 4 3 bound 12 at 2-3 peak 12',
      'begins-later 4 4 bound 10 at 3-4 peak 10',
      'half 2 undefined bound 12 at 3-4 peak 12',
      'gone 0 undefined bound 10 at 3-4 peak 10',
    ]);
    assert.deepEqual(changesOf(buffers[2]!), [
      'begins-later 2 4 bound 12 at 2-4 peak 12',
      'half 1 undefined bound 13 at 3-4 peak 13',
      'gone 0 undefined bound 12 at 2-4 peak 12',
    ]);
    assert.deepEqual([best?.index, best?.change.kind, best?.change.lowerBound], [0, 'gone', 7]);
  });
}

test('of changes that lower the bound alike, the mildest is the best', () => {
  const {best} = explained({
    buffers: [
      {start: 0, end: 2, size: 3},
      {start: 1, end: 3, size: 4},
      {start: 5, end: 6, size: 5},
    ],
  });
  // 7 at 1-2, and 5 at 5-6 is what remains, whichever of the two ends earlier, begins later, or goes
  assert.deepEqual([best?.index, best?.change.kind, best?.change.lowerBound], [0, 'ends-earlier', 5]);
});

test('only the largest buffers are changed, and none is planned anew where that is not wanted', () => {
  const {buffers} = explained(STAIRS, {top: 1, replan: false});
  assert.deepEqual(
    buffers.map(({changes}) => changes?.map(({lowerBound, peak}) => [lowerBound, peak])),
    [
      [
        [12, undefined],
        [10, undefined],
        [7, undefined],
      ],
      undefined,
      undefined,
    ],
  );
  assert.deepEqual(
    explained(STAIRS, {timeLimitMs: 1e-9}).buffers.flatMap(({changes}) => changes!.map(({peak}) => peak)),
    Array(10).fill(undefined),
  );
});

test('alignment adds to the live bytes: to the bound as overhead, to the peak as loss', () => {
  const buffers = [
    {start: 0, end: 2, size: 5},
    {start: 0, end: 2, size: 6},
  ];
  const {bound, peak} = explained({buffers, alignment: 8});
  assert.deepEqual([bound.lowerBound, bound.bytes, bound.overhead], [13, 11, 2]);
  assert.deepEqual([peak?.peak, peak?.bytes, peak?.lost], [13, 11, 2]);
  const by = {alignment: 4};
  const other = explainPeak(planner, {buffers}, planner.plan({buffers}, by), by);
  assert.deepEqual([other.bound.lowerBound, other.peak?.lost], [13, 2]);
  assert.equal(other.buffers[0]?.changes?.[0]?.lowerBound, 9); // half of 6 at 0 to 3, then 5 at 4 to 9
});

test('a bound stays where the buffer with the smallest alignment goes, between the paddings of others', () => {
  const wide = {start: 0, end: 2, size: 5, alignment: 8};
  const {bound, buffers} = explained({buffers: [wide, wide, {start: 0, end: 2, size: 1}]});
  assert.equal(bound.lowerBound, 13);
  assert.deepEqual(buffers[2]?.changes?.map(({kind, lowerBound}) => [kind, lowerBound]).at(-1), ['gone', 13]);
});

test('a fixed buffer whose own top is the bound is named, and changed beyond the largest', () => {
  const problem = {
    buffers: [
      {start: 0, end: 2, size: 30},
      {start: 3, end: 5, size: 40},
      {start: 1, end: 6, size: 10, offset: 90, gaps: [[2, 4]] as const},
    ],
  };
  const {bound, peak, buffers, best} = explained(problem, {top: 1});
  // its heaviest instant is 4-5, with the second; in its gap 2-4 it holds nothing
  assert.deepEqual(bound, {start: 4, end: 5, bytes: 50, lowerBound: 100, overhead: 50, pinned: 2});
  assert.deepEqual([peak?.peak, peak?.lost, peak?.tops.map(({index}) => index)], [100, 50, [2]]);
  assert.deepEqual(changesOf(buffers[0]!), [
    'ends-earlier 40 4 bound 100 at 1-6 peak 100',
    'half 20 undefined bound 100 at 1-6 peak 100',
    'gone 0 undefined bound 100 at 1-6 peak 100',
  ]);
  assert.deepEqual(changesOf(buffers[1]!), [
    'begins-later 10 5 bound 100 at 1-6 peak 100',
    'half 5 undefined bound 95 at 1-6 peak 95',
    'gone 0 undefined bound 40 at 3-5 peak 40',
  ]);
  assert.deepEqual([best?.index, best?.change.kind], [2, 'gone']);
});

test('of a buffer with gaps, the piece at the instant ends earlier or begins later; the others stay', () => {
  const problem = {
    buffers: [
      {start: 0, end: 12, size: 4, gaps: [[3, 5] as const, [9, 10] as const]},
      {start: 6, end: 8, size: 6},
      {start: 1, end: 2, size: 1},
      {start: 11, end: 12, size: 2},
    ],
  };
  const {bound, buffers} = explained(problem);
  assert.deepEqual([bound.start, bound.end, bound.bytes], [6, 8, 10]);
  const long = buffers.find(({index}) => index === 0)!;
  assert.deepEqual([long.start, long.end], [5, 9]);
  // what is left of it still meets the last one
  assert.deepEqual(changesOf(long), [
    'ends-earlier 4 6 bound 6 at 6-8 peak 6',
    'begins-later 4 8 bound 6 at 6-8 peak 6',
    'half 2 undefined bound 8 at 6-8 peak 8',
    'gone 0 undefined bound 6 at 6-8 peak 6',
  ]);
});

test('where fixed offsets collide, there is a bound to explain and no peak, except for the change that frees them', () => {
  const problem = {
    buffers: [
      {start: 0, end: 3, size: 4, offset: 0},
      {start: 0, end: 3, size: 6, offset: 2},
    ],
  };
  const {bound, peak, buffers} = explained(problem);
  assert.equal(bound.lowerBound, 10);
  assert.equal(peak, undefined);
  assert.deepEqual(
    buffers.map(({changes}) => changes?.map(change => [change.kind, change.peak])),
    [
      [
        ['half', undefined],
        ['gone', 4],
      ],
      [
        ['half', 8],
        ['gone', 8],
      ],
    ],
  );
});

test('no buffers, or none that holds anything: nothing to explain', () => {
  for (const buffers of [[], [{start: 3, end: 3, size: 9}]]) {
    const {bound, peak, buffers: live, best} = explained({buffers});
    assert.deepEqual(bound, {start: 0, end: 0, bytes: 0, lowerBound: 0, overhead: 0});
    assert.deepEqual(peak, {start: 0, end: 0, bytes: 0, peak: 0, lost: 0, tops: []});
    assert.deepEqual([live, best], [[], undefined]);
  }
});

test('invalid plans and invalid options are refused', () => {
  const plan = planner.plan(STAIRS);
  const refuse = (options: object, message: RegExp, offsets: Float64Array = plan.offsets) =>
    assert.throws(
      () => explainPeak(planner, STAIRS, {offsets}, options),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  refuse({}, /^plan: not valid for the problem: \{"kind":"overlap"/, new Float64Array(5));
  refuse({}, /^offsets: expected 5 entries, got 3/, new Float64Array(3));
  refuse({top: -1}, /^options\.top: expected an integer from 0, got -1/);
  refuse({replan: 'no'}, /^options\.replan: expected true or false, got "no"/);
  refuse({nodelimit: 3}, /^options: unknown option "nodelimit"/);
});

const SHAPES: readonly Shape[] = [
  {buffers: 30, ticks: 20, sizes: 12},
  {buffers: 40, ticks: 40, sizes: 20, longest: 20, gapOneIn: 3},
  {buffers: 40, ticks: 30, sizes: 50, longest: 10, alignment: 16},
  {buffers: 30, ticks: 30, sizes: 20, longest: 20, alignment: 8, gapOneIn: 4, fixedOneIn: 6},
];

const piecesOf = ({start, end, gaps = []}: BufferInfo): [number, number][] =>
  [start, ...gaps.map(([, to]) => to)].map((from, k) => [from, gaps[k]?.[0] ?? end]);

/** The problem with one buffer changed, made by hand: pieces as a list, cut, and put together again. */
function changed(problem: Problem, buffer: BoundBuffer, change: Change): Problem {
  const old = problem.buffers[buffer.index]!;
  const pieces = piecesOf(old).map(([from, to]) => {
    if (change.tick === undefined || from !== buffer.start) return [from, to] as const;
    return change.kind === 'ends-earlier' ? ([from, change.tick] as const) : ([change.tick, to] as const);
  });
  const gaps = pieces.slice(1).map(([from], k) => [pieces[k]![1], from] as const);
  const other = {...old, size: change.size, start: pieces[0]![0], end: pieces.at(-1)![1], gaps};
  return {...problem, buffers: problem.buffers.map((one, i) => (i === buffer.index ? other : one))};
}

function forEachChange(
  problem: Problem,
  options: object,
  check: (other: Problem, change: Change) => void,
): void {
  for (const buffer of explained(problem, options).buffers) {
    for (const change of buffer.changes ?? []) check(changed(problem, buffer, change), change);
  }
}

test('the buffers live at the instant sum to its bytes; without alignment and fixed offsets, to the load', () => {
  fc.assert(
    fc.property(fc.integer({min: 0}), fc.nat(3), (seed, shape) => {
      const problem = randomProblem(seeded(seed), SHAPES[shape]!);
      const {bound, peak, buffers} = explained(problem, {top: 0});
      const instant = {start: bound.start, end: bound.end, size: 1};
      const live = problem.buffers.flatMap((buffer, i) => (liveTogether(buffer, instant) ? [i] : []));
      assert.deepEqual(
        buffers.map(({index}) => index).sort((a, b) => a - b),
        live,
      );
      assert.equal(
        live.reduce((sum, i) => sum + problem.buffers[i]!.size, 0),
        bound.bytes,
      );
      assert.equal(bound.bytes + bound.overhead, planner.lowerBound(problem));
      if (shape < 2) assert.equal(bound.bytes, loadOf(problem));
      if (bound.pinned === undefined) {
        const {start, end} = planner.bounds(problem);
        assert.deepEqual([bound.start, bound.end], [start, end]);
      }
      assert.ok(peak!.lost >= 0 && peak!.bytes <= loadOf(problem) && peak!.tops.length > 0);
    }),
    runs(300),
  );
});

test('every change is bounded as the problem with that change made by hand, and planned no worse than unchanged', () => {
  fc.assert(
    fc.property(fc.integer({min: 0}), fc.nat(3), (seed, shape) => {
      const problem = randomProblem(seeded(seed), SHAPES[shape]!);
      const {lowerBound} = planner.bounds(problem);
      const {peak} = planner.plan(problem, BUDGET);
      forEachChange(problem, {top: 3}, (other, change) => {
        const bounds = planner.bounds(other);
        assert.deepEqual(
          [change.lowerBound, change.start, change.end],
          [bounds.lowerBound, bounds.start, bounds.end],
        );
        assert.equal(change.peak, Math.min(planner.plan(other, BUDGET).peak, change.peak!));
        assert.ok(change.peak! <= peak && change.peak! >= change.lowerBound);
        assert.ok(change.lowerBound <= lowerBound);
      });
    }),
    runs(60),
  );
});

test('no plan of up to six buffers undercuts the bound of a change, and a plan has the reported peak', () => {
  let lowered = 0;
  fc.assert(
    fc.property(fc.integer({min: 0}), fc.integer({min: 1, max: 6}), fc.nat(1), (seed, buffers, kind) => {
      const shapes: readonly Shape[] = [
        {buffers, ticks: 6, sizes: 9, alignment: 8},
        {buffers, ticks: 8, sizes: 20, alignment: 4, gapOneIn: 3, fixedOneIn: 4},
      ];
      const problem = randomProblem(seeded(seed), shapes[kind]!);
      const {lowerBound} = planner.bounds(problem);
      forEachChange(problem, {}, (other, change) => {
        const live = {buffers: other.buffers.filter(({size}) => size > 0)};
        const best = optimum(live);
        assert.deepEqual(faultsOf(live, best.offsets), []);
        assert.ok(change.lowerBound <= best.peak && best.peak <= change.peak!);
        if (change.lowerBound < lowerBound) lowered++;
      });
    }),
    runs(150),
  );
  assert.ok(lowered > 300, `${lowered} bounds lowered: too few to test them`);
});

/** Each violation of a constraint is found, by name and by the buffers to blame; statements are checked with their place. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type BufferInfo,
  loadPlannerSync,
  type Problem,
  UsageError,
  type VerifiedPlan,
  type Violation,
} from '../../bindings/index.ts';
import {seeded} from '../random.ts';
import {Rules} from './oracle.ts';
import {constrained, KINDS, type Kind} from './problems.ts';

const planner = loadPlannerSync();
const buffer = (start: number, end: number, size: number, rest: Partial<BufferInfo> = {}): BufferInfo => ({
  start,
  end,
  size,
  ...rest,
});
const apart = [buffer(0, 2, 4), buffer(2, 4, 4), buffer(4, 6, 4)];
const gpu = [{name: 'gpu', repeated: true, capacity: 8, largest: 6, alignment: 4}];
const two = [{name: 'sram', capacity: 8}, {name: 'dram'}];

const CASES: readonly [string, Problem, VerifiedPlan, Violation][] = [
  [
    'a shared offset',
    {buffers: apart, share: [[0, 1, 2]]},
    {offsets: [0, 0, 4]},
    {kind: 'not-shared', a: 0, b: 2},
  ],
  [
    'a view',
    {buffers: [buffer(0, 4, 9), buffer(1, 3, 2)], views: [{buffer: 1, of: 0, offset: 3}]},
    {offsets: [0, 4]},
    {kind: 'not-in-view', a: 0, b: 1},
  ],
  [
    'adjacency, padded to the alignment of the member',
    {buffers: [buffer(0, 2, 5), buffer(0, 2, 4, {alignment: 4})], adjacent: [[0, 1]]},
    {offsets: [0, 12]},
    {kind: 'not-adjacent', a: 0, b: 1},
  ],
  [
    'an output that is not where its input is',
    {buffers: [buffer(0, 2, 4), buffer(1, 3, 4)], inPlace: [{input: 0, output: 1}]},
    {offsets: [0, 2]},
    {kind: 'overlap', a: 0, b: 1},
  ],
  [
    'an input that is used later',
    {buffers: [buffer(0, 3, 4), buffer(1, 3, 4)], inPlace: [{input: 0, output: 1}]},
    {offsets: [0, 0]},
    {kind: 'overlap', a: 0, b: 1},
  ],
  [
    'an output larger than its input',
    {buffers: [buffer(0, 2, 4), buffer(1, 3, 5)], inPlace: [{input: 0, output: 1}]},
    {offsets: [0, 0]},
    {kind: 'overlap', a: 0, b: 1},
  ],
  [
    'separation',
    {buffers: apart, separate: [[0, 2]]},
    {offsets: [0, 0, 0], arenaOf: [0, 0, 0], arenas: [{pool: 0}]},
    {kind: 'together', a: 0, b: 2},
  ],
  [
    'a pool that may not take it',
    {buffers: [buffer(0, 1, 4, {pools: ['dram']})], pools: two},
    {offsets: [0], arenaOf: [0], arenas: [{pool: 0}]},
    {kind: 'wrong-pool', a: 0},
  ],
  [
    'a buffer too large for its pool',
    {buffers: [buffer(0, 1, 7)], pools: gpu},
    {offsets: [0], arenaOf: [0], arenas: [{pool: 0}]},
    {kind: 'too-large', a: 0},
  ],
  [
    'the capacity of a pool',
    {buffers: [buffer(0, 1, 5)], pools: two},
    {offsets: [4], arenaOf: [0], arenas: [{pool: 0}]},
    {kind: 'over-capacity', a: 0},
  ],
  [
    'the alignment of a pool',
    {buffers: [buffer(0, 1, 2)], pools: gpu},
    {offsets: [2], arenaOf: [0], arenas: [{pool: 0}]},
    {kind: 'misaligned', a: 0},
  ],
  ['no arena', {buffers: [buffer(0, 1, 2)], pools: two}, {offsets: [0]}, {kind: 'no-arena', a: 0}],
  [
    'an arena of no pool',
    {buffers: [buffer(0, 1, 2)], pools: two},
    {offsets: [0], arenaOf: [0], arenas: [{pool: 2}]},
    {kind: 'no-arena', a: 0},
  ],
  [
    'two arenas of a pool that has one',
    {buffers: apart, pools: two},
    {offsets: [0, 0, 0], arenaOf: [0, 1, 0], arenas: [{pool: 0}, {pool: 0}]},
    {kind: 'extra-arena', a: 0, b: 1},
  ],
  [
    'a fixed offset, an alignment and a range, as without constraints',
    {buffers: [buffer(0, 1, 2, {offset: 4}), ...apart], share: [[1, 2]]},
    {offsets: [0, 0, 0, 0]},
    {kind: 'moved', a: 0},
  ],
];

for (const [what, problem, plan, violation] of CASES) {
  test(`verify finds the fault: ${what}`, () => {
    assert.deepEqual(planner.verify(problem, plan)[0], violation);
  });
}

test('verify agrees with the definitions on plans that are changed at random', t => {
  let broken = 0;
  for (const kind of Object.keys(KINDS) as Kind[]) {
    for (let seed = 0; seed < 200; seed++) {
      const random = seeded(seed);
      const problem = constrained(kind, random);
      const rules = new Rules(problem);
      const plan = planOf(problem);
      if (plan === undefined) continue;
      const offsets = [...plan.offsets];
      const arenaOf = plan.arenaOf ? [...plan.arenaOf] : undefined;
      const i = random(offsets.length);
      if (arenaOf && random(2)) arenaOf[i] = random(plan.arenas!.length);
      else offsets[i] = random(12);
      const names = plan.arenas?.map(
        ({name}, k) => `${name}#${plan.arenas!.slice(0, k).filter(one => one.name === name).length}`,
      );
      const arenas = problem.buffers.map((_, k) => names?.[arenaOf![k]!] ?? 'arena#0');
      const isBroken = rules.faults({offsets, arenas}).length > 0;
      const found = planner.verify(problem, {...plan, offsets, ...(arenaOf ? {arenaOf} : {})});
      assert.equal(found.length > 0, isBroken, `${kind}, seed ${seed}: ${JSON.stringify(found)}`);
      if (isBroken) broken++;
    }
  }
  t.diagnostic(`${broken} of the changed plans are broken`);
  assert.ok(broken > 400);
});

function planOf(problem: Problem) {
  try {
    const plan = planner.plan(problem);
    return plan.status === 'optimal' ? plan : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

const MISTAKES: readonly [Partial<Problem> & {buffers?: unknown}, RegExp][] = [
  [{share: [[0]]}, /^share\[0\]: expected at least two buffers, got 1$/],
  [{share: [[0, 0]]}, /^share\[0\]\[1\]: buffer 0 is there twice$/],
  [{share: [[0, 7]]}, /^share\[0\]\[1\]: expected the index of a buffer from 0 to 2, got 7$/],
  [{share: [['a', 'nobody']]}, /^share\[0\]\[1\]: no buffer has the id "nobody"$/],
  [{share: [['a', 'twin']]}, /^share\[0\]\[1\]: several buffers have the id "twin"$/],
  [
    {views: [{buffer: 1, of: 0, offset: 1}]},
    /^views\[0\]: expected to end within buffer 0 \(4 bytes\), got 5$/,
  ],
  [{views: [{buffer: 1, of: 0} as never]}, /^views\[0\]\.offset: expected an integer number of bytes/],
  [{inPlace: [{input: 1, output: 1}]}, /^inPlace\[0\]\.output: expected another buffer than 1$/],
  [{separate: [[0, 1, 2] as never]}, /^separate\[0\]: expected two buffers/],
  [{scopes: [{reads: [0], writes: [0]}]}, /^scopes\[0\]: buffer 0 is in reads and in writes/],
  [{pools: []}, /^pools: expected 1 to 30 pools, got 0$/],
  [{pools: [{name: 'a b'}]}, /^pools\[0\]\.name: expected a name without blanks/],
  [{pools: [{name: 'a'}, {name: 'a'}]}, /^pools\[1\]\.name: "a" is there twice$/],
  [{pools: [{name: 'a', cost: 0.5}]}, /^pools\[0\]\.cost: expected an integer from 0, got 0\.5$/],
  [{pools: [{name: 'a', size: 9} as never]}, /^pools\[0\]: unknown field "size"$/],
  [{pools: [{name: 'a'}], capacity: 9}, /^capacity: a problem with pools states the capacity of each pool/],
  [
    {buffers: [{size: 1, start: 0, end: 1, pools: ['x']}]},
    /^buffers\[0\]\.pools\[0\]: no pool has the name "x"/,
  ],
  [
    {buffers: [{size: 1, start: 0, end: 1, accesses: -1}]},
    /^buffers\[0\]\.accesses: expected an integer from 0/,
  ],
  [
    {buffers: [{size: 1, start: 0, end: 1, gaps: 3 as never}]},
    /^buffers\[0\]\.gaps: expected an array, got 3$/,
  ],
  // contradictions
  [{share: [[0, 1]], adjacent: [[0, 1]]}, /^adjacent\[0\]\[1\]: buffer 1 would begin 4 bytes after buffer 0/],
  [{share: [[0, 1]], separate: [[0, 1]]}, /^separate\[0\]: buffers 0 and 1 are tied to each other/],
  [
    {
      buffers: [
        {size: 4, start: 0, end: 1, offset: 8},
        {size: 4, start: 0, end: 1, offset: 0},
      ],
      share: [[0, 1]],
    },
    /^buffers\[1\]\.offset: the buffers tied to it would begin at 0, not at 8$/,
  ],
];

for (const [mistake, message] of MISTAKES) {
  test(`a statement that is refused: ${message.source}`, () => {
    const buffers = [
      {id: 'a', ...buffer(0, 2, 4)},
      {id: 'twin', ...buffer(2, 4, 4)},
      {id: 'twin', ...buffer(4, 6, 4)},
    ];
    assert.throws(
      () => planner.plan({buffers, ...mistake} as Problem),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    );
  });
}

test('a problem with pools takes no capacity of its own', () => {
  const problem = {buffers: apart, pools: two};
  assert.throws(
    () => planner.plan(problem, {capacity: 9}),
    /^UsageError: options\.capacity: a problem with pools/,
  );
});

test('empty constraints, and none, give the same plan byte for byte', () => {
  for (let seed = 0; seed < 50; seed++) {
    const {buffers} = constrained('share', seeded(seed));
    const [plain, empty] = [
      planner.plan({buffers}),
      planner.plan({buffers, share: [], views: [], separate: []}),
    ];
    assert.deepEqual({...empty, seconds: 0}, {...plain, seconds: 0});
  }
});

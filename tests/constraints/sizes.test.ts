/** Sizes that change and bytes that are held, as people state them: read, written, refused with their place, and planned. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type BufferInfo, loadPlannerSync, type Problem, toColumns, UsageError} from '../../bindings/index.ts';
import {
  isWholeInCsv,
  openSource,
  readCsv,
  readProblemJson,
  writeCsv,
  writeProblemJson,
} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {Rules} from './oracle.ts';
import {constrained} from './problems.ts';

const planner = loadPlannerSync();

async function csvOf(text: string) {
  const source = await openSource({name: 'a.csv', data: new TextEncoder().encode(text)});
  return (await readCsv(source)).problem;
}

async function jsonOf(text: string) {
  const source = await openSource({name: 'a.json', data: new TextEncoder().encode(text)});
  return (await readProblemJson(source)).problem;
}

/** The bytes that each buffer uses at each tick. */
function usesOf(problem: Problem): unknown {
  const rules = new Rules(problem);
  return problem.buffers.map(({end}, i) => Array.from({length: end}, (_, tick) => rules.bytesAt(i, tick)));
}

test('a buffer that grows makes room for another below its later size', () => {
  const grows = {size: 8, start: 0, end: 6, sizes: [[0, 2] as const, [3, 8] as const]};
  const plan = planner.plan({buffers: [grows, {size: 6, start: 0, end: 3}, {size: 4, start: 2, end: 4}]});
  assert.equal(plan.status, 'optimal');
  // 2 + 6 + 4 bytes are live at tick 2, 8 + 4 at tick 3; the largest size for all would be 18 at tick 2
  assert.equal(plan.peak, 12);
  assert.equal(
    planner.plan({
      buffers: [
        {...grows, sizes: []},
        {size: 6, start: 0, end: 3},
      ],
    }).peak,
    14,
  );
});

test("MiniMalloc's gap windows are the bytes that stay in use", async () => {
  const columns = await csvOf(
    'id,lower,upper,size,gaps\na,0,10,8,2-4@0:3 4-6@5:8 8-10@0:1\nb,2,4,5,\nc,4,6,5,\nd,8,10,7,\n',
  );
  const {sizes} = columns.constraints!;
  assert.deepEqual([...sizes!.index], [0, 4, 4, 4, 4]);
  assert.deepEqual([...sizes!.tick], [2, 4, 6, 8]);
  assert.deepEqual([...sizes!.from], [0, 5, 0, 0]);
  assert.deepEqual([...sizes!.to], [3, 8, 8, 1]);
  const plan = planner.plan(columns);
  assert.equal(plan.peak, 8);
  assert.deepEqual([...plan.offsets], [0, 3, 0, 1]);
});

test('sizes are read as they were written: the same bytes at every tick, in JSON and in CSV', async () => {
  for (let seed = 0; seed < 500; seed++) {
    const problem = constrained('sizes', seeded(seed));
    const columns = toColumns(problem);
    const json = [...writeProblemJson(columns)].join('');
    assert.deepEqual((await jsonOf(json)).constraints, columns.constraints);
    assert.ok(isWholeInCsv(columns));
    const read = await csvOf([...writeCsv(columns)].join(''));
    const again = JSON.parse([...writeProblemJson(read)].join('')) as {buffers: BufferInfo[]};
    assert.deepEqual(usesOf({buffers: again.buffers}), usesOf(problem), `seed ${seed}: ${json}`);
  }
});

test('hold is read as it was written, and a CSV cannot hold it', async () => {
  const columns = toColumns({buffers: [{size: 1, start: 0, end: 2}], hold: 3, period: 8});
  assert.deepEqual(columns.constraints, {hold: {ticks: 3, period: 8}});
  assert.deepEqual((await jsonOf([...writeProblemJson(columns)].join(''))).constraints, columns.constraints);
  assert.equal(isWholeInCsv(columns), false);
  assert.equal(toColumns({buffers: [], hold: 0}).constraints, undefined);
});

test('held bytes wait after a death, after the begin of a gap, after a smaller size, and around the border', () => {
  const peak = (problem: Problem) => planner.plan(problem).peak;
  const after = (start: number, hold: number): Problem => ({
    hold,
    buffers: [
      {size: 4, start: 0, end: 3},
      {size: 4, start, end: 9},
    ],
  });
  assert.deepEqual([peak(after(4, 1)), peak(after(4, 2)), peak(after(5, 2))], [4, 8, 4]);
  const gap = {size: 4, start: 0, end: 9, gaps: [[2, 8] as const]};
  const within = (start: number, end: number): Problem => ({hold: 2, buffers: [gap, {size: 4, start, end}]});
  assert.deepEqual([peak(within(3, 6)), peak(within(4, 6)), peak(within(4, 7))], [8, 4, 8]);
  const shrinks = {size: 4, start: 0, end: 9, sizes: [[2, 1] as const]};
  const beside = (start: number): Problem => ({hold: 2, buffers: [shrinks, {size: 3, start, end: 9}]});
  assert.deepEqual([peak(beside(3)), peak(beside(4))], [7, 4]);
  const around = (period: number): Problem => ({
    ...after(5, 2),
    period,
    buffers: [
      {size: 4, start: 0, end: 3},
      {size: 4, start: 5, end: 9},
    ],
  });
  assert.deepEqual([peak(around(10)), peak(around(11))], [8, 4]);
});

test('verify reports what is used before its time', () => {
  const buffers = [
    {size: 4, start: 0, end: 3},
    {size: 4, start: 4, end: 9},
  ];
  const offsets = [0, 0];
  assert.deepEqual(planner.verify({buffers, hold: 1}, {offsets}), []);
  assert.deepEqual(planner.verify({buffers, hold: 2}, {offsets}), [{kind: 'overlap', a: 0, b: 1}]);
  assert.deepEqual(planner.verify({buffers, hold: 1, period: 9}, {offsets}), [{kind: 'overlap', a: 0, b: 1}]);
});

const REFUSED: readonly [Problem, RegExp][] = [
  [
    {buffers: [sized([[3, 1]])]},
    /^buffers\[0\]\.sizes\[0\]: expected a tick of the lifetime \(0 to 2\), got 3$/,
  ],
  [
    {
      buffers: [
        sized([
          [1, 1],
          [1, 2],
        ]),
      ],
    },
    /^buffers\[0\]\.sizes\[1\]: expected a tick after 1, got 1$/,
  ],
  [
    {buffers: [sized([[1, 5]])]},
    /^buffers\[0\]\.sizes\[0\]: expected to at most the size of the buffer \(4 bytes, its largest\), got 5$/,
  ],
  [
    {buffers: [sized([[1, 3, 2]])]},
    /^buffers\[0\]\.sizes\[0\]: expected an end from 3 to at most the size .* got 2$/,
  ],
  [{buffers: [sized([[1, -1]])]}, /^buffers\[0\]\.sizes\[0\]\[1\]: expected an integer number of bytes/],
  [{buffers: [sized([[1]])]}, /^buffers\[0\]\.sizes\[0\]: expected a tick and bytes, or/],
  [{buffers: [sized([[0, 0]])]}, /^buffers\[0\]\.sizes: expected bytes at some tick outside of its gaps/],
  [{buffers: [], period: 3}, /^period: expected "hold" with it/],
  [{buffers: [], hold: -1}, /^hold: expected an integer from 0, got -1$/],
  [
    {buffers: [sized([])], hold: 1, period: 2},
    /^period: expected no tick of a lifetime after it, and buffer 0 ends at 3, after 2$/,
  ],
  [{buffers: [sized([])], hold: 2 ** 32}, /^hold: expected ticks up to 2\^32 - 1/],
  [
    {buffers: [sized([]), {size: 4, start: 2, end: 4}], hold: 1, inPlace: [{input: 0, output: 1}]},
    /^hold: cannot be combined with inPlace/,
  ],
];

function sized(sizes: readonly (readonly number[])[]): BufferInfo {
  return {size: 4, start: 0, end: 3, sizes: sizes as never};
}

for (const [problem, message] of REFUSED) {
  test(`a statement that is refused: ${message.source}`, () => {
    assert.throws(
      () => planner.plan(problem),
      (error: Error) => error instanceof UsageError && message.test(error.message),
      message.source,
    );
  });
}

test('clocks of streams are not combined with sizes that change or bytes that are held', () => {
  const clocked = {size: 4, start: 0, end: 3, clocks: [{birth: [0], death: [1]}]};
  assert.throws(
    () => planner.plan({streams: ['a'], hold: 1, buffers: [clocked]}),
    /^UsageError: hold: cannot be combined with clocks/,
  );
  assert.throws(
    () => planner.plan({streams: ['a'], buffers: [{...clocked, sizes: [[1, 2]]}]}),
    /^UsageError: sizes: cannot be combined with clocks/,
  );
});

/** Clocks as people state them: read, written, and refused with their place. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allocationsOf, checkedPlan} from '../../bindings/artifacts.ts';
import {adviseFit, explainPeak, type Problem, toColumns, UsageError} from '../../bindings/index.ts';
import {openSource, readProblemJson, writeProblemJson} from '../../bindings/trace.ts';
import {BUILDS} from '../builds.ts';
import {seeded} from '../random.ts';

const PROBLEM: Problem = {
  streams: ['compute', 'copy'],
  buffers: [
    {id: 'a', size: 5, start: 0, end: 1, clocks: [{birth: [0, 0], death: [2, 0]}]},
    {
      id: 'b',
      size: 2,
      start: 1,
      end: 6,
      gaps: [[2, 4]],
      clocks: [
        {birth: [0, 2], death: [0, 4]},
        {birth: [2, 6], death: [0, 8]},
      ],
    },
  ],
};

test('clocks become a row for each piece of a lifetime', () => {
  const {clocks} = toColumns(PROBLEM).constraints!;
  assert.deepEqual(clocks, {
    streams: ['compute', 'copy'],
    birth: Uint32Array.of(0, 0, 0, 2, 2, 6),
    death: Uint32Array.of(2, 0, 0, 4, 0, 8),
  });
});

test('a problem with clocks is read as it was written', async () => {
  const repeating: Problem = {
    ...PROBLEM,
    buffers: PROBLEM.buffers.map(buffer => ({
      ...buffer,
      clocks: buffer.clocks!.map(piece => ({...piece, next: [9, 9]})),
    })),
  };
  for (const problem of [PROBLEM, repeating]) {
    const columns = toColumns(problem);
    const text = [...writeProblemJson(columns)].join('');
    const read = await readProblemJson(
      await openSource({name: 'problem.json', data: new TextEncoder().encode(text)}),
    );
    assert.deepEqual(read.problem, columns);
  }
});

const one = {size: 1, start: 0, end: 1};
const clock = {birth: [0], death: [1]};
const streams = ['s'];

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['buffers[0].clocks: expected the problem to name its streams', {buffers: [{...one, clocks: [clock]}]}],
  ['buffers[0].clocks: expected 1 entry', {streams, buffers: [one]}],
  ['buffers[0].clocks: expected 1 entry', {streams, buffers: [{...one, clocks: [clock, clock]}]}],
  [
    'buffers[0].clocks: expected 2 entries',
    {streams, buffers: [{...one, end: 9, gaps: [[2, 3]], clocks: [clock]}]},
  ],
  [
    'buffers[0].clocks[0]: unknown field "dead"',
    {streams, buffers: [{...one, clocks: [{...clock, dead: [1]}]}]},
  ],
  [
    'buffers[0].clocks[0].birth: expected 1 positions, one for each stream, got 2',
    {streams, buffers: [{...one, clocks: [{...clock, birth: [1, 2]}]}]},
  ],
  [
    'buffers[0].clocks[0].death[0]: expected a tick',
    {streams, buffers: [{...one, clocks: [{...clock, death: [-1]}]}]},
  ],
  [
    'buffers[1].clocks[0].next: expected of every buffer or of none',
    {
      streams,
      buffers: [
        {...one, clocks: [{...clock, next: [1]}]},
        {...one, clocks: [clock]},
      ],
    },
  ],
  ['streams: expected 1 to 256 names, got 0', {streams: [], buffers: []}],
  ['streams[1]: "s" is there twice', {streams: ['s', 's'], buffers: []}],
  [
    'share: cannot be combined with clocks',
    {
      streams,
      buffers: [
        {...one, clocks: [clock]},
        {...one, clocks: [clock]},
      ],
      share: [[0, 1]],
    },
  ],
];

for (const [message, problem] of REFUSED) {
  test(`refused: ${message}`, () => {
    assert.throws(
      () => toColumns(problem as Problem),
      (error: unknown) => error instanceof UsageError && error.message.startsWith(message),
    );
  });
}

test('columns of clocks are checked as well', () => {
  const columns = toColumns(PROBLEM);
  const clocks = {...columns.constraints!.clocks!, death: new Uint32Array(5)};
  assert.throws(
    () => toColumns({...columns, constraints: {clocks}}),
    /clocks\.death: expected 6 positions, one for each piece of a lifetime and each stream, got 5/,
  );
});

test('what knows one order of time only says why it refuses clocks', () => {
  const {planner} = BUILDS.at(-1)!;
  assert.throws(
    () => explainPeak(planner, PROBLEM, planner.plan(PROBLEM)),
    /ordered by clocks of streams.*concurrencyBoundOf/,
  );
  assert.throws(
    () => adviseFit(planner, PROBLEM, 4),
    /expected a problem without clocks.*concurrencyBoundOf/,
  );
  assert.throws(
    () => allocationsOf(toColumns(PROBLEM), 64),
    /which an order of allocations does not express/,
  );
});

test('an artifact of a plan is checked by the clocks', () => {
  const {planner} = BUILDS.at(-1)!;
  const {offsets} = planner.plan(PROBLEM);
  assert.deepEqual([...checkedPlan(planner, PROBLEM, {offsets}).offsets], [...offsets]);
  const apart: Problem = {
    ...PROBLEM,
    buffers: PROBLEM.buffers.map(buffer => ({
      ...buffer,
      clocks: buffer.clocks!.map(piece => ({...piece, birth: [0, 0]})),
    })),
  };
  assert.throws(() => checkedPlan(planner, apart, {offsets: [0, 0]}), /overlap/);
});

test('clocks of any form are read or refused with a message, never worse', () => {
  const random = seeded(1);
  const any = (depth: number): unknown => {
    const kind = random(depth > 0 ? 9 : 6);
    if (kind < 3) return random(5);
    if (kind > 5) return Array.from({length: random(4)}, () => any(depth - 1));
    return ['x', null, -1, 2 ** 40, 0.5, {}][random(6)];
  };
  let read = 0;
  for (let k = 0; k < 3000; k++) {
    const field = () => (random(8) === 0 ? any(2) : [random(9), random(9)]);
    const piece = () => ({birth: field(), death: field(), ...(random(6) === 0 ? {next: field()} : {})});
    const buffer = () => ({...one, clocks: random(12) === 0 ? any(3) : [piece()]});
    const problem = {
      streams: random(10) === 0 ? any(2) : ['a', 'b'],
      buffers: Array.from({length: 1 + random(3)}, buffer),
    };
    try {
      toColumns(problem as Problem);
      read++;
    } catch (error) {
      assert.ok(error instanceof UsageError, `${JSON.stringify(problem)}: ${error}`);
    }
  }
  assert.ok(read > 300 && read < 2900, `${read} read`);
});

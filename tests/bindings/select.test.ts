/** A part of a problem keeps what is true of its buffers, by their new indices. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Problem} from '../../bindings/index.ts';
import {idOf, select} from '../../bindings/model/problem.ts';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {BUILDS} from '../builds.ts';

const part = (problem: Problem, ...index: number[]) => select(toColumns(problem), Uint32Array.from(index));
const buffer = {size: 8, start: 0, end: 9};

test('a part keeps names, gaps and hints of its buffers', () => {
  const problem: Problem = {
    buffers: [
      {...buffer, id: 'a', gaps: [[1, 2]]},
      {...buffer, id: 'b', hint: 8},
      {
        ...buffer,
        id: 'c',
        gaps: [
          [2, 3],
          [5, 6],
        ],
      },
    ],
    capacity: 64,
    alignment: 4,
  };
  const columns = part(problem, 1, 2);
  assert.deepEqual([idOf(columns, 0), idOf(columns, 1)], ['b', 'c']);
  assert.deepEqual([...columns.gapIndex], [0, 0, 2]);
  assert.deepEqual([...columns.gapStart], [2, 5]);
  assert.deepEqual([...columns.hint!], [8, -1]);
  assert.equal(columns.capacity, 64);
  assert.equal(columns.defaultAlignment, 4);
});

test('a part without stated names keeps the indices of the whole as names', () => {
  const {ids: _, ...nameless} = toColumns({buffers: [buffer, buffer, buffer]});
  assert.equal(idOf(select(nameless, Uint32Array.of(2)), 0), '2');
});

test('a part keeps the constraints among its buffers, by their new indices', () => {
  const problem: Problem = {
    buffers: Array.from({length: 8}, () => ({...buffer, pools: ['slow']})),
    pools: [{name: 'fast'}, {name: 'slow'}],
    share: [
      [0, 1],
      [2, 3, 4],
    ],
    views: [
      {buffer: 5, of: 6, offset: 0},
      {buffer: 0, of: 6, offset: 0},
    ],
    inPlace: [
      {input: 2, output: 6},
      {input: 1, output: 6},
    ],
    adjacent: [
      [2, 3, 1, 5, 6, 7],
      [1, 0],
    ],
    separate: [
      [3, 7],
      [0, 3],
    ],
  };
  const {constraints} = part(problem, 2, 3, 5, 6, 7);
  assert.deepEqual(constraints, {
    pools: problem.pools,
    share: [[0, 1]],
    views: [{buffer: 2, of: 3, offset: 0}],
    inPlace: [{input: 0, output: 3}],
    adjacent: [
      [0, 1],
      [2, 3, 4],
    ],
    separate: [[1, 4]],
    allowed: [[1], [1], [1], [1], [1]],
  });
});

test('a part in which no constraint is left has none', () => {
  const problem: Problem = {buffers: [buffer, buffer, buffer], share: [[0, 1]], separate: [[1, 2]]};
  assert.equal(part(problem, 0, 2).constraints, undefined);
});

for (const {name, planner} of BUILDS) {
  test(`${name}: a part of a constrained problem can be planned`, () => {
    const problem: Problem = {buffers: [buffer, buffer, buffer, buffer], share: [[2, 3]]};
    assert.equal(planner.plan(part(problem, 1, 2, 3)).peak, 16);
  });
}

test('a part keeps the clocks of its buffers, a row for each piece', () => {
  const clock = (at: number) => ({birth: [at, at + 1], death: [at + 2, 0], next: [at, 90]});
  const problem: Problem = {
    streams: ['main', 'copy'],
    buffers: [
      {...buffer, clocks: [clock(10)]},
      {...buffer, gaps: [[2, 3]], clocks: [clock(20), clock(30)]},
      {...buffer, clocks: [clock(40)]},
    ],
  };
  assert.deepEqual(part(problem, 1, 2).constraints?.clocks, {
    streams: ['main', 'copy'],
    birth: Uint32Array.of(20, 21, 30, 31, 40, 41),
    death: Uint32Array.of(22, 0, 32, 0, 42, 0),
    next: Uint32Array.of(20, 90, 30, 90, 40, 90),
  });
});

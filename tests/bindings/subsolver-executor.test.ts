/** An executor's calls of the core for each kind of subsolver, and the data it passes from slice to slice. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ALL_RULES, ROLE} from '../../bindings/core/abi.ts';
import type {CoreProblem} from '../../bindings/core/core.ts';
import {Executor, type SubsolverTask} from '../../bindings/planner/executor.ts';
import {type SubsolverKind, subsolversOf} from '../../bindings/planner/subsolvers.ts';
import {columnsOf, planOf} from './subsolver-drive.ts';

const COUNT = 20;

/** A core that records its calls; its searches find a plan of `finds` bytes with their first step. */
function fakeCore(finds?: number) {
  const calls: unknown[][] = [];
  const begin =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push([name, ...args]);
      let nodes = 0;
      return {
        set incumbent(bytes: number) {
          calls.push(['incumbent', bytes]);
        },
        set target(bytes: number) {
          calls.push(['target', bytes]);
        },
        adopt: (offsets: Float64Array) => calls.push(['adopt', offsets]),
        step: (slice: number) => {
          calls.push(['step', slice]);
          nodes += slice;
          return true;
        },
        get nodes() {
          return nodes;
        },
        lowerBound: 123,
        get peak() {
          return nodes > 0 ? finds : undefined;
        },
        plan: () => planOf(COUNT, finds!).offsets,
      };
    };
  const core = {
    count: COUNT,
    exact: begin('exact'),
    local: begin('local'),
    classSweep: begin('classSweep'),
    lns: begin('lns'),
    beam: begin('beam'),
    portfolio: (...args: unknown[]) => {
      calls.push(['portfolio', ...args]);
      return {
        step: () => true,
        peak: finds ?? Number.POSITIVE_INFINITY,
        heuristic: 0,
        plan: () => planOf(COUNT, finds!).offsets,
      };
    },
    verify: () => new Uint32Array(0),
  };
  return {calls, core: core as unknown as CoreProblem};
}

/** The task of a subsolver of some kind, of 20,000 buffers, or of a search of a few. */
function taskOf(kind: SubsolverKind, more: Partial<SubsolverTask> = {}): SubsolverTask {
  const algorithm = kind === 'local' || kind === 'beam' ? kind : kind === 'dives' ? 'exact' : 'auto';
  const number = subsolversOf(algorithm, 20_000, 7).findLastIndex(each => each.kind === kind);
  const subsolver = subsolversOf(algorithm, 20_000, 7)[number]!;
  return {type: 'subsolver', number, subsolver, nodes: 50, target: 200, peak: 300, ...more};
}

const OFFSETS = planOf(COUNT, 300).offsets;

const BEGINS: readonly (readonly [kind: SubsolverKind, call: readonly unknown[]])[] = [
  ['exact', ['exact', OFFSETS, 200, 2027808491]],
  ['dives', ['exact', OFFSETS, 200, 3668340018, ALL_RULES, ROLE.DIVES]],
  ['local', ['local', 200, 300, 2654435776]],
  ['beam', ['beam', 200, 300, 2654435776]],
  ['class-sweep', ['classSweep', 200, 300, 2654435776, 1, 2]],
  ['lns', ['lns', OFFSETS, 200, 3668340018]],
];

for (const [kind, call] of BEGINS) {
  test(`a subsolver of kind ${kind} is begun once, with its seed and its part of the work`, () => {
    const {calls, core} = fakeCore();
    const executor = new Executor(core, columnsOf(COUNT));
    executor.run(taskOf(kind, {offsets: OFFSETS}));
    executor.run(taskOf(kind));
    assert.deepEqual(
      calls.filter(([name]) => name === call[0]),
      [call],
    );
    const another = taskOf(kind, {number: 1000, offsets: OFFSETS});
    executor.run(another);
    assert.equal(calls.filter(([name]) => name === call[0]).length, 2, 'a new number is a new search');
  });
}

test('before each slice a search learns the best peak, the target, and the best plan where it is given', () => {
  const {calls, core} = fakeCore();
  const executor = new Executor(core, columnsOf(COUNT));
  executor.run(taskOf('lns', {offsets: OFFSETS}));
  calls.length = 0;
  executor.run(taskOf('lns', {peak: 280, target: 210}));
  const sorted = (all: unknown[][]) =>
    all.slice(0, -1).sort((a, b) => String(a[0]).localeCompare(String(b[0])));
  assert.deepEqual(sorted(calls), [
    ['incumbent', 280],
    ['target', 210],
  ]);
  assert.deepEqual(calls.at(-1), ['step', 50]);
  calls.length = 0;
  const {offsets} = planOf(COUNT, 270);
  executor.run(taskOf('lns', {peak: 270, offsets}));
  assert.deepEqual(sorted(calls), [
    ['adopt', offsets],
    ['incumbent', 270],
    ['target', 200],
  ]);
  assert.deepEqual(calls.at(-1), ['step', 50]);
});

test('a search reports its nodes, its bound, and a plan only where it is better than the best', () => {
  for (const [finds, isBetter] of [
    [299, true],
    [300, false],
    [301, false],
  ] as const) {
    const executor = new Executor(fakeCore(finds).core, columnsOf(COUNT));
    const {nodes, lowerBound, isDone, found} = executor.run(taskOf('exact', {offsets: OFFSETS}));
    assert.deepEqual([nodes, lowerBound, isDone, found !== undefined], [50, 123, false, isBetter]);
    if (found) assert.deepEqual([found.peak, found.algorithm], [299, 'exact']);
  }
});

test('a portfolio goes on, and begins where the heuristics before have run elsewhere', () => {
  const {calls, core} = fakeCore();
  const executor = new Executor(core, columnsOf(COUNT));
  for (const place of [3, 4, 5, 7])
    executor.run({type: 'portfolio', place, lowerBound: 200, peak: Number.POSITIVE_INFINITY});
  assert.deepEqual(calls, [
    ['portfolio', 200, 3],
    ['portfolio', 200, 7],
  ]);
});

test('a heuristic no better than the best plan is not read', () => {
  for (const [finds, isBetter] of [
    [299, true],
    [300, false],
  ] as const) {
    const executor = new Executor(fakeCore(finds).core, columnsOf(COUNT));
    const {found, nodes} = executor.run({type: 'portfolio', place: 0, lowerBound: 200, peak: 300});
    assert.deepEqual([found !== undefined, nodes], [isBetter, COUNT]);
  }
});

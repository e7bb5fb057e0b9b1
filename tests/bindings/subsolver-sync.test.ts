/** The tasks that a solve gives its executor: when subsolvers join, what they receive from others, when it ends. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {planOf, recorded} from './subsolver-drive.ts';

const SMALL = 200;
/** Nodes of a slice of the exact search and of a dive at this size, and nodes the proof has for itself. */
const SLICE = 4000;
const ALONE = 40_000;

test('small problems: bounds, one heuristic, three slices of the exact search, the other heuristics, the search', () => {
  let heuristics = 0;
  const {batches} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 100_000},
    say: task => (task.type === 'portfolio' ? {isDone: ++heuristics === 9} : undefined),
  });
  const types = batches.map(tasks => tasks.map(({type}) => type));
  assert.deepEqual(types.slice(0, 5), [
    ['bounds'],
    ['portfolio'],
    ...Array.from({length: 3}, () => ['subsolver']),
  ]);
  assert.deepEqual(
    types.slice(5, 13),
    Array.from({length: 8}, () => ['portfolio']),
  );
  assert.ok(types.slice(13).every(tasks => tasks.every(type => type === 'subsolver')));
});

test('problems of up to 10,000 buffers: bounds, the portfolio until it is done, then the search', () => {
  let heuristics = 0;
  const {batches} = recorded({
    count: 1001,
    bound: 10_010,
    first: 20_000,
    options: {nodeLimit: 100_000},
    say: task => (task.type === 'portfolio' ? {isDone: ++heuristics === 9} : undefined),
  });
  const types = batches.map(tasks => tasks.map(({type}) => type));
  assert.deepEqual(types.slice(0, 10), [['bounds'], ...Array.from({length: 9}, () => ['portfolio'])]);
  assert.ok(types.slice(10).every(tasks => tasks.every(type => type === 'subsolver')));
});

test('the heuristics that wait do not shorten the search, and see the plan that it has found', () => {
  const better = planOf(SMALL, 2500);
  const of = (heuristics: number) => {
    let run = 0;
    const peaks: number[] = [];
    const {searches} = recorded({
      count: SMALL,
      bound: 2000,
      first: 3000,
      say: (task, batch) => {
        if (task.type === 'portfolio') {
          peaks.push(task.peak);
          return {isDone: ++run === heuristics};
        }
        return task.type === 'subsolver' && batch === 2 ? {found: better} : undefined;
      },
    });
    return {searches: searches.length, peaks};
  };
  assert.equal(of(9).searches, of(1).searches);
  assert.deepEqual(of(3).peaks, [Number.POSITIVE_INFINITY, 2500, 2500]);
});

test('a proof within the first slices ends the solve before the heuristics that wait', () => {
  const {batches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    say: task =>
      task.type === 'portfolio'
        ? {isDone: false}
        : task.type === 'subsolver'
          ? {lowerBound: 3000}
          : undefined,
  });
  assert.deepEqual([plan.status, batches.length], ['optimal', 3]);
});

test('above 60,000 buffers the class sweep makes the first plan, whatever the limits; then the others join', () => {
  const count = 60_001;
  const better = planOf(count, 900_000);
  const at = 3;
  for (const options of [{nodeLimit: 4_000_000}, {nodeLimit: 1}, {timeLimitMs: 0.001}]) {
    const {batches, searches, plan} = recorded({
      count,
      bound: 600_010,
      first: 900_000,
      options,
      say: (task, batch) => (task.type === 'subsolver' && batch === at ? {found: better} : undefined),
    });
    assert.equal(batches.length, searches.length + 1, 'bounds, and no heuristic');
    const alone = searches.slice(0, at + 1).map(tasks => tasks.map(({number, nodes}) => [number, nodes]));
    assert.deepEqual(
      alone,
      Array.from({length: at + 1}, () => [[0, 200_000]]),
    );
    assert.equal(searches[0]![0]!.subsolver.kind, 'class-sweep');
    assert.equal(plan.peak, 900_000);
    const kinds = (searches[at + 1] ?? []).map(({subsolver}) => subsolver.kind);
    assert.deepEqual(kinds, options.nodeLimit === 4_000_000 ? ['class-sweep', 'class-sweep', 'exact'] : []);
  }
});

test('the proof has the first 40,000 nodes for itself, then all subsolvers join', () => {
  const {searches} = recorded({count: SMALL, bound: 2000, first: 3000, options: {nodeLimit: 200_000}});
  const alone = searches.findIndex(tasks => tasks.length > 1);
  assert.equal(alone * SLICE, ALONE);
  assert.deepEqual(
    searches.slice(0, alone).map(tasks => tasks.map(({subsolver, nodes}) => [subsolver.kind, nodes])),
    Array.from({length: alone}, () => [['exact', SLICE]]),
  );
  const kinds = (searches[alone] ?? []).map(({subsolver}) => subsolver.kind);
  assert.deepEqual(kinds, ['exact', 'dives', 'dives', 'dives']);
});

test('the beams join after 200,000 nodes, with slices four times as long, those of dives a quarter', () => {
  const {searches} = recorded({count: SMALL, bound: 2000, first: 3000, options: {nodeLimit: 400_000}});
  const joined = searches.findIndex(tasks => tasks.length === 6);
  const before = searches.slice(0, joined).flat();
  assert.equal(
    before.reduce((sum, {nodes}) => sum + nodes, 0),
    200_000,
  );
  assert.deepEqual(
    searches[joined]!.map(({subsolver, nodes}) => [subsolver.kind, nodes]),
    [
      ['exact', SLICE],
      ...Array.from({length: 3}, () => ['dives', SLICE / 4]),
      ...Array.from({length: 2}, () => ['beam', 4 * SLICE]),
    ],
  );
});

test('a plan that one subsolver finds reaches all others with their next task, once', () => {
  const better = planOf(SMALL, 2500);
  const at = 12;
  const {searches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 190_000},
    say: (task, batch) =>
      task.type === 'subsolver' && batch === at && task.number === 2 ? {found: better} : undefined,
  });
  const peaks = searches.map(tasks => new Set(tasks.map(({peak}) => peak)));
  assert.deepEqual(peaks[at], new Set([3000]));
  assert.deepEqual(peaks[at + 1], new Set([2500]));
  assert.equal(searches[at + 1]!.length, 4);
  for (const {number, offsets} of searches[at + 1]!) {
    assert.deepEqual(offsets, better.offsets, `subsolver ${number} is given the plan`);
  }
  const again = searches.slice(at + 2).flat();
  assert.ok(again.length > 0 && again.every(({offsets, peak}) => offsets === undefined && peak === 2500));
  assert.equal(plan.peak, 2500);
});

test('a subsolver begins with the best plan of that moment, also when it joins late', () => {
  const better = planOf(SMALL, 2600);
  const {searches} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 100_000},
    say: (task, batch) => (task.type === 'subsolver' && batch === 3 ? {found: better} : undefined),
  });
  const firsts = new Map<number, (typeof searches)[number][number]>();
  for (const task of searches.flat()) if (!firsts.has(task.number)) firsts.set(task.number, task);
  assert.deepEqual([...firsts.keys()], [0, 1, 2, 3]);
  assert.equal(firsts.get(0)!.peak, 3000);
  assert.deepEqual(firsts.get(0)!.offsets, planOf(SMALL, 3000).offsets);
  for (const number of [1, 2, 3]) {
    assert.equal(firsts.get(number)!.peak, 2600);
    assert.deepEqual(firsts.get(number)!.offsets, better.offsets);
  }
});

test('a bound that the proof raises becomes the target of all, and ends the search where a plan meets it', () => {
  const {searches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 1_000_000},
    say: (task, batch) => {
      if (task.type !== 'subsolver' || task.number !== 0) return undefined;
      if (batch < 12) return undefined;
      return {lowerBound: batch < 15 ? 2200 : 3000};
    },
  });
  assert.deepEqual(
    searches.map(([task]) => task!.target),
    searches.map((_, batch) => (batch <= 12 ? 2000 : 2200)),
  );
  assert.ok(searches[13]!.every(({target}) => target === 2200));
  assert.equal(searches.length, 16);
  assert.deepEqual([plan.peak, plan.lowerBound, plan.status], [3000, 3000, 'optimal']);
});

test('of equal plans that of the first subsolver is kept', () => {
  const {plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 200_000},
    say: (task, batch) => {
      if (task.type !== 'subsolver' || batch !== 11) return undefined;
      return task.number === 0 ? {} : {found: planOf(SMALL, 2400, task.number === 1 ? 'windows' : 'local')};
    },
  });
  assert.equal(plan.algorithm, 'windows');
});

test('a subsolver that is done is asked no more; the search ends when all are', () => {
  const {searches} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 1_000_000},
    say: (task, batch) =>
      task.type === 'subsolver' ? {isDone: batch >= 12 + task.number && task.number > 0} : undefined,
  });
  const numbers = (batch: number) => searches[batch]!.map(({number}) => number);
  assert.deepEqual(
    [numbers(13), numbers(14), numbers(15)],
    [
      [0, 1, 2, 3],
      [0, 2, 3],
      [0, 3],
    ],
  );
  assert.deepEqual(numbers(16), [0]);
  const all = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    options: {nodeLimit: 1_000_000},
    say: (task, batch) => (task.type === 'subsolver' ? {isDone: batch >= 12} : undefined),
  });
  // the beams, which have not joined by then, run when nothing else is left
  assert.equal(all.searches.length, 15);
});

test('without limits the budget of a search is the sum over its subsolvers', () => {
  const {plan} = recorded({count: SMALL, bound: 2000, first: 3000});
  assert.equal(plan.nodes, SMALL + 6 * 120_000);
});

test('a node limit is kept to the node: the remaining nodes are shared in proportion to the slices', () => {
  for (const nodeLimit of [50_000, 50_001, 50_203, 66_600]) {
    const {plan, searches} = recorded({count: SMALL, bound: 2000, first: 3000, options: {nodeLimit}});
    assert.equal(plan.nodes, nodeLimit);
    const nodes = searches.flat().reduce((sum, task) => sum + task.nodes, 0);
    assert.equal(nodes, nodeLimit - SMALL);
    assert.ok(searches.flat().every(task => task.nodes > 0 && task.nodes <= SLICE));
  }
  // 16,000 nodes are a slice of each; of 9800, each of the four has 2450
  const {searches} = recorded({count: SMALL, bound: 2000, first: 3000, options: {nodeLimit: 50_000}});
  assert.deepEqual(
    searches.slice(10).map(tasks => tasks.map(({nodes}) => nodes)),
    [[2450, 2450, 2450, 2450]],
  );
});

test('a search from hints on has subsolvers of its own, which know the hinted plan', () => {
  const hinted = planOf(SMALL, 2300, 'hints');
  const {searches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    hinted,
    options: {nodeLimit: 400_000},
    say: (task, batch) => (task.type === 'subsolver' ? {isDone: batch >= 12} : undefined),
  });
  const before = searches.slice(0, 15);
  const after = searches.slice(15);
  const numbers = (batches: typeof searches) => [...new Set(batches.flat().map(({number}) => number))].sort();
  assert.deepEqual(numbers(before), [0, 1, 2, 3, 4, 5]);
  assert.ok(after.length > 0, 'the search goes on from the hints');
  const reused = numbers(after).filter(number => numbers(before).includes(number));
  assert.deepEqual(reused, [], 'no number of the first search, whose state would be gone on with');
  assert.ok(before.every(tasks => tasks.every(({peak}) => peak === 3000)));
  assert.ok(after.every(tasks => tasks.every(({peak}) => peak === 2300)));
  assert.deepEqual(after[0]![0]!.offsets, hinted.offsets);
  assert.deepEqual([plan.algorithm, plan.peak], ['hints', 2300]);
});

test('hints that are no better than the found plan begin no second search', () => {
  for (const peak of [3000, 3200]) {
    const hinted = planOf(SMALL, peak, 'hints');
    const options = {nodeLimit: 100_000};
    const {searches, plan} = recorded({count: SMALL, bound: 2000, first: 3000, hinted, options});
    assert.ok(searches.flat().every(({number}) => number < 4));
    assert.equal(plan.algorithm, peak === 3000 ? 'hints' : 'greedy-by-size');
  }
});

test('hints at the lower bound are the plan, and nothing is searched', () => {
  const {batches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    hinted: planOf(SMALL, 2000, 'hints'),
  });
  assert.deepEqual(
    batches.flat().map(({type}) => type),
    ['bounds'],
  );
  assert.deepEqual([plan.algorithm, plan.status], ['hints', 'optimal']);
});

test('a capacity is the target; the first plan within it ends the search, unless it is to be minimised', () => {
  const say = (task: {readonly type: string}, batch: number) =>
    task.type === 'subsolver' && batch === 2 ? {found: planOf(SMALL, 2450)} : undefined;
  const script = {count: SMALL, bound: 2000, first: 3000, capacity: 2500, say} as const;
  const first = recorded({...script, options: {nodeLimit: 100_000}});
  assert.equal(first.searches.length, 3);
  assert.ok(first.searches.flat().every(({target}) => target === 2500));
  const most = recorded({...script, options: {nodeLimit: 100_000, minimize: true}});
  assert.ok(most.searches.length > 3);
  assert.ok(most.searches.flat().every(({target}) => target === 2000));
});

test('a proof that nothing fits the capacity ends the search', () => {
  const {searches, plan} = recorded({
    count: SMALL,
    bound: 2000,
    first: 3000,
    capacity: 2500,
    options: {nodeLimit: 1_000_000},
    say: (task, batch) => (task.type === 'subsolver' && batch === 4 ? {lowerBound: 2600} : undefined),
  });
  assert.equal(searches.length, 5);
  assert.deepEqual([plan.status, plan.lowerBound], ['infeasible', 2600]);
});

test('the first plan of the searches by name is that of one heuristic', () => {
  const first = (algorithm: 'exact' | 'class-sweep') =>
    recorded({count: SMALL, bound: 2000, first: 3000, options: {algorithm, nodeLimit: 1000}}).batches[1];
  assert.deepEqual(first('exact'), [{type: 'heuristic', name: 'greedy-by-size'}]);
  assert.deepEqual(first('class-sweep'), [{type: 'heuristic', name: 'first-fit-online'}]);
});

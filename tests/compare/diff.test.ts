/** Two tables side by side: worked out by hand, and sums that add up. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {toColumns} from '../../bindings/model/to-columns.ts';
import {
  type BlockTableDiff,
  blockTableOfProblem,
  blockTableOfStep,
  blockTableOfTotals,
  diffBlockTables,
  stepProblem,
  topOf,
} from '../../bindings/trace.ts';
import {example, fixture, importTrace} from '../trace/inputs.ts';
import {blockTableOf} from './tables.ts';

const totalsOf = ({totals}: BlockTableDiff) =>
  Object.fromEntries(totals.map(({name, before, after}) => [name, [before, after]]));

/** `kind source before→after, change in all and at the peak`. */
const changesOf = ({changes}: BlockTableDiff) =>
  changes.map(
    one =>
      `${one.blocks} ${one.kind} ${one.source} ${one.before}→${one.after} ${one.change} ${one.liveChange} ${one.firstBefore}→${one.firstAfter}`,
  );

test('grown, new, gone and shrunk blocks, by hand', async () => {
  // A: conv 100, relu 40, both live: 140 at the peak, after event 1; then pool 30
  const before = await blockTableOf('conv:100 relu:40 -0 pool:30 fc:8 -1 -2 -3');
  // B: conv has grown, dropout is new, pool is gone, fc has shrunk: 160 + 40 + 20 at the peak, after event 2
  const after = await blockTableOf('conv:160 relu:40 dropout:20 -0 fc:5 -1 -2 -3');
  assert.deepEqual([before.moment, after.moment], [1, 2]);
  const diff = diffBlockTables(before, after);
  assert.equal(diff.isDifferent, true);
  assert.deepEqual(totalsOf(diff).live, [140, 220]);
  assert.deepEqual(diff.blocks, {
    before: 4,
    after: 4,
    same: 1,
    moved: 0,
    grown: 1,
    shrunk: 1,
    new: 1,
    gone: 1,
  });
  assert.deepEqual(changesOf(diff), [
    '1 grown conv 100→160 60 60 b0→b0',
    '1 new dropout null→20 20 20 null→b2',
    '1 gone pool 30→null -30 0 b2→null',
    '1 shrunk fc 8→5 -3 0 b3→b3',
  ]);
  assert.deepEqual(diff.groups.operation, [
    {
      name: 'conv',
      before: {blocks: 1, bytes: 100, liveBlocks: 1, liveBytes: 100},
      after: {blocks: 1, bytes: 160, liveBlocks: 1, liveBytes: 160},
    },
    {
      name: 'dropout',
      before: {blocks: 0, bytes: 0, liveBlocks: 0, liveBytes: 0},
      after: {blocks: 1, bytes: 20, liveBlocks: 1, liveBytes: 20},
    },
    {
      name: 'pool',
      before: {blocks: 1, bytes: 30, liveBlocks: 0, liveBytes: 0},
      after: {blocks: 0, bytes: 0, liveBlocks: 0, liveBytes: 0},
    },
    {
      name: 'fc',
      before: {blocks: 1, bytes: 8, liveBlocks: 0, liveBytes: 0},
      after: {blocks: 1, bytes: 5, liveBlocks: 0, liveBytes: 0},
    },
  ]);
});

test('a layer more: its blocks are new, and none of those behind it has changed', async () => {
  const layer = 'a:64 a:32 a:64';
  const before = await blockTableOf(`${layer} ${layer} ${layer}`);
  const after = await blockTableOf(`${layer} ${layer} ${layer} ${layer}`);
  const diff = diffBlockTables(before, after);
  assert.deepEqual(diff.blocks, {
    before: 9,
    after: 12,
    same: 9,
    moved: 0,
    grown: 0,
    shrunk: 0,
    new: 3,
    gone: 0,
  });
  assert.deepEqual(
    changesOf(diff).map(line => line.split(' ').slice(0, 6).join(' ')),
    ['2 new a null→64 128 128', '1 new a null→32 32 32'],
  );
});

test('twice the batch: every block but the weights has grown, the k-th of an operation to the k-th', async () => {
  const before = await blockTableOf('weight:7 conv:10 relu:10 conv:20 relu:20');
  const after = await blockTableOf('weight:7 conv:20 relu:20 conv:40 relu:40');
  // conv:20 relu:20 are in both, but are another layer in each
  const diff = diffBlockTables(before, after);
  assert.deepEqual(changesOf(diff), [
    '1 grown conv 20→40 20 20 b3→b3',
    '1 grown relu 20→40 20 20 b4→b4',
    '1 grown conv 10→20 10 10 b1→b1',
    '1 grown relu 10→20 10 10 b2→b2',
  ]);
});

test('one gone at the beginning, one new at the end: the blocks between are the same', async () => {
  const between = 'a:1 a:2 a:3 a:4 a:5 a:6 a:7 a:8';
  const diff = diffBlockTables(await blockTableOf(`a:50 ${between}`), await blockTableOf(`${between} a:60`));
  assert.deepEqual(
    [diff.blocks!.same, changesOf(diff)],
    [8, ['1 new a null→60 60 60 null→b8', '1 gone a 50→null -50 -50 b0→null']],
  );
});

test('a block out of order has moved, which is a difference and no bytes', async () => {
  const diff = diffBlockTables(await blockTableOf('a:1 b:2 c:3'), await blockTableOf('b:2 c:3 a:1'));
  assert.deepEqual(
    [diff.blocks!.same, diff.blocks!.moved, diff.blocks!.new, diff.blocks!.gone],
    [2, 1, 0, 0],
  );
  assert.deepEqual([diff.isDifferent, diff.changes.length], [true, 0]);
});

test('the same blocks at another moment: those that joined the peak, and those that left it', async () => {
  // in A x is freed before z is there; in B y is
  const before = await blockTableOf('x:9 y:5 -0 z:3 -1 -2');
  const after = await blockTableOf('x:9 y:5 -1 z:6 -0 -2');
  const diff = diffBlockTables(before, after);
  assert.deepEqual(totalsOf(diff).live, [14, 15]);
  assert.deepEqual(changesOf(diff), ['1 grown z 3→6 3 6 b2→b2', '1 leaves y 5→5 0 -5 b1→b1']);
});

test('a recording is no different from itself', async () => {
  const trace = await importTrace(example('mobilenet_v2.inference.json.gz'));
  const table = blockTableOfStep(trace, stepProblem(trace));
  const diff = diffBlockTables(table, table);
  assert.equal(diff.isDifferent, false);
  assert.deepEqual(diff.blocks!.same, table.count);
});

test('a problem is known by the names of its buffers; a plan in JSON has totals alone', () => {
  const buffer = (id: string, size: number, start: number, end: number) => ({id, size, start, end});
  const before = blockTableOfProblem(toColumns({buffers: [buffer('a', 4, 0, 2), buffer('b', 8, 1, 3)]}));
  const after = blockTableOfProblem(
    toColumns({buffers: [buffer('a', 4, 0, 2), buffer('b', 6, 1, 3), buffer('c', 1, 2, 3)]}),
  );
  const diff = diffBlockTables(before, after);
  assert.deepEqual(changesOf(diff), ['1 shrunk b 8→6 -2 -2 b→b', '1 new c null→1 1 0 null→c']);
  assert.deepEqual(totalsOf(diff).load, [12, 10]);
  const plan = diffBlockTables(blockTableOfTotals({peak: 12, lowerBound: 12}), after);
  assert.deepEqual([plan.blocks, plan.changes, plan.groups], [null, [], {}]);
  assert.deepEqual(totalsOf(plan).peak, [12, null]);
});

/** Words of a log: allocations of few operations and sizes, each maybe freed at once or at the end. */
const words = fc
  .array(
    fc.record({
      operation: fc.constantFrom('a', 'b', 'c', ''),
      bytes: fc.integer({min: 1, max: 4}),
      isKept: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  .map(list =>
    list
      .flatMap(({operation, bytes, isKept}, i) => [`${operation}:${bytes}`, ...(isKept ? [] : [`-${i}`])])
      .join(' '),
  );

test('changes add up to the differences of the totals, and blocks to blocks', async () => {
  await fc.assert(
    fc.asyncProperty(words, words, async (one, other) => {
      const [before, after] = [await blockTableOf(one), await blockTableOf(other)];
      const diff = diffBlockTables(before, after);
      const sum = (list: Float64Array): number => list.reduce((all, bytes) => all + bytes, 0);
      const changed = (of: 'change' | 'liveChange'): number =>
        diff.changes.reduce((all, change) => all + change[of], 0);
      assert.equal(changed('change'), sum(after.bytes) - sum(before.bytes));
      assert.equal(changed('liveChange'), after.totals.live! - before.totals.live!);
      for (const groups of Object.values(diff.groups)) {
        const live = groups.reduce((all, group) => all + group.after.liveBytes - group.before.liveBytes, 0);
        assert.equal(live, after.totals.live! - before.totals.live!);
      }
      const {same, moved, grown, shrunk, gone, new: added} = diff.blocks!;
      assert.equal(same + moved + grown + shrunk + gone, before.count);
      assert.equal(same + moved + grown + shrunk + added, after.count);
      assert.equal(topOf(before, 'block').bytes, before.totals.live);
    }),
    {numRuns: 500, seed: 3},
  );
});

test('the live blocks at the peak, by block and by group, with the unseen persistent blocks of a snapshot', async () => {
  const table = await blockTableOf('conv:100 relu:40 conv:60 -0 pool:30');
  assert.deepEqual(topOf(table, 'operation'), {
    blocks: 3,
    bytes: 200,
    entries: [
      {name: 'conv', blocks: 2, bytes: 160},
      {name: 'relu', blocks: 1, bytes: 40},
    ],
  });
  assert.deepEqual(
    topOf(await blockTableOf('conv:100 relu:40 conv:60 -0 pool:30', 4), 'block').entries.map(
      ({name, bytes}) => [name, bytes],
    ),
    [
      ['b2', 60],
      ['b1', 40],
      ['b3', 30],
    ],
  );
  const trace = await importTrace(fixture('cuda-snapshot/everything.pickle'));
  const step = stepProblem(trace, {device: 'cuda:0', iteration: 'window'});
  const snapshot = blockTableOfStep(trace, step);
  assert.deepEqual(snapshot.unseen, {blocks: 2, bytes: 2 << 20});
  for (const by of ['lifetime', 'operation', 'frame', 'block'] as const)
    assert.equal(topOf(snapshot, by).bytes, snapshot.totals.live, by);
  assert.deepEqual(
    topOf(snapshot, 'lifetime').entries.find(({name}) => name === 'persistent'),
    {name: 'persistent', blocks: 2, bytes: 2 << 20},
  );
});

test('an annotation that counts its occurrences, and a node of a model by its type, are one operation', async () => {
  const diff = diffBlockTables(
    await blockTableOf('ProfilerStep#2:8 a:1'),
    await blockTableOf('ProfilerStep#4:8 a:1'),
  );
  assert.equal(diff.isDifferent, false);
  const problem = toColumns({buffers: [{size: 4, start: 0, end: 1}]});
  const tables = ['Conv "/a/0"', 'Conv "/b/7"'].map(name =>
    blockTableOfProblem(problem, {operations: [name]}),
  );
  assert.equal(diffBlockTables(tables[0]!, tables[1]!).isDifferent, false);
  assert.deepEqual(topOf(tables[0]!, 'operation').entries, [{name: 'Conv', blocks: 1, bytes: 4}]);
});

test('an event outside the window is refused', async () => {
  await assert.rejects(
    blockTableOf('a:1 b:2', 2),
    /expected one from -1 to 1, after which the moment is, got 2/,
  );
});

/** The tree of calls: small ones by hand, random ones against sums that are counted path by path. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {PathBuilder} from '../../bindings/calls/calls.ts';
import {ExactSums} from '../../bindings/calls/exact-sums.ts';
import {toColumns} from '../../bindings/index.ts';
import {
  type CallItems,
  type CallPaths,
  type CallTree,
  callSums,
  callTree,
  childrenOf,
  depthOf,
  foldedStacks,
  heaviestChildren,
  MEASURES,
  NO_PATH,
  problemCalls,
  problemItems,
  traceCalls,
  traceItems,
  wayTo,
} from '../../bindings/trace.ts';
import {GOLDEN, type Row, traceOf} from '../behaviour/traces.ts';

const nameOf = ({calls, call}: CallTree, node: number): string => calls[call[node]!]!.name;

/** A tree as lines: names indented by their level, with the sum of each. */
function linesOf(tree: CallTree, values: ArrayLike<number>): string[] {
  return Array.from({length: tree.count - 1}, (_, k) => {
    const node = k + 1;
    return `${'. '.repeat(depthOf(tree, node) - 1)}${nameOf(tree, node) || '?'} ${values[node]}`;
  });
}

/** Items with paths like `main/step/conv`, bytes, and lifetimes in events. */
function made(rows: readonly (readonly [path: string, bytes: number, start: number, end: number])[]) {
  const builder = new PathBuilder();
  const pathOf = Uint32Array.from(rows, ([path]) =>
    path === '-' ? NO_PATH : builder.path(path.split('/').map(name => builder.call('frame', name))),
  );
  const live = (k: number, moment: number): boolean => rows[k]![2] <= moment && moment < rows[k]![3];
  const loads = Array.from({length: 20}, (_, moment) =>
    rows.reduce((sum, [path, bytes], k) => sum + (path !== '-' && live(k, moment) ? bytes : 0), 0),
  );
  const items: CallItems = {
    items: Uint32Array.from(rows, (_, k) => k),
    bytes: rows.map(([, bytes]) => bytes),
    lengthOf: k => rows[k]![3] - rows[k]![2],
    microsecondsOf: k => 10 * (rows[k]![3] - rows[k]![2]),
    isAllocated: k => rows[k]![2] > 0,
    isLive: live,
    unit: 'events',
    peak: loads.indexOf(Math.max(...loads)),
    extras: [],
  };
  return {paths: builder.build(pathOf, []), items};
}

const SMALL = made([
  ['main/forward/conv', 100, 1, 5],
  ['main/forward', 10, 2, 3],
  ['main/forward/conv', 7, 6, 8],
  ['main/step', 50, 4, 9],
  ['setup/conv', 1, 0, 9],
  ['-', 1000, 0, 9],
]);

test('a node has the sums of all items below it, by each measure', () => {
  const tree = callTree(SMALL.paths);
  const sums = (measure: (typeof MEASURES)[number], moment?: number) =>
    linesOf(tree, callSums(tree, SMALL.items, measure, moment).values);
  assert.deepEqual(sums('live', 2), [
    'main 110',
    '. forward 110',
    '. . conv 100',
    '. step 0',
    'setup 1',
    '. conv 1',
  ]);
  // 100 and 50 and 1 after event 4
  assert.deepEqual(sums('peak'), [
    'main 150',
    '. forward 100',
    '. . conv 100',
    '. step 50',
    'setup 1',
    '. conv 1',
  ]);
  // 100 × 4, 7 × 2, 10 × 1, 50 × 5, 1 × 9
  assert.deepEqual(sums('byte-time'), [
    'main 674',
    '. forward 424',
    '. . conv 414',
    '. step 250',
    'setup 9',
    '. conv 9',
  ]);
  assert.deepEqual(sums('allocations'), [
    'main 4',
    '. forward 3',
    '. . conv 2',
    '. step 1',
    'setup 0',
    '. conv 0',
  ]);
  assert.equal(callSums(tree, SMALL.items, 'byte-us').values[0], 6830);
  assert.deepEqual([...tree.nodeOf], [3, 2, 3, 4, 6, NO_PATH]);
});

test('reversed, all uses of a call are one node', () => {
  const tree = callTree(SMALL.paths, [], true);
  assert.deepEqual(linesOf(tree, callSums(tree, SMALL.items, 'byte-time').values), [
    'conv 423',
    '. forward 414',
    '. . main 414',
    '. setup 9',
    'forward 10',
    '. main 10',
    'step 250',
    '. main 250',
  ]);
});

test('the heaviest come first, equal ones by name, and a line of folded stacks has what a call allocates itself', () => {
  const tree = callTree(SMALL.paths);
  const sums = callSums(tree, SMALL.items, 'byte-time');
  assert.deepEqual(
    heaviestChildren(tree, sums, 0).map(node => nameOf(tree, node)),
    ['main', 'setup'],
  );
  assert.deepEqual(
    [...foldedStacks(tree, sums)],
    ['main;forward 10', 'main;forward;conv 414', 'main;step 250', 'setup;conv 9'],
  );
  const equal = made([
    ['b', 1, 0, 1],
    ['a', 1, 0, 1],
  ]);
  const two = callTree(equal.paths);
  assert.deepEqual(
    heaviestChildren(two, callSums(two, equal.items, 'peak'), 0).map(node => nameOf(two, node)),
    ['a', 'b'],
  );
});

test('a name with a semicolon or a line break stays one call in folded stacks', () => {
  const {paths, items} = made([['a;b\nc d', 5, 0, 1]]);
  const tree = callTree(paths);
  assert.deepEqual([...foldedStacks(tree, callSums(tree, items, 'peak'))], ['a:b c d 5']);
});

test('sums beyond 2^53 are exact', () => {
  const sums = new ExactSums(2);
  const [bytes, events] = [2 ** 53 - 1, 2 ** 32 - 1];
  for (let i = 0; i < 5; i++) sums.addProduct(0, bytes, events);
  sums.addProduct(0, 3, 1);
  sums.addFrom(1, sums, 0);
  const expected = 5n * BigInt(bytes) * BigInt(events) + 3n;
  assert.equal(sums.exact(1), expected);
  assert.equal(sums.numbers()[1], Number(expected));
  // both parts carry
  const carried = new ExactSums(1);
  for (let i = 0; i < 3; i++) carried.addProduct(0, 2 ** 52 - 1, 1);
  assert.equal(carried.exact(0), 3n * (2n ** 52n - 1n));
});

test('the five events of twelve, by hand', () => {
  const trace = traceOf(GOLDEN, {1: 'weights', 2: 'conv'});
  const items = traceItems(trace, 0);
  const tree = callTree(traceCalls(trace, 0));
  const sums = (measure: (typeof MEASURES)[number], moment?: number) =>
    linesOf(tree, callSums(tree, items, measure, moment).values);
  assert.deepEqual(sums('live', 1), ['weights 100', 'conv 50', '? 0']);
  assert.deepEqual(sums('live', -1), ['weights 0', 'conv 0', '? 0']);
  assert.deepEqual(sums('peak'), ['weights 100', 'conv 0', '? 70']);
  // live after the five events: 100, 150, 100, 170, 100
  assert.deepEqual(sums('byte-time'), ['weights 500', 'conv 50', '? 70']);
  // 100 from 0 to the last event at 22, 50 from 2 to 7, 70 from 8 to 22
  assert.deepEqual(sums('byte-us'), ['weights 2200', 'conv 250', '? 980']);
  assert.deepEqual(sums('allocations'), ['weights 1', 'conv 1', '? 1']);
});

test('a window cuts lifetimes, and what was there before it is no allocation of it', () => {
  const trace = traceOf(GOLDEN, {1: 'weights', 2: 'conv'});
  // after the allocation of conv, its free, and the third allocation
  const items = traceItems(trace, 0, {window: {firstEvent: 1, endEvent: 4}});
  const tree = callTree(traceCalls(trace, 0));
  const sums = (measure: (typeof MEASURES)[number]) => linesOf(tree, callSums(tree, items, measure).values);
  assert.deepEqual(sums('byte-time'), ['weights 300', 'conv 50', '? 70']);
  assert.deepEqual(sums('allocations'), ['weights 0', 'conv 1', '? 1']);
  assert.deepEqual(sums('byte-us'), ['weights 600', 'conv 250', '? 0']);
});

test('a buffer counts for the ticks of its pieces, not for its gap', () => {
  const problem = toColumns({
    buffers: [
      {id: 'a', size: 8, start: 0, end: 10, gaps: [[2, 5]]},
      {id: 'b', size: 4, start: 3, end: 4},
    ],
  });
  const tree = callTree(problemCalls(problem, undefined));
  const items = problemItems(problem);
  assert.deepEqual(linesOf(tree, callSums(tree, items, 'byte-time').values), ['a 56', 'b 4']);
  assert.deepEqual(linesOf(tree, callSums(tree, items, 'live', 3).values), ['a 0', 'b 4']);
  assert.deepEqual(linesOf(tree, callSums(tree, items, 'peak').values), ['a 8', 'b 0']);
});

test('stacks of a hundred thousand calls overflow nothing', () => {
  const builder = new PathBuilder();
  const deep = Array.from({length: 100_000}, (_, k) => builder.call('frame', `f${k % 7}`));
  const paths = builder.build(Uint32Array.of(builder.path(deep)), []);
  const {items} = made([['x', 3, 1, 2]]);
  const tree = callTree(paths);
  const sums = callSums(tree, items, 'byte-time');
  assert.equal(tree.count, 100_001);
  assert.equal(sums.values[100_000], 3);
  assert.equal(wayTo(tree, 100_000).length, 100_001);
  assert.equal([...foldedStacks(tree, sums)].length, 1);
});

/** Paths of few names, so that they share beginnings and repeat. */
const PATH = fc
  .array(fc.constantFrom('a', 'b', 'c'), {minLength: 1, maxLength: 5})
  .map(names => names.join('/'));
const ROW = fc
  .tuple(fc.oneof(PATH, fc.constant('-')), fc.integer({min: 1, max: 2 ** 40}), fc.nat(9), fc.nat(9))
  .map(([path, bytes, start, length]) => [path, bytes, start, start + length] as const);

test('every sum is that of a count path by path, forward and reversed, and both have the same total', () => {
  fc.assert(
    fc.property(fc.array(ROW, {maxLength: 30}), fc.nat(18), (rows, moment) => {
      const {paths, items} = made(rows);
      for (const measure of MEASURES) {
        const totals = [false, true].map(isReversed => {
          const tree = callTree(paths, [], isReversed);
          const sums = callSums(tree, items, measure, moment);
          for (let node = 0; node < tree.count; node++) {
            const wanted = recount(paths, items, pathTo(tree, node), isReversed, measure, moment);
            assert.equal(sums.exact(node), wanted);
            assert.equal(sums.values[node], Number(wanted));
            const below = [...childrenOf(tree, node)].reduce((sum, child) => sum + sums.exact(child), 0n);
            assert.equal(below + sums.exact(node, true), wanted);
          }
          return sums.exact(0);
        });
        assert.equal(totals[0], totals[1]);
      }
    }),
    {seed: 20, numRuns: 200},
  );
});

const pathTo = (tree: CallTree, node: number): string[] =>
  wayTo(tree, node)
    .slice(1)
    .map(one => nameOf(tree, one));

/** Σ over the items whose path begins so. */
function recount(
  {calls, starts, steps, pathOf}: CallPaths,
  items: CallItems,
  way: readonly string[],
  isReversed: boolean,
  measure: (typeof MEASURES)[number],
  moment: number,
): bigint {
  let sum = 0n;
  for (const item of items.items) {
    const path = pathOf[item]!;
    if (path === NO_PATH) continue;
    const names = Array.from(steps.slice(starts[path], starts[path + 1]), step => calls[step]!.name);
    if (isReversed) names.reverse();
    if (!way.every((name, level) => names[level] === name)) continue;
    const bytes = BigInt(items.bytes[item]!);
    sum += {
      live: items.isLive(item, moment) ? bytes : 0n,
      peak: items.isLive(item, items.peak) ? bytes : 0n,
      'byte-time': bytes * BigInt(items.lengthOf(item)),
      'byte-us': bytes * BigInt(items.microsecondsOf!(item)),
      allocations: items.isAllocated(item) ? 1n : 0n,
    }[measure];
  }
  return sum;
}

const EVENT = fc.tuple(fc.nat(5), fc.integer({min: 1, max: 1000}));

test('of a random trace, the totals are the live bytes of its timeline, at a moment and summed over all events', () => {
  fc.assert(
    fc.property(fc.array(EVENT, {minLength: 1, maxLength: 40}), fc.nat(39), (events, at) => {
      // an address that is live is freed, any other is allocated; the first free may be of a block from before
      const live = new Map<number, number>([[0, 64]]);
      const rows = events.map(([address, bytes], time): Row => {
        const known = live.get(address);
        if (known !== undefined) live.delete(address);
        else live.set(address, bytes);
        return [time, known === undefined ? 'M' : 'F', address, known ?? bytes];
      });
      const trace = traceOf(rows, {1: 'one', 2: 'two'});
      const items = traceItems(trace, 0);
      const tree = callTree(traceCalls(trace, 0));
      // after each event: what is allocated and not freed, by address
      const loads = rows.map((_, last) => {
        const held = new Map<number, number>();
        const isCarried = rows.find(([, , address]) => address === 0)?.[1] === 'F';
        if (isCarried) held.set(0, rows.find(([, , address]) => address === 0)![3]);
        for (const [, kind, address, bytes] of rows.slice(0, last + 1))
          if (kind === 'M') held.set(address, bytes);
          else held.delete(address);
        return [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
      });
      const moment = at % rows.length;
      assert.equal(callSums(tree, items, 'live', moment).values[0], loads[moment]);
      assert.equal(
        callSums(tree, items, 'byte-time').values[0],
        loads.reduce((sum, load) => sum + load, 0),
      );
      assert.equal(
        callSums(tree, items, 'allocations').values[0],
        rows.filter(([, kind]) => kind === 'M').length,
      );
    }),
    {seed: 20, numRuns: 100},
  );
});

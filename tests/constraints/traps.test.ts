/**
 * What other planners got wrong, each as a test: `../shared/reference/planners.md`, "Traps others fell into". Every
 * trap is set for plain problems and for those with constraints.
 */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  type BufferInfo,
  HEURISTICS,
  loadPlannerSync,
  type PlanOptions,
  type Problem,
} from '../../bindings/index.ts';
import {openSource, readCsv} from '../../bindings/trace.ts';
import {faultsOf} from '../oracle.ts';

const planner = loadPlannerSync();
const EVERY: readonly PlanOptions[] = [
  ...HEURISTICS.map(algorithm => ({algorithm})),
  ...(['portfolio', 'local', 'exact', 'windows', 'class-sweep', 'beam', 'auto'] as const).map(algorithm => ({
    algorithm,
  })),
];

test("a buffer is rounded to its own alignment, not to its neighbour's", () => {
  // 100 bytes aligned to 4, and below or above them 64 bytes aligned to 64: 100 would be the neighbour's multiple
  const buffers: BufferInfo[] = [
    {size: 100, start: 0, end: 2, alignment: 4},
    {size: 64, start: 0, end: 2, alignment: 64},
    {size: 36, start: 1, end: 2, alignment: 4},
  ];
  for (const options of EVERY) {
    const {offsets} = planner.plan({buffers}, options);
    assert.equal(offsets[1]! % 64, 0, options.algorithm);
    assert.deepEqual(faultsOf({buffers}, offsets), [], options.algorithm);
  }
  const tied = planner.plan({buffers, adjacent: [[0, 1]]});
  assert.deepEqual([...tied.offsets.subarray(0, 2)], [0, 128]);
});

test('the gap below the lowest live buffer is used', () => {
  // b is above a; when a has died, c and d fit below b
  const buffers: BufferInfo[] = [
    {id: 'a', size: 60, start: 0, end: 2},
    {id: 'b', size: 120, start: 1, end: 4, offset: 60},
    {id: 'c', size: 60, start: 2, end: 4},
  ];
  // these look at no gaps at all, and promise none
  const blind = ['naive', 'bump', 'skyline-best-fit', 'gergov'];
  for (const options of EVERY.filter(({algorithm}) => !blind.includes(algorithm!))) {
    const {peak, offsets} = planner.plan({buffers}, options);
    assert.deepEqual([peak, offsets[2]], [180, 0], options.algorithm);
  }
  const {peak} = planner.plan({buffers, share: [['a', 'c']]});
  assert.equal(peak, 180);
});

test('lifetimes are half-open: one that ends where another begins shares its bytes', async () => {
  const problem: Problem = {
    buffers: [
      {size: 8, start: 0, end: 2},
      {size: 8, start: 2, end: 4},
    ],
  };
  for (const options of EVERY.filter(({algorithm}) => algorithm !== 'naive')) {
    assert.equal(planner.plan(problem, options).peak, 8, options.algorithm);
  }
  assert.equal(planner.plan({...problem, separate: [[0, 1]]}).peak, 16);
  const csv = new TextEncoder().encode('id,lower,end,size\n0,0,1,8\n1,1,2,8\n');
  const read = await readCsv(await openSource({name: 'inclusive', data: csv}));
  assert.equal(planner.plan(read.problem).peak, 16, 'the column "end" is the last tick');
});

test('sizes and offsets beyond 32 bits are exact', () => {
  const size = 2 ** 32 + 4;
  const buffers: BufferInfo[] = [
    {size, start: 0, end: 2, alignment: 1},
    {size, start: 1, end: 3, alignment: 1},
    {size: 3, start: 0, end: 3, alignment: 1},
  ];
  for (const options of EVERY) {
    const {peak, offsets} = planner.plan({buffers}, options);
    assert.equal(peak, 2 * size + 3, options.algorithm);
    assert.deepEqual(planner.verify({buffers}, {offsets}), []);
  }
  const tied = planner.plan({buffers, adjacent: [[0, 1]]});
  assert.equal(tied.offsets[1]! - tied.offsets[0]!, size);
  const pooled = planner.plan({buffers, pools: [{name: 'a', capacity: size + 3}, {name: 'b'}]});
  assert.deepEqual(
    pooled.arenas!.map(({peak}) => peak),
    [size + 3, size],
  );
});

test('every plan is checked for overlaps, whatever made it', () => {
  const buffers: BufferInfo[] = [
    {size: 4, start: 0, end: 2},
    {size: 4, start: 1, end: 3},
  ];
  for (const options of EVERY) {
    const plan = planner.plan({buffers}, options);
    assert.ok(plan.seconds.verify > 0 || plan.peak === 0, options.algorithm);
  }
  const overlap = [{kind: 'overlap', a: 0, b: 1}];
  assert.deepEqual(planner.verify({buffers}, {offsets: [0, 3]}), overlap);
  assert.deepEqual(planner.verify({buffers, inPlace: [{input: 0, output: 1}]}, {offsets: [0, 3]}), overlap);
  const shared = {buffers: [...buffers, {size: 1, start: 8, end: 9}], share: [[0, 2]]};
  assert.deepEqual(planner.verify(shared, {offsets: [0, 3, 0]}), overlap);
});

test('buffers of size 0 take no place and are in nobody’s way', () => {
  const buffers: BufferInfo[] = [
    {size: 0, start: 0, end: 9},
    {size: 5, start: 0, end: 9},
    {size: 0, start: 3, end: 3},
  ];
  for (const options of EVERY) assert.equal(planner.plan({buffers}, options).peak, 5, options.algorithm);
  const plan = planner.plan({buffers, separate: [[0, 1]], pools: [{name: 'gpu', repeated: true}]});
  assert.deepEqual([plan.peak, plan.arenas!.length], [5, 1]);
});

test('the order of the input decides nothing', () => {
  const buffers: BufferInfo[] = Array.from({length: 9}, (_, i) => ({
    size: 1 + ((i * 7) % 5),
    start: i % 4,
    end: 4 + (i % 3),
  }));
  const pools = [{name: 'fast', capacity: 9}, {name: 'slow'}];
  const summary = (list: readonly BufferInfo[]) => {
    const {cost, peak, status} = planner.plan({buffers: list, pools});
    return {cost, peak, status};
  };
  assert.deepEqual(summary([...buffers].reverse()), summary(buffers));
});

test('a plan above a capacity is never called one that fits', () => {
  const buffers: BufferInfo[] = [{size: 100, start: 0, end: 1}];
  assert.equal(planner.plan({buffers}, {capacity: 99}).status, 'infeasible');
  const plan = planner.plan({buffers, pools: [{name: 'sram', capacity: 99}]});
  assert.equal(plan.status, 'infeasible');
  assert.deepEqual(plan.obstacle, {pools: ['sram'], capacity: 99, needed: 100, buffer: 0});
});

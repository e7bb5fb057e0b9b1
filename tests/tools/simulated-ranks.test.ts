/** The simulated run of many ranks: the files are what a recorder would write, and what is planted is there. */
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {test} from 'node:test';
import {FREE, findIterations, MALLOC, measureStability, type Trace} from '../../bindings/trace.ts';
import {ranksOf, type SimulatedRank, snapshotOf} from '../../tools/simulate/ranks.ts';
import {FAULTS} from '../../tools/simulate/stage.ts';
import {importTrace} from '../trace/inputs.ts';

const SHAPE = {ranks: 16, groups: 4, outliers: 4, megabytes: 0, seed: 1};
const ranks = ranksOf(SHAPE);
const files = new Map(ranks.map(rank => [rank, snapshotOf(SHAPE, rank)]));
const traces = new Map<SimulatedRank, Trace>();
for (const [rank, bytes] of files) traces.set(rank, await importTrace(bytes));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Of each iteration, allocations by operation, in the order of names. */
function operationsOf(trace: Trace): string[] {
  const {events, blocks, operations} = trace;
  return findIterations(trace, 0).iterations.map(({firstEvent, endEvent}) => {
    const counts = new Map<string, number>();
    for (let event = firstEvent; event < endEvent; event++) {
      if (events.kind[event] !== MALLOC) continue;
      const name = operations[blocks.operation[events.block[event]!]!]!;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return JSON.stringify([...counts].sort());
  });
}

const faultless = ranks.filter(({fault}) => fault === undefined);
const withFault = (fault: string) => {
  const rank = ranks.find(one => one.fault === fault)!;
  const typical = faultless.find(one => one.pp === rank.pp)!;
  return {rank, trace: traces.get(rank)!, typical: traces.get(typical)!};
};

test('a seed gives the same bytes, each rank and each seed others', () => {
  for (const [rank, bytes] of files) assert.equal(sha256(snapshotOf(SHAPE, rank)), sha256(bytes), rank.name);
  assert.equal(new Set([...files.values()].map(sha256)).size, ranks.length);
  assert.notEqual(sha256(snapshotOf({...SHAPE, seed: 2}, ranks[0]!)), sha256(files.get(ranks[0]!)!));
});

test('names state coordinates, each once; every fault is planted once, in a group of its own', () => {
  assert.deepEqual(ranks.map(({name}) => name).slice(5, 7), [
    'snapshot_dp0_tp1_pp1_rank5.pickle',
    'snapshot_dp1_tp0_pp1_rank6.pickle',
  ]);
  assert.equal(new Set(ranks.map(({dp, tp, pp}) => `${dp} ${tp} ${pp}`)).size, ranks.length);
  const faulty = ranks.filter(({fault}) => fault !== undefined);
  assert.deepEqual(faulty.map(({fault}) => fault).sort(), [...FAULTS].sort());
  assert.equal(new Set(faulty.map(({pp}) => pp)).size, FAULTS.length);
  for (const seed of [2, 3, 4]) {
    const others = ranksOf({...SHAPE, ranks: 8, groups: 2, outliers: 8, seed});
    assert.ok(
      others.every(({fault}) => fault !== undefined),
      'as many outliers as ranks',
    );
  }
  assert.throws(() => ranksOf({...SHAPE, ranks: 15}), /15 ranks are no multiple of 4 groups/);
  assert.throws(() => ranksOf({...SHAPE, outliers: 17}), /17 outliers are more than 16 ranks/);
});

test('ranks of a stage allocate at the same sites in each step, other stages at others', () => {
  const byStage = new Map<string, Set<number>>();
  for (const rank of faultless) {
    const steps = new Set(operationsOf(traces.get(rank)!));
    assert.equal(steps.size, 1, rank.name);
    const [step] = steps;
    byStage.set(step!, (byStage.get(step!) ?? new Set()).add(rank.pp));
  }
  assert.deepEqual(
    [...byStage.values()].map(stages => [...stages]),
    [[0], [1], [2], [3]],
  );
});

test('the importer finds the steps, and warns of nothing but memory from before the recording and what failed', () => {
  for (const [rank, trace] of traces) {
    const {source, iterations, warmUpEvents} = findIterations(trace, 0);
    assert.equal(source, 'profiler-step', rank.name);
    assert.equal(warmUpEvents, 0);
    assert.ok(iterations.length >= 5, rank.name);
    const others = trace.warnings.filter(text => !/were allocated before the recording began/.test(text));
    if (rank.fault !== 'out-of-memory') assert.deepEqual(others, [], rank.name);
    // the step that failed has no end
    else assert.match(others.join('\n'), /^1 × annotations without .*\ncuda:0 ran out of memory: .*$/);
    assert.ok(trace.events.kind.includes(FREE));
  }
});

test('live bytes grow on the rank that keeps a tensor of each step, and on no other', () => {
  for (const [rank, trace] of traces) {
    const {growth, compared} = measureStability(trace, 0);
    assert.equal(growth, rank.fault === 'growth' ? compared * 96 * 2 ** 20 : 0, rank.name);
  }
});

test('one rank does an operation more, and one does the same with more', () => {
  const {trace, typical} = withFault('operation');
  const additional = trace.operations.filter(name => !typical.operations.includes(name));
  assert.deepEqual(additional, ['aten::histc']);
  const larger = withFault('batch');
  assert.deepEqual(operationsOf(larger.trace), operationsOf(larger.typical));
  const most = (one: Trace) => one.cuda!.devices[0]!.reserved.most;
  assert.ok(most(larger.trace) > 1.1 * most(larger.typical));
});

test('a request fails on one rank, for which its device has too little left', () => {
  for (const [rank, {cuda}] of traces) {
    assert.equal(cuda!.outOfMemory.length, rank.fault === 'out-of-memory' ? 1 : 0, rank.name);
  }
  const {cuda} = withFault('out-of-memory').trace;
  const [failed] = cuda!.outOfMemory;
  assert.ok(failed!.bytes > failed!.deviceFree);
  assert.equal(cuda!.devices[0]!.reserved.end + failed!.deviceFree, 80 * 2 ** 30);
});

test('files are about as large as asked for', () => {
  const shape = {...SHAPE, groups: 2, outliers: 0, megabytes: 2};
  for (const rank of ranksOf(shape).filter(({rank}) => rank % 8 === 0)) {
    const {length} = snapshotOf(shape, rank);
    assert.ok(length > 1.7e6 && length < 2.3e6, `${rank.name}: ${length} bytes`);
  }
});

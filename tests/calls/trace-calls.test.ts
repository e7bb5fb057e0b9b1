/** Which calls are made of a snapshot, a profile and a model, by call stack and by module. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {toColumns} from '../../bindings/index.ts';
import {
  type CallPaths,
  callSums,
  callTree,
  importFile,
  problemCalls,
  type Trace,
  traceCalls,
  traceItems,
} from '../../bindings/trace.ts';
import {traceOf} from '../behaviour/traces.ts';
import {pickle} from '../trace/pickle.ts';
import {BASE, block, entry, segment, snapshot} from '../trace/snapshots.ts';

/** The path of each item: `kind name` of its calls. */
function pathsOf({calls, starts, steps, pathOf}: CallPaths): string[] {
  return Array.from(pathOf, path =>
    Array.from(
      steps.slice(starts[path], starts[path + 1]),
      step => `${calls[step]!.kind} ${calls[step]!.name}`,
    ).join(' > '),
  );
}

const frame = (name: string, filename: string, line: number) => ({name, filename, line});
const TRAIN = frame('<module>', '/me/train.py', 7);
const MODEL = frame('forward', '/me/model.py', 42);
const LAYER = frame('forward', '/venv/lib/python3.12/site-packages/torch/nn/modules/linear.py', 125);
const CALL = frame('_call_impl', '/venv/lib/python3.12/site-packages/torch/nn/modules/module.py', 1750);
const BMM = frame('at::_ops::bmm::call(at::Tensor const&)', 'Ops.cpp', 12);
const ENGINE = frame('torch::autograd::Engine::thread_main()', '??', 0);
const ADAM = frame('step', '/venv/lib/python3.12/site-packages/torch/optim/adam.py', 180);

const STACKS = [
  // innermost first
  [BMM, LAYER, CALL, MODEL, CALL, TRAIN],
  [BMM, ENGINE],
  // checkpointed: forward runs again below the engine
  [BMM, MODEL, ENGINE],
  [ADAM, TRAIN],
  [],
];

async function snapshotOf(): Promise<Trace> {
  const entries = STACKS.map((frames, i) => entry('alloc', BASE + i * 4096, 512, {frames}));
  const segments = [
    segment(0, BASE + (1 << 30), [block(1024, 'active_allocated', 1000), block(1024, 'active_allocated')]),
  ];
  const data = pickle(snapshot([[...entries, entry('alloc', BASE + 40960, 64)]], segments));
  const imported = await importFile({name: 'a.pickle', data});
  assert.ok(imported.kind === 'trace');
  return imported.trace;
}

test('by call stack: the lines of the program, then the operation', async () => {
  const paths = pathsOf(traceCalls(await snapshotOf(), 0));
  assert.deepEqual(paths.slice(0, 5), [
    'frame /me/train.py:7 <module> > frame /me/model.py:42 forward > operation aten::bmm',
    'operation autograd aten::bmm > operation aten::bmm',
    'frame /me/model.py:42 forward > operation aten::bmm',
    'frame /me/train.py:7 <module>',
    'operation autograd',
  ]);
});

test('lines inside packages are shown on request', async () => {
  const trace = await snapshotOf();
  assert.match(
    pathsOf(traceCalls(trace, 0, {library: 'torch'}))[0]!,
    /train\.py:7 .*module\.py:1750 _call_impl .*model\.py:42 forward .*module\.py:1750 .*linear\.py:125 forward/,
  );
  assert.match(
    pathsOf(traceCalls(trace, 0, {depth: 1}))[0]!,
    /model\.py:42 forward > frame \S+module\.py:1750 _call_impl > operation/,
  );
});

test('by module: functions named forward, the phase, the operation', async () => {
  const paths = traceCalls(await snapshotOf(), 0, {by: 'module'});
  const linear = '/venv/lib/python3.12/site-packages/torch/nn/modules/linear.py:125 forward';
  assert.deepEqual(pathsOf(paths).slice(0, 5), [
    `module /me/model.py:42 forward > module ${linear} > phase forward > operation aten::bmm`,
    'phase backward > operation autograd aten::bmm > operation aten::bmm',
    'module /me/model.py:42 forward > phase backward > operation aten::bmm',
    'phase optimizer > operation step (adam.py:180)',
    'phase backward > operation autograd',
  ]);
  assert.match(paths.notes.join(), /named forward/);
});

test('memory from before the recording and a failed request are calls of their own', async () => {
  const trace = await snapshotOf();
  const items = traceItems(trace, 0, {failed: {moment: 5, bytes: 999}});
  const tree = callTree(
    traceCalls(trace, 0),
    items.extras.map(({call}) => call),
  );
  const [unseen, failed] = [tree.count - 2, tree.count - 1];
  const sums = callSums(tree, items, 'peak');
  assert.equal(tree.calls[tree.call[unseen]!]!.kind, 'unseen');
  assert.deepEqual([sums.values[unseen], sums.blocks[unseen]], [2048, 2]);
  assert.equal(tree.calls[tree.call[failed]!]!.name, 'the request that failed');
  assert.equal(sums.values[failed], 999);
  // five blocks of 512, one of 64
  assert.equal(sums.values[0], 5 * 512 + 64 + 2048 + 999);
  const byTime = callSums(tree, items, 'byte-time');
  assert.deepEqual([byTime.values[unseen], byTime.values[failed]], [2048 * 6, 0]);
  assert.equal(callSums(tree, items, 'allocations').values[0], 6);
  assert.equal(callSums(tree, items, 'live', 0).values[0], 512 + 2048);
});

test('an allocation within a span of the optimizer is of the optimizer', () => {
  const trace = traceOf(
    [
      [0, 'M', 1, 8],
      [5, 'M', 2, 8],
      [9, 'M', 3, 8],
    ],
    {1: 'aten::add', 2: 'aten::add', 3: 'AddBackward0'},
  );
  const annotations = [
    {name: 'Optimizer.step#SGD.step', start: 4, end: 6, thread: '1'},
    {name: 'ProfilerStep#1', start: 0, end: 20, thread: '1'},
  ];
  assert.deepEqual(pathsOf(traceCalls({...trace, annotations}, 0, {by: 'module'})), [
    'operation aten::add',
    'phase optimizer > operation aten::add',
    'phase backward > operation AddBackward0',
  ]);
});

test('operations of a log are split at their slashes, by module alone', () => {
  const trace = traceOf([[0, 'M', 1, 8]], {1: 'net/block.0/conv'});
  assert.deepEqual(pathsOf(traceCalls(trace, 0, {by: 'module'})), [
    'module net > module block.0 > operation conv',
  ]);
  assert.deepEqual(pathsOf(traceCalls(trace, 0)), ['operation net/block.0/conv']);
});

test('operators of a model are nested by their names, and one type is one operation by stack', () => {
  const buffers = ['x', 'y', 'z', 'w'].map((id, start) => ({id, size: 8, start, end: start + 1}));
  const problem = toColumns({buffers});
  const operations = ['Conv "/features/0/Conv"', 'Relu "features.1.act"', 'Add "add"', 'graph input'];
  assert.deepEqual(pathsOf(problemCalls(problem, operations, 'module')), [
    'module features > module 0 > operation Conv Conv',
    'module features > module 1 > operation Relu act',
    'operation Add add',
    'operation graph input',
  ]);
  assert.deepEqual(pathsOf(problemCalls(problem, operations)), [
    'operation Conv',
    'operation Relu',
    'operation Add',
    'operation graph input',
  ]);
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ImportError, importFile} from '../../bindings/trace.ts';
import {bytesOf, example, importTrace} from './inputs.ts';

interface MemoryFields {
  readonly ts: number | string;
  readonly Bytes: number;
  readonly Addr?: number;
  readonly type?: number;
  readonly id?: number;
  readonly tid?: number | string;
}

const memory = ({ts, Bytes, Addr, type = 0, id = -1, tid = 1}: MemoryFields): object => ({
  ph: 'i',
  cat: 'cpu_instant_event',
  name: '[memory]',
  pid: 1,
  tid,
  ts,
  args: {Bytes, ...(Addr === undefined ? {} : {Addr}), 'Device Type': type, 'Device Id': id},
});
const span = (cat: string, name: string, ts: number, dur: number, tid: number | string = 1): object => ({
  ph: 'X',
  cat,
  name,
  pid: 1,
  tid,
  ts,
  dur,
});
const file = (...events: object[]): string => JSON.stringify({schemaVersion: 1, traceEvents: events});

/** The paths of allocations at those times and threads. */
async function pathsOf(spans: object[], ...times: (number | [time: number, thread: number])[]) {
  const events = times.map((time, index) => {
    const [ts, tid] = typeof time === 'number' ? [time, 1] : time;
    return memory({ts, tid, Bytes: 8, Addr: 100 + index});
  });
  const {blocks, operations, paths} = await importTrace(file(...spans, ...events));
  return times.map((_, block) => {
    const path = paths?.[blocks.path![block]!] ?? {module: '', forward: '', operation: '', leaf: ''};
    assert.equal(operations[blocks.operation[block]!], path.operation);
    return path;
  });
}

/** The operation that each allocation, at those times, is laid to. */
async function attribute(spans: object[], ...times: number[]): Promise<string[]> {
  return (await pathsOf(spans, ...times)).map(({operation}) => operation);
}

test('an allocation belongs to the outermost operation on its thread, and its leaf is the innermost', async () => {
  const spans = [
    span('cpu_op', 'inner', 2, 2),
    span('cpu_op', 'outer', 1, 9),
    span('cpu_op', 'other', 0, 20, 2),
    span('cpu_op', 'next', 6, 1),
  ];
  const times = [0.5, 1, 2, 4, 5, 6.5, 8, 10, 11];
  const paths = await pathsOf(spans, ...times);
  assert.deepEqual(
    paths.map(({operation}) => operation),
    ['', 'outer', 'outer', 'outer', 'outer', 'outer', 'outer', 'outer', ''],
  );
  assert.deepEqual(
    paths.map(({leaf}) => leaf),
    ['', 'outer', 'inner', 'inner', 'outer', 'next', 'outer', 'outer', ''],
  );
});

test('of operations that begin together, the shorter is the inner one', async () => {
  const spans = [span('cpu_op', 'short', 1, 2), span('cpu_op', 'long', 1, 5)];
  const paths = await pathsOf(spans, 2, 5);
  assert.deepEqual(
    paths.map(({operation, leaf}) => `${operation} ${leaf}`),
    ['long short', 'long long'],
  );
});

const ENGINE = 'autograd::engine::evaluate_function: ';
const node = (one: object, sequence: number, forwardThread = 0): object => ({
  ...one,
  args: {'Sequence number': sequence, 'Fwd thread id': forwardThread},
});
/** A convolution of a module on thread 1, and its backward pass on thread 2. */
const FORWARD = [
  span('python_function', 'nn.Module: Net_0', 0, 100),
  span('python_function', 'nn.Module: Conv2d_3', 1, 20),
  span('python_function', 'train.py(7): step', 0, 100),
  node(span('cpu_op', 'aten::rand', 1, 1), 7),
  node(span('cpu_op', 'aten::conv2d', 3, 10), 7),
  node(span('cpu_op', 'aten::convolution', 4, 8), 7),
  span('cpu_op', 'aten::empty', 5, 1),
];
const backward = (sequence: number): object[] => [
  node(span('cpu_op', `${ENGINE}ConvolutionBackward0`, 200, 20, 2), sequence, 1),
  node(span('cpu_op', 'ConvolutionBackward0', 201, 15, 2), sequence, 1),
  span('cpu_op', 'aten::convolution_backward', 202, 5, 2),
];
const CONVOLUTION = {
  module: 'Conv2d_3',
  forward: 'aten::conv2d',
  operation: 'ConvolutionBackward0',
  leaf: 'aten::convolution_backward',
};

test('a path has the innermost module, and the operation below it', async () => {
  assert.deepEqual(await pathsOf(FORWARD, 5.5, 30), [
    {module: 'Conv2d_3', forward: '', operation: 'aten::conv2d', leaf: 'aten::empty'},
    {module: 'Net_0', forward: '', operation: '', leaf: ''},
  ]);
});

test('a backward operation has its own name and the forward operation and module of its autograd node', async () => {
  const spans = [...FORWARD, ...backward(7)];
  const [inside, engine] = await pathsOf(spans, [203, 2], [219, 2]);
  assert.deepEqual(inside, CONVOLUTION);
  assert.deepEqual(engine, {...CONVOLUTION, leaf: 'ConvolutionBackward0'});
});

test('a flow from forward to backward links them where numbers do not', async () => {
  const flow = (ph: string, ts: number, tid: number): object => ({
    ...span('fwdbwd', 'fwdbwd', ts, 0, tid),
    ph,
    id: 9,
  });
  const spans = [...FORWARD, ...backward(Number.NaN), flow('s', 4, 1), flow('f', 201, 2)];
  assert.deepEqual(await pathsOf(spans, [203, 2]), [CONVOLUTION]);
  assert.deepEqual(await pathsOf([...FORWARD, ...backward(8)], [203, 2]), [
    {...CONVOLUTION, module: '', forward: ''},
  ]);
});

test('a number that forward operations of two threads have links nothing', async () => {
  const spans = [...FORWARD, ...backward(7), node(span('cpu_op', 'aten::mul', 3, 10, 3), 7)];
  assert.deepEqual(await pathsOf(spans, [203, 2]), [{...CONVOLUTION, module: '', forward: ''}]);
});

test('what a backward pass computes again belongs to its own module, not to the checkpoint', async () => {
  const spans = [
    node(span('cpu_op', 'CheckpointFunction', 0, 9), 5),
    node(span('cpu_op', `${ENGINE}CheckpointFunctionBackward`, 20, 30), 5, 1),
    span('python_function', 'nn.Module: Linear_0', 21, 10),
    span('cpu_op', 'aten::linear', 22, 5),
    span('cpu_op', 'aten::addmm', 23, 2),
  ];
  assert.deepEqual(await pathsOf(spans, 24, 40), [
    {module: 'Linear_0', forward: '', operation: 'aten::linear', leaf: 'aten::addmm'},
    {
      module: '',
      forward: 'CheckpointFunction',
      operation: 'CheckpointFunctionBackward',
      leaf: 'CheckpointFunctionBackward',
    },
  ]);
});

test('a compiled graph has the names of its operations, and its own where they only allocate', async () => {
  const spans = [
    span('cpu_op', 'CompiledFunction', 0, 20),
    span('cpu_op', 'aten::convolution', 1, 5),
    span('cpu_op', 'aten::empty', 2, 1),
    span('cpu_op', 'aten::empty_strided', 10, 1),
  ];
  assert.deepEqual(await attribute(spans, 2.5, 10.5), ['aten::convolution', 'CompiledFunction']);
});

test("the program's own ranges are annotations, also where they were recorded as operators", async () => {
  const spans = [
    span('Operator', 'ProfilerStep#3', 0, 100),
    span('Operator', 'Optimizer.step#SGD.step', 10, 20),
    span('Operator', 'aten::add_', 12, 5),
    span('cpu_op', 'DistributedDataParallel.forward', 40, 20),
    span('cpu_op', 'aten::conv2d', 41, 5),
    span('Operator', 'my forward', 70, 20),
    node(span('Operator', 'MyFunction', 71, 9), 3),
    span('Operator', 'aten::mul', 72, 1),
  ];
  assert.deepEqual(await attribute(spans, 11, 13, 42, 72.5), [
    'Optimizer.step#SGD.step',
    'aten::add_',
    'aten::conv2d',
    'MyFunction',
  ]);
});

test('an annotation counts only where there is no operation, a Python frame never', async () => {
  const spans = [
    span('user_annotation', 'step', 0, 10),
    span('python_function', 'main.py', 0, 30),
    span('user_annotation', 'inner', 3, 2),
    span('cpu_op', 'op', 2, 2),
  ];
  assert.deepEqual(await attribute(spans, 1, 3.5, 4.5, 8, 20), ['step', 'op', 'inner', 'step', '']);
});

test('threads are the same whether written as numbers or as strings', async () => {
  assert.deepEqual(await attribute([span('cpu_op', 'op', 0, 5, '1')], 1), ['op']);
});

test('devices are named by type and number', async () => {
  const kinds: [number, number][] = [
    [0, -1],
    [1, 0],
    [1, 3],
    [20, 1],
    [12, 0],
    [15, 0],
    [19, 1],
    [6, 0],
    [13, 0],
    [99, 2],
  ];
  const trace = await importTrace(
    file(...kinds.map(([type, id], index) => memory({ts: index, Bytes: 8, Addr: 1, type, id}))),
  );
  assert.deepEqual(trace.devices, [
    {name: 'cpu', alignment: 64},
    {name: 'cuda:0', alignment: 512},
    {name: 'cuda:3', alignment: 512},
    {name: 'npu:1', alignment: 512},
    {name: 'xpu:0', alignment: 512},
    {name: 'hpu:0', alignment: 512},
    {name: 'mtia:1', alignment: 512},
    {name: 'hip:0', alignment: 512},
    {name: 'mps:0', alignment: 512},
    {name: 'device-type-99:2', alignment: 512},
  ]);
  assert.ok(
    trace.warnings.includes(
      "the alignment of the allocator of hpu:0, mtia:1, mps:0, device-type-99:2 is not known: 512 bytes are assumed, as in PyTorch's caching allocators; --alignment sets another",
    ),
  );
});

test('an address beyond 2^53 keeps its last digits', async () => {
  const text = file(memory({ts: 1, Bytes: 8, Addr: 4242}));
  for (const [written, address] of [
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['-1', 2n ** 64n - 1n],
    ['"0xffffffffffffffff"', 2n ** 64n - 1n],
  ] as const) {
    const trace = await importTrace(text.replace('4242', written));
    assert.equal(trace.blocks.address[0], address);
  }
});

test('times written as strings are times', async () => {
  const trace = await importTrace(
    file(memory({ts: '2.5', Bytes: 8, Addr: 2}), memory({ts: 1, Bytes: 8, Addr: 1})),
  );
  assert.deepEqual([...trace.events.time], [1, 2.5]);
});

test('a recording without memory events says how to make one with', async () => {
  await assert.rejects(
    importTrace(file(span('cpu_op', 'op', 0, 1))),
    /ImportError: no memory events: record with profile_memory=True/,
  );
  await assert.rejects(importTrace('[]'), /profile_memory=True/);
});

test('fields that are no such thing are refused with the byte of their event', async () => {
  const good = file(memory({ts: 1, Bytes: 8, Addr: 4242}));
  const cases: [string, string, RegExp][] = [
    ['"ts":1', '"ts":null', /ts: expected a number, got null/],
    ['"ts":1', '"ts":"later"', /ts: expected a number, got "later"/],
    ['"Bytes":8', '"Bytes":8.5', /Bytes: expected an integer, got 8.5/],
    ['"Bytes":8', '"Bites":8', /Bytes: expected an integer, got nothing/],
    ['4242', '1.5', /Addr: expected an address, got 1.5/],
    ['4242', '1e30', /Addr: expected an address/],
    ['"Device Type":0', '"Device Type":"gpu"', /Device Type: expected an integer/],
    ['"pid":1', '"pid":01', /damaged event at byte/],
  ];
  for (const [from, to, message] of cases) {
    const error = await importTrace(good.replace(from, to)).catch((reason: unknown) => reason);
    assert.ok(error instanceof ImportError, String(error));
    assert.match(error.message, message);
    assert.equal(error.byte, good.indexOf('{"ph"'));
    assert.equal(error.format, 'kineto');
  }
});

test('quotes that a writer did not escape, and a bracket it forgot, are refused with their byte', async () => {
  const memory = `{"ph":"i","name":"[memory]","ts":1,"args":{"Bytes":8,"Addr":16,"Device Type":0}}`;
  const name = '"name":"f(x="';
  const quoted = `{"traceEvents":[${memory},{"ph":"X","cat":"cpu_op",${name}y")","ts":1,"dur":2}]}`;
  const open = `{"traceEvents":[${memory}`;
  for (const [text, byte] of [
    [quoted, quoted.indexOf(name) + name.length],
    [open, open.length],
    [`${open}}`, open.length],
  ] as const) {
    const data = bytesOf(text);
    const error = await importFile({name: 'x', data}, {strict: true}).catch((reason: unknown) => reason);
    assert.ok(error instanceof ImportError, text);
    assert.equal(error.byte, byte, error.message);
  }
});

test('a trace cut anywhere in its list names the byte', async () => {
  const text = file(...Array.from({length: 20}, (_, index) => memory({ts: index, Bytes: 8, Addr: index})));
  const data = bytesOf(text.slice(0, 1000));
  const error = await importFile({name: 'x', data}, {strict: true}).catch((reason: unknown) => reason);
  assert.ok(error instanceof ImportError);
  assert.equal(error.byte, 1000);
});

test('without addresses, a free goes to the latest allocation of its size on its device', async () => {
  const bytes = [8, 8, 16, -8, 8, -16, -8, -8];
  const trace = await importTrace(file(...bytes.map((Bytes, ts) => memory({ts, Bytes, type: 1, id: 0}))));
  assert.equal(trace.inferred, true);
  assert.match(trace.warnings.join(), /no addresses/);
  assert.deepEqual([...trace.blocks.bytes], [8, 8, 16, 8]);
  assert.deepEqual([...trace.blocks.freeEvent], [7, 3, 5, 6]);
});

test('without addresses and without sizes that match, there is nothing to guess from', async () => {
  await assert.rejects(
    importTrace(file(...[8, -9, -10, -8].map((Bytes, ts) => memory({ts, Bytes})))),
    /2 of 3 frees have the size of no allocation/,
  );
});

test('where only some events have addresses, the others are dropped', async () => {
  const trace = await importTrace(file(memory({ts: 1, Bytes: 8, Addr: 1}), memory({ts: 2, Bytes: 8})));
  assert.equal(trace.events.count, 1);
  assert.match(trace.warnings.join(), /^1 × memory events without an address: dropped/);
});

test('the example of a training run is read whole', async () => {
  const trace = await importTrace(example('resnet50.training.json.gz'));
  assert.equal(trace.events.count, 10933);
  assert.deepEqual(trace.devices, [{name: 'cpu', alignment: 64}]);
  assert.deepEqual(trace.warnings, []);
  assert.deepEqual(
    trace.annotations.filter(({name}) => name.startsWith('ProfilerStep')).map(({name}) => name),
    ['ProfilerStep#2', 'ProfilerStep#3', 'ProfilerStep#4'],
  );
  const unknown = [...trace.blocks.operation].filter(operation => operation === 0).length;
  assert.equal(unknown, 0, 'every allocation has an operation or an annotation');
});

/** `top --by module|leaf`, `--tree` and `--folded`: the calls that led to blocks, with their sums. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {newFolder, stowage} from './stowage.ts';

const MIB = 2 ** 20;

const span = (cat: string, name: string, ts: number, dur: number, args: object = {}): object => ({
  ...{ph: 'X', cat, name, pid: 1, tid: 1, ts, dur, args},
});
const memory = (ts: number, bytes: number, address: number): object => ({
  ...{ph: 'i', cat: 'cpu_instant_event', name: '[memory]', pid: 1, tid: 1, ts},
  args: {Bytes: bytes, Addr: address, 'Device Type': 0, 'Device Id': -1},
});
/** Two modules, the backward pass of one of them, and an allocation outside of all. */
const EVENTS = [
  span('python_function', 'nn.Module: Conv2d_0', 0, 10),
  span('cpu_op', 'aten::conv2d', 1, 8, {'Sequence number': 4}),
  span('cpu_op', 'aten::empty', 2, 2),
  memory(3, 6 * MIB, 100),
  span('python_function', 'nn.Module: Linear_0', 20, 10),
  span('cpu_op', 'aten::linear', 21, 8),
  memory(25, 2 * MIB, 200),
  span('cpu_op', 'autograd::engine::evaluate_function: ConvolutionBackward0', 40, 20, {
    'Sequence number': 4,
    'Fwd thread id': 1,
  }),
  memory(45, 3 * MIB, 300),
  memory(70, MIB, 400),
];

function folder(): string {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'net.json'), JSON.stringify({schemaVersion: 1, traceEvents: EVENTS}));
  return cwd;
}

const top = (cwd: string, ...args: string[]): string[] => {
  const run = stowage(['top', 'net.json', ...args], {cwd});
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split('\n').slice(2);
};

/** The rows without their figures of bytes. */
const rows = (lines: readonly string[]): string[] =>
  lines.slice(1).map(line => line.replace(/(%) +[\d,]+ B \([^)]*\)/, '$1'));

test('--by module lays the blocks of a backward operation to the module of its forward one', () => {
  const cwd = folder();
  assert.deepEqual(rows(top(cwd, '--by', 'module')), [
    '  75.0 %  2  Conv2d_0',
    '  16.7 %  1  Linear_0',
    '   8.3 %  1  unknown',
  ]);
  assert.deepEqual(rows(top(cwd, '--by', 'leaf')), [
    '  50.0 %  1  aten::empty',
    '  25.0 %  1  ConvolutionBackward0',
    '  16.7 %  1  aten::linear',
    '   8.3 %  1  unknown',
  ]);
});

test('--tree nests leaves in operations, backward ones in forward ones, and those in modules', () => {
  const cwd = folder();
  assert.deepEqual(rows(top(cwd, '--tree')), [
    '  75.0 %  2  Conv2d_0',
    '  75.0 %  2    aten::conv2d',
    '  50.0 %  1      aten::empty',
    '  25.0 %  1      ConvolutionBackward0',
    '  16.7 %  1  Linear_0',
    '  16.7 %  1    aten::linear',
    '   8.3 %  1  unknown',
  ]);
  assert.deepEqual(rows(top(cwd, '--tree', '-n', '1')), [
    '  75.0 %  2  Conv2d_0',
    '  75.0 %  2    aten::conv2d',
    '  50.0 %  1      aten::empty',
    '  25.0 %  1      rest: 1 more',
    '  25.0 %  2  rest: 2 more',
  ]);
});

interface Node {
  readonly name: string | null;
  readonly blocks: number;
  readonly bytes: number;
  readonly children: readonly Node[];
  readonly rest: {readonly blocks: number; readonly bytes: number};
}

test('the tree in JSON adds up at every call, cut or not', () => {
  const cwd = folder();
  for (const most of ['1', '2', '10']) {
    const run = stowage(['top', 'net.json', '--tree', '--json', '-n', most], {cwd});
    const json = JSON.parse(run.stdout);
    const checkSums = (node: Node): void => {
      if (node.children.length === 0) return;
      for (const of of ['blocks', 'bytes'] as const) {
        const sum = node.children.reduce((all, child) => all + child[of], node.rest[of]);
        assert.equal(sum, node[of], `${node.name} ${of}`);
      }
      node.children.forEach(checkSums);
    };
    checkSums({...json, name: 'all', children: json.tree, rest: json.treeRest});
    assert.equal(json.bytes, 12 * MIB);
  }
});

test('--tree of a problem has its operations, and an event log keeps the calls', () => {
  const cwd = folder();
  assert.equal(stowage(['convert', 'net.json', '-o', 'net.jsonl'], {cwd}).status, 0);
  const of = (file: string): string =>
    stowage(['top', file, '--tree'], {cwd}).stdout.split('\n').slice(2).join('\n');
  assert.equal(of('net.jsonl'), of('net.json'));
  writeFileSync(join(cwd, 'two.csv'), 'id,lower,upper,size\na,0,2,8\nb,1,3,8\n');
  assert.deepEqual(rows(of('two.csv').trimEnd().split('\n')), ['  50.0 %  8 B  1  a', '  50.0 %  8 B  1  b']);
});

test('--measure: bytes × events and × microseconds of the lifetimes, and allocations, by hand', () => {
  const cwd = folder();
  // four mallocs, none freed: live after 4, 3, 2 and 1 of the four events
  assert.deepEqual(top(cwd, '--tree', '--measure', 'byte-time', '-n', '2'), [
    '38,797,312 bytes × events in 4 blocks, as a tree of calls',
    '  81.1 %  31,457,280  2  Conv2d_0',
    '  81.1 %  31,457,280  2    aten::conv2d',
    '  64.9 %  25,165,824  1      aten::empty',
    '  16.2 %   6,291,456  1      ConvolutionBackward0',
    '  16.2 %   6,291,456  1  Linear_0',
    '  16.2 %   6,291,456  1    aten::linear',
    '   2.7 %   1,048,576  1  rest: 1 more',
  ]);
  // at 3, 25, 45 and 70 µs: 67, 45, 25 and 0 µs long
  assert.deepEqual(top(cwd, '--tree', '--measure', 'byte-us', '-n', '1').slice(0, 2), [
    '594,542,592 bytes × µs in 3 blocks, as a tree of calls',
    '  84.1 %  500,170,752  2  Conv2d_0',
  ]);
  assert.deepEqual(top(cwd, '--tree', '--measure', 'allocations', '-n', '1'), [
    '4 allocations, as a tree of calls',
    '  50.0 %  2  Conv2d_0',
    '  50.0 %  2    aten::conv2d',
    '  25.0 %  1      ConvolutionBackward0',
    '  25.0 %  1      rest: 1 more',
    '  50.0 %  2  rest: 2 more',
  ]);
});

test('--at is the moment of live bytes, and the peak stays the peak', () => {
  const cwd = folder();
  assert.deepEqual(rows(top(cwd, '--tree', '--at', '1', '-n', '1')), [
    '  75.0 %  1  Conv2d_0',
    '  75.0 %  1    aten::conv2d',
    '  75.0 %  1      aten::empty',
    '  25.0 %  1  rest: 1 more',
  ]);
  assert.match(top(cwd, '--tree', '--at', '1', '--measure', 'peak')[0]!, /^live at the peak 12,582,912 B/);
});

test('--reversed begins with the innermost call; --by-module has forward and backward apart', () => {
  const cwd = folder();
  assert.deepEqual(rows(top(cwd, '--tree', '--reversed')), [
    '  50.0 %  1  aten::empty',
    '  50.0 %  1    aten::conv2d',
    '  50.0 %  1      Conv2d_0',
    '  25.0 %  1  ConvolutionBackward0',
    '  25.0 %  1    aten::conv2d',
    '  25.0 %  1      Conv2d_0',
    '  16.7 %  1  aten::linear',
    '  16.7 %  1    Linear_0',
    '   8.3 %  1  unknown',
  ]);
  assert.deepEqual(rows(top(cwd, '--tree', '--by-module')), [
    '  75.0 %  2  Conv2d_0',
    '  50.0 %  1    forward',
    '  50.0 %  1      aten::conv2d',
    '  50.0 %  1        aten::empty',
    '  25.0 %  1    backward',
    '  25.0 %  1      aten::conv2d',
    '  25.0 %  1        ConvolutionBackward0',
    '  16.7 %  1  Linear_0',
    '  16.7 %  1    forward',
    '  16.7 %  1      aten::linear',
    '   8.3 %  1  unknown',
  ]);
});

test('--folded prints a line for each path, also to a file', () => {
  const cwd = folder();
  const lines = [
    'Conv2d_0;aten::conv2d;aten::empty 6291456',
    'Conv2d_0;aten::conv2d;ConvolutionBackward0 3145728',
    'Linear_0;aten::linear 2097152',
    'unknown 1048576',
  ];
  const run = stowage(['top', 'net.json', '--folded'], {cwd});
  assert.deepEqual(run.stdout.trimEnd().split('\n'), lines);
  assert.equal(stowage(['top', 'net.json', '--folded', '-o', 'net.folded'], {cwd}).status, 0);
  assert.equal(readFileSync(join(cwd, 'net.folded'), 'utf8'), `${lines.join('\n')}\n`);
});

test('a sum beyond 2^53 is a text of its digits in JSON', () => {
  const cwd = newFolder();
  // 2^52 bytes, live for 5 ticks
  writeFileSync(join(cwd, 'large.csv'), `id,lower,upper,size\na,0,5,${2 ** 52}\nb,0,1,1\n`);
  const run = stowage(['top', 'large.csv', '--tree', '--measure', 'byte-time', '--json'], {cwd});
  const {tree, treeOf} = JSON.parse(run.stdout);
  assert.equal(tree[0].value, String(5n * 2n ** 52n));
  assert.deepEqual(treeOf, {
    measure: 'byte-time',
    unit: 'bytes × ticks',
    value: String(5n * 2n ** 52n + 1n),
    grouping: 'stack',
    reversed: false,
    notes: [],
  });
});

test('options of the tree are refused without it, and a measure that needs times without times', () => {
  const cwd = folder();
  writeFileSync(join(cwd, 'two.csv'), 'id,lower,upper,size\na,0,2,8\n');
  for (const [args, message] of [
    [['net.json', '--reversed'], /--reversed: expected --tree or --folded/],
    [['net.json', '--measure', 'peak'], /--measure peak: expected --tree or --folded/],
    [['two.csv', '--tree', '--measure', 'byte-us'], /two\.csv: --measure byte-us: no times are recorded/],
    [['net.json', '--folded', '--json'], /cannot be used with/],
  ] as const) {
    const run = stowage(['top', ...args], {cwd});
    assert.equal(run.status, 2);
    assert.match(run.stderr, message);
  }
});

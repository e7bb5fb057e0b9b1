/** Models on the command line: symbolic dimensions, weights, a plan of their own. */
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {smallOnnx} from '../trace/models.ts';
import {newFolder, stowage} from './stowage.ts';

const FIXTURES = fileURLToPath(new URL('../trace/fixtures/', import.meta.url));
const XLA = join(FIXTURES, 'xla', 'small.txt');
const TFLITE = join(FIXTURES, 'tflite', 'small.tflite');

test('--dim gives a size to a symbolic dimension, for every command that reads', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'model.onnx'), smallOnnx('batch'));
  const refused = stowage(['plan', 'model.onnx'], {cwd});
  assert.equal(refused.status, 3);
  assert.match(
    refused.stderr,
    /^stowage: model\.onnx: the shape of the input "x" is not known.*--dim batch=1/,
  );
  const plan = JSON.parse(stowage(['plan', 'model.onnx', '--dim', 'batch=2', '--json'], {cwd}).stdout);
  assert.deepEqual([plan.source.format, plan.buffers, plan.weightBytes], ['onnx', 8, 1744]);
  const inspected = JSON.parse(
    stowage(['inspect', 'model.onnx', '--dim', 'batch=4', '--json'], {cwd}).stdout,
  );
  assert.equal(inspected.load, 2 * plan.lowerBound);
  assert.deepEqual(inspected.inPlace[0], {
    input: 'conv',
    output: 'relu',
    operation: 'Relu',
    kind: 'overwrite',
  });
  const dim = ['--dim', 'batch=2'];
  assert.equal(stowage(['convert', 'model.onnx', ...dim, '-o', 'model.csv'], {cwd}).status, 0);
  assert.equal(stowage(['plan', 'model.onnx', ...dim, '-o', 'plan.json'], {cwd}).status, 0);
  assert.equal(stowage(['verify', 'model.onnx', 'plan.json', ...dim], {cwd}).status, 0);
  const same = JSON.parse(stowage(['plan', 'model.csv', '--json'], {cwd}).stdout);
  assert.deepEqual([same.buffers, same.lowerBound], [plan.buffers, plan.lowerBound]);
});

test('--dim that does not fit is a usage error with the names that would', () => {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'model.onnx'), smallOnnx('batch'));
  for (const [args, message] of [
    [['model.onnx', '--dim', 'seq=2'], /dims: expected one of batch, got seq/],
    [['model.onnx', '--dim', 'batch'], /expected NAME=SIZE, e\.g\. batch=4/],
    [
      [XLA, '--dim', 'batch=2'],
      /only an ONNX model or a problem in JSON has dimensions with names, and this is xla/,
    ],
  ] as const) {
    const {status, stderr} = stowage(['plan', ...args], {cwd});
    assert.equal(status, 2);
    assert.match(stderr, message);
  }
});

test('the plan that came with a model is compared with ours, and checked', () => {
  const xla = stowage(['plan', XLA]).stdout.trimEnd().split('\n');
  // two heaps: two lines for their parts
  assert.equal(xla.length, 8);
  assert.match(xla[6]!, /^part 1 {7}allocation 4 \(color 1\): 8 B/);
  assert.equal(xla[7], 'own plan     456 B by XLA, the same as this plan');
  assert.deepEqual(JSON.parse(stowage(['plan', XLA, '--json']).stdout).reference, {
    name: 'XLA',
    peak: 456,
    buffers: 5,
    valid: true,
  });
  const tflite = stowage(['plan', TFLITE]).stdout;
  assert.match(
    tflite,
    /^own plan {5}756 B by OfflineMemoryAllocation, of 11 buffers, 61\.538 % above this plan; not valid for these lifetimes$/m,
  );
  const inspected = stowage(['inspect', TFLITE]).stdout;
  assert.match(inspected, /^weights {6}4 B, not part of the buffers$/m);
  assert.match(inspected, /^own plan {5}756 B by OfflineMemoryAllocation/m);
});

test('--explain names the operator that writes a buffer', () => {
  const {stdout} = stowage(['plan', TFLITE, '--drop-own-plan', '--explain', '--json']);
  const {buffers} = JSON.parse(stdout).explanation as {buffers: {id: string; operation: string | null}[]};
  assert.equal(buffers.find(({id}) => id === 'after')?.operation, 'WHILE');
});

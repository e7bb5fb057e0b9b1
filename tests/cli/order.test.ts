/** `stowage order` and `plan --reorder`. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {Ajv2020, type ValidateFunction} from 'ajv/dist/2020.js';
import {branchyOnnx, branchyTflite} from '../operators/models.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const ajv = new Ajv2020({allErrors: true, allowUnionTypes: true});
const schemaOf = (name: string) =>
  ajv.compile(JSON.parse(readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), 'utf8')));
const ORDER = schemaOf('order');
const fits = (validate: ValidateFunction, value: unknown): boolean => validate(value);

/** The example of docs/order.md. */
const SMALL = `{"schema": "stowage.problem/1",
 "tensors": [
  {"id": "x", "size": 1568}, {"id": "wide a", "size": 3136}, {"id": "wide b", "size": 3136},
  {"id": "a", "size": 256}, {"id": "b", "size": 256}, {"id": "y", "size": 512, "output": true}],
 "operators": [
  {"id": "conv a", "inputs": ["x"], "outputs": ["wide a"]},
  {"id": "conv b", "inputs": ["x"], "outputs": ["wide b"]},
  {"id": "pool a", "inputs": ["wide a"], "outputs": ["a"]},
  {"id": "pool b", "inputs": ["wide b"], "outputs": ["b"]},
  {"id": "add", "inputs": ["a", "b"], "outputs": ["y"]}]}
`;

function filled(): string {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'branchy.tflite'), branchyTflite());
  writeFileSync(
    join(cwd, 'planned.tflite'),
    branchyTflite([
      ['OfflineMemoryAllocation', offlinePlan()],
      ['vela', [1]],
    ]),
  );
  writeFileSync(join(cwd, 'br.onnx'), branchyOnnx());
  writeFileSync(join(cwd, 'small.json'), SMALL);
  return cwd;
}

/** A plan in which every tensor has bytes of its own. */
function offlinePlan(): number[] {
  const offsets = Array.from({length: 14}, (_, t) => 4096 * t);
  return [...new Uint8Array(Int32Array.from([0, 1, 14, ...offsets]).buffer)];
}

test('a problem, a TensorFlow Lite and an ONNX model are written in the order found, and need what was said', () => {
  const cwd = filled();
  for (const [file, more] of [
    ['small.json', []],
    ['branchy.tflite', []],
    ['br.onnx', []],
    ['br.onnx', ['--in-place']],
  ] as const) {
    const output = `new.${file.split('.')[1]}`;
    const {status, stdout, stderr} = stowage(['order', file, '-o', output, '--json', ...more], {cwd});
    assert.equal(status, 0, stderr);
    const printed = JSON.parse(stdout);
    assert.ok(fits(ORDER, printed), ajv.errorsText(ORDER.errors));
    const {order} = printed;
    assert.ok(order.peak < order.file.peak && order.moved > 0 && !order.isFileOrder);
    const before = JSON.parse(stowage(['plan', file, '--json', ...more], {cwd}).stdout);
    const after = JSON.parse(stowage(['plan', output, '--json', ...more], {cwd}).stdout);
    assert.deepEqual([before.peak, after.peak], [order.file.peak, order.peak], file);
    if (!file.endsWith('.json'))
      assert.equal(readFileSync(join(cwd, output)).length, readFileSync(join(cwd, file)).length);
    const again = stowage(['order', output, '-o', 'same', '--json', ...more], {cwd});
    assert.equal(JSON.parse(again.stdout).order.isFileOrder, true);
    assert.deepEqual(readFileSync(join(cwd, 'same')), readFileSync(join(cwd, output)));
  }
});

test('plan --reorder plans the order found, with its object in the contract', () => {
  const cwd = filled();
  const PLAN = schemaOf('plan');
  for (const file of ['small.json', 'branchy.tflite', 'br.onnx']) {
    const plain = JSON.parse(stowage(['plan', file, '--json'], {cwd}).stdout);
    const reordered = JSON.parse(stowage(['plan', file, '--json', '--reorder'], {cwd}).stdout);
    assert.ok(fits(PLAN, reordered), ajv.errorsText(PLAN.errors));
    assert.equal(reordered.peak, reordered.order.peak);
    assert.equal(reordered.order.file.peak, plain.peak);
    assert.ok(reordered.peak < plain.peak);
  }
  const pooled = stowage(
    ['plan', 'small.json', '--reorder', '--pool', 'sram=5KiB', '--pool', 'dram', '--json'],
    {cwd},
  );
  assert.equal(JSON.parse(pooled.stdout).arenas.length, 1);
  assert.match(
    stowage(['plan', 'small.json', '--reorder'], {cwd}).stdout,
    /\norder {8}2 of 5 operators moved/,
  );
});

test('what has no order to choose is refused, with what to do', () => {
  const cwd = filled();
  const refused = (args: string[], status: number, message: RegExp) => {
    const run = stowage(args, {cwd});
    assert.equal(run.status, status, run.stdout);
    assert.match(run.stderr, message);
  };
  refused(
    ['order', join(EXAMPLES, 'five.csv')],
    2,
    /only models .* and problems of operators have an order to choose, and this is csv/,
  );
  refused(['order', join(EXAMPLES, 'resnet50.training.json.gz')], 2, /this is kineto/);
  refused(
    ['order', 'planned.tflite', '-o', 'x.tflite'],
    2,
    /plan of its own, OfflineMemoryAllocation, .*--drop-own-plan/,
  );
  refused(
    ['plan', 'planned.tflite', '--reorder'],
    2,
    /--reorder: the file has a plan of its own, .*--drop-own-plan/,
  );
  refused(
    ['plan', 'branchy.tflite', '--reorder', '-o', 'x.tflite'],
    2,
    /stowage order -o, then plan that file/,
  );
  const small = new URL('../trace/fixtures/tflite/small.tflite', import.meta.url).pathname;
  refused(['order', small], 3, /3 subgraphs, and operators are put into another order in models of one/);
});

test('a plan in a TensorFlow Lite model is for the old order: it is dropped in place, and unknown metadata are named', () => {
  const cwd = filled();
  const {status, stderr} = stowage(['order', 'planned.tflite', '-o', 'new.tflite', '--drop-own-plan'], {cwd});
  assert.equal(status, 0, stderr);
  assert.match(
    stderr,
    /OfflineMemoryAllocation in the model is for the old order: it now leaves all to the runtime/,
  );
  assert.match(stderr, /the metadata "vela" stays as it is/);
  assert.equal(
    readFileSync(join(cwd, 'new.tflite')).length,
    readFileSync(join(cwd, 'planned.tflite')).length,
  );
  const {reference} = JSON.parse(stowage(['plan', 'new.tflite', '--json'], {cwd}).stdout);
  assert.equal(reference?.peak ?? 0, 0);
});

test('the example of docs/order.md prints what it says', () => {
  const cwd = filled();
  const {stdout} = stowage(['order', 'small.json'], {cwd});
  const docs = readFileSync(new URL('../../docs/order.md', import.meta.url), 'utf8');
  assert.ok(docs.includes(SMALL), 'small.json');
  assert.ok(docs.includes(`$ stowage order small.json\n${stdout}`), stdout);
});

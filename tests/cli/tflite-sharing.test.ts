/** What commands say of a TensorFlow Lite model whose own plan has tensors share memory. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {tfliteModel} from '../trace/models.ts';
import {newFolder, stowage} from './stowage.ts';

const FIELD = fileURLToPath(new URL('../../../shared/data/field/', import.meta.url));

function folderWith(offsets: readonly number[], isVariable = false): string {
  const cwd = newFolder();
  const tensors = ['a', 'b', 'c'].map((name, k) => ({name, shape: [64], isVariable: isVariable && k === 1}));
  const operators = [0, 1].map(k => ({code: 19, inputs: [k], outputs: [k + 1]}));
  const model = tfliteModel([{tensors, inputs: [0], outputs: [2], operators}], [1, 1, 3, ...offsets]);
  writeFileSync(join(cwd, 'model.tflite'), model);
  return cwd;
}

test('plan says how many buffers share, that the file says so, and proves no more', () => {
  const cwd = folderWith([0, 0, 0]);
  const {stdout} = stowage(['plan', 'model.tflite'], {cwd});
  assert.match(stdout, /^peak {9}64 B, optimal: no plan with the same sharing can be smaller/m);
  assert.match(
    stdout,
    /^sharing {6}3 buffers in 1 group share memory, as in the file's own plan \(OfflineMemoryAllocation\): "a", "b", "c"$/m,
  );
  assert.match(stdout, /^own plan {5}64 B by OfflineMemoryAllocation, the same as this plan$/m);
  const plan = JSON.parse(stowage(['plan', 'model.tflite', '--json'], {cwd}).stdout);
  assert.deepEqual(plan.sharing, {
    source: 'OfflineMemoryAllocation',
    buffers: ['a', 'b', 'c'],
    groups: 1,
    unexplained: [],
  });
  assert.deepEqual([plan.peak, plan.reference.valid], [64, true]);
  const inspected = JSON.parse(stowage(['inspect', 'model.tflite', '--json'], {cwd}).stdout);
  assert.deepEqual([inspected.lowerBound, inspected.sharing], [64, plan.sharing]);
  const report = JSON.parse(stowage(['report', 'model.tflite', '--json'], {cwd}).stdout);
  assert.deepEqual([report.peak, report.sharing], [64, plan.sharing]);
  assert.match(report.answers[1].detail, /no plan with the same sharing.*3 buffers in 1 group/);
  assert.match(stowage(['top', 'model.tflite'], {cwd}).stderr, /3 buffers in 1 group.*each counts here/);
});

test('export keeps what shares, for every format that can', () => {
  const cwd = folderWith([0, 0, 0]);
  for (const format of ['tflite', 'tflite-c', 'c-header', 'executorch', 'webgpu', 'svg']) {
    const {stdout, status} = stowage(['export', 'model.tflite', '--format', format, '-o', 'out'], {cwd});
    assert.equal(status, 0, format);
    assert.match(stdout, /^arena {8}64 B/m, format);
    assert.match(stdout, /^sharing {6}3 buffers in 1 group/m, format);
  }
  assert.equal(stowage(['plan', 'model.tflite', '-o', 'again.tflite'], {cwd}).status, 0);
  const again = JSON.parse(stowage(['plan', 'again.tflite', '--json'], {cwd}).stdout);
  assert.deepEqual([again.peak, again.sharing.buffers], [64, ['a', 'b', 'c']]);
  const refused = stowage(['export', 'model.tflite', '--format', 'minimalloc', '-o', 'out'], {cwd});
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /"a" and "b".*nothing written.*--drop-own-plan/);
});

test('export refuses a file whose own plan is unexplained, and --drop-own-plan writes another one', () => {
  const cwd = folderWith([0, 32, 128]);
  const {stdout} = stowage(['plan', 'model.tflite'], {cwd});
  assert.match(stdout, /^peak {9}128 B, not proven: the smallest only if/m);
  assert.doesNotMatch(stdout, /optimal|no plan can/);
  assert.match(stdout, /^sharing {6}1 pair of buffers overlap in part .*"a" and "b"/m);
  for (const args of [
    ['export', 'model.tflite', '--format', 'tflite', '-o', 'out.tflite'],
    ['export', 'model.tflite', '--format', 'c-header', '-o', 'out.tflite'],
    ['plan', 'model.tflite', '-o', 'out.tflite'],
  ]) {
    const refused = stowage(args, {cwd});
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /"a" and "b".*nothing written.*--drop-own-plan/);
    assert.ok(!existsSync(join(cwd, 'out.tflite')));
    const written = stowage([...args, '--drop-own-plan'], {cwd});
    assert.equal(written.status, 0);
    rmSync(join(cwd, 'out.tflite'));
    assert.match(written.stderr, /is dropped; 2 tensors that share memory in it are apart/);
  }
});

test('export refuses to leave a variable tensor to the runtime that the own plan places', () => {
  const cwd = folderWith([0, 64, 128], true);
  const refused = stowage(['export', 'model.tflite', '--format', 'tflite', '-o', 'out.tflite'], {cwd});
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /places variable tensors \("b"\).*nothing written/);
});

test('recorded models with shared memory are planned at the size of their own plan', {
  skip: existsSync(FIELD) ? false : 'shared/data/field is absent',
}, () => {
  for (const [name, peak] of [
    ['in_place_offsets', 4096],
    ['npu_scratch_is_arena', 70_000],
  ] as const) {
    const cwd = newFolder();
    writeFileSync(join(cwd, 'model.tflite'), readFileSync(join(FIELD, `${name}.tflite`)));
    const plan = JSON.parse(stowage(['plan', 'model.tflite', '--json'], {cwd}).stdout);
    assert.deepEqual([plan.peak, plan.status, plan.reference.peak], [peak, 'optimal', peak]);
  }
});

/** Models in another order give the same bits in the runtimes, and TensorFlow Lite Micro's arena shrinks as planned. */
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {onnxWithOrder, tfliteWithOrder} from '../../bindings/artifacts.ts';
import {loadPlanner, orderOperators} from '../../bindings/index.ts';
import {importSource, openSource} from '../../bindings/trace.ts';
import {pythonWith, type RunPython} from '../python.ts';
import {lacks, type Skippable} from '../requirements.ts';
import {isStudyThere, studyFiles} from './study.ts';

const SCRIPT = fileURLToPath(new URL('run_orders.py', import.meta.url));
const planner = await loadPlanner();

/** A model of the study in the order of its file, then in the best one; with the peaks of both. */
async function both(name: 'branchy.tflite' | 'br.onnx') {
  const file = studyFiles([name]).get(name)!;
  const imported = await importSource(await openSource({name, data: Uint8Array.from(file)}));
  if (imported.kind !== 'problem') throw new Error(name);
  const {order, filePeak, plan} = orderOperators(planner, imported.operators!());
  const after =
    name === 'br.onnx' ? await onnxWithOrder(file, order) : (await tfliteWithOrder(file, order)).bytes;
  assert.equal(after.length, file.length);
  return {models: [file, after], peaks: [filePeak, plan.peak]};
}

async function compared(
  runtime: string,
  run: RunPython,
  models: readonly Uint8Array[],
): Promise<{equal: boolean; arenas: number[]; ran: boolean[]}> {
  const folder = mkdtempSync(join(tmpdir(), 'stowage-orders-'));
  try {
    const paths = models.map((_, k) => join(folder, `${k}.model`));
    models.forEach((model, k) => {
      writeFileSync(paths[k]!, model);
    });
    return JSON.parse(
      run([SCRIPT, runtime, ...paths])
        .trim()
        .split('\n')
        .at(-1)!,
    );
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

function isThere(t: Skippable): boolean {
  if (isStudyThere()) return true;
  lacks(t, 'shared', 'the models beside the repository are not there: ../shared/reference/order');
  return false;
}

test('TensorFlow Lite Micro gives the same bits in the best order, in an arena that shrinks as planned', async t => {
  if (!isThere(t)) return;
  const run = pythonWith(t, 'tflite-micro', 'tflite_micro.python.tflite_micro.runtime');
  if (!run) return;
  const {models, peaks} = await both('branchy.tflite');
  assert.deepEqual(peaks, [188_416, 53_248]);
  const {equal, arenas} = await compared('tflite-micro', run, models);
  t.diagnostic(`smallest arenas: ${arenas.join(' and ')} bytes`);
  assert.equal(equal, true);
  assert.ok(arenas[1]! <= 59_728, `${arenas}`);
  // what else is in the arena does not depend on the order
  assert.ok(Math.abs(arenas[0]! - arenas[1]! - (peaks[0]! - peaks[1]!)) <= 16 * 1024, `${arenas}`);
});

test('LiteRT gives the same bits in the best order', async t => {
  if (!isThere(t)) return;
  const run = pythonWith(t, 'ai-edge-litert', 'ai_edge_litert.interpreter');
  if (!run) return;
  const {models} = await both('branchy.tflite');
  assert.equal((await compared('ai-edge-litert', run, models)).equal, true);
});

test('ONNX Runtime gives the same bits in the best order, and runs the order of the file under PRIORITY_BASED', async t => {
  if (!isThere(t)) return;
  const run = pythonWith(t, 'onnxruntime', 'onnxruntime');
  if (!run) return;
  const {models, peaks} = await both('br.onnx');
  assert.deepEqual(peaks, [13_369_344, 2_627_584]);
  const {equal, ran} = await compared('onnxruntime', run, models);
  assert.deepEqual([equal, ran], [true, [true, true]]);
});

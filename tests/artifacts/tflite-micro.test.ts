/** Models with a plan inside, run by the TensorFlow Lite Micro that its makers publish for Python. */
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {
  checkedPlan,
  openTfliteModel,
  runtimeArenaBytes,
  type Scratch,
  tensorOffsets,
  tfliteWithPlan,
} from '../../bindings/artifacts.ts';
import {loadPlannerSync} from '../../bindings/index.ts';
import {newFolder} from '../cli/stowage.ts';
import {pythonWith} from '../python.ts';
import {lacks} from '../requirements.ts';
import {tfliteGraph} from '../trace/tflite-graphs.ts';

const SCRIPT = fileURLToPath(new URL('run_models.py', import.meta.url));
const MODELS = fileURLToPath(new URL('../../../shared/data/models/tflite/', import.meta.url));

interface Side {
  readonly outputs: readonly string[];
  /** Bytes of the arena's head. */
  readonly head: number;
  /** Bytes of the smallest arena in which the model runs. */
  readonly arena: number;
}
type Results = Readonly<Record<string, {before: Side; after: Side; isSameModel: boolean}>>;

/** Bytes by which the plan is moved up in a model of each run, to see that the runtime follows it. */
const SHIFT = 4096;

interface Prepared {
  /** Bytes that the tensors take by the plan, and by our simulation of the runtime's planner. */
  readonly planned: number;
  readonly simulated: number;
}

/** Memory that kernels of the published runtime ask for, where the plan would else leave no room: an FFT over 512. */
const SCRATCH: Readonly<Record<string, readonly Scratch[]>> = {
  audio_preprocessor_int8: [{operator: 3, bytes: 1024}],
};

/** Writes a model before and after. */
async function prepare(folder: string, name: string, bytes: Uint8Array, shift = 0): Promise<Prepared> {
  const planner = loadPlannerSync();
  const file = await openTfliteModel(bytes, {scratch: SCRATCH[name] ?? []});
  const offsets = planner.plan(file.problem).offsets.map(offset => offset + shift);
  const plan = checkedPlan(planner, file.problem, {offsets});
  writeFileSync(join(folder, `${name}.before.tflite`), bytes);
  writeFileSync(join(folder, `${name}.after.tflite`), tfliteWithPlan(file, plan));
  return {planned: tensorOffsets(file, plan).arenaBytes, simulated: runtimeArenaBytes(file)};
}

test('TensorFlow Lite Micro follows the plan in seeded models: same outputs, no larger an arena', async context => {
  const python = pythonWith(context, 'tflite-micro', 'tflite_micro');
  if (!python) return;
  const folder = newFolder();
  const prepared: Record<string, Prepared> = {};
  for (let seed = 1; seed <= 20; seed++)
    prepared[`seed${seed}`] = await prepare(folder, `seed${seed}`, tfliteGraph(10 + seed, seed));
  const shifted = await prepare(folder, 'shifted', tfliteGraph(12, 3), SHIFT);
  const results = runAll(python([SCRIPT, folder, ...Object.keys(prepared), 'shifted']));
  for (const [name, {planned, simulated}] of Object.entries(prepared)) {
    const {before, after, isSameModel} = results[name]!;
    assert.ok(isSameModel, name);
    assert.deepEqual(after.outputs, before.outputs, name);
    // these kernels ask for no scratch memory, so the head is what the tensors take
    assert.equal(before.head, simulated, `${name}: the runtime's own planner, simulated`);
    assert.equal(after.head, planned, name);
    assert.ok(planned <= simulated, name);
    assert.ok(after.arena <= before.arena, `${name}: ${after.arena} bytes, ${before.arena} without the plan`);
  }
  assert.ok(Object.values(prepared).some(({planned, simulated}) => planned < simulated));
  assert.equal(results.shifted!.after.head, shifted.planned);
  assert.ok(results.shifted!.after.head >= SHIFT);
  assert.deepEqual(results.shifted!.after.outputs, results.shifted!.before.outputs);
});

test('TensorFlow Lite Micro runs the models of the collection with their plans: same outputs, no larger an arena', async context => {
  if (!existsSync(MODELS)) return lacks(context, 'shared');
  const python = pythonWith(context, 'tflite-micro', 'tflite_micro');
  if (!python) return;
  const folder = newFolder();
  const names = readdirSync(MODELS)
    .filter(name => name.endsWith('.tflite'))
    .map(name => name.slice(0, -'.tflite'.length));
  const prepared: Record<string, Prepared> = {};
  for (const name of names)
    prepared[name] = await prepare(folder, name, readFileSync(join(MODELS, `${name}.tflite`)));
  const results = runAll(python([SCRIPT, folder, ...names]));
  for (const name of names) {
    const {before, after, isSameModel} = results[name]!;
    const {planned, simulated} = prepared[name]!;
    context.diagnostic(
      `${name}: tensors ${planned} B planned, ${simulated} B simulated; head ${after.head} B, ${before.head} B without the plan; arena ${after.arena} B, ${before.arena} B`,
    );
    assert.ok(isSameModel, name);
    assert.deepEqual(after.outputs, before.outputs, name);
    assert.ok(after.head >= planned && before.head >= simulated, name);
    assert.ok(after.arena <= before.arena, `${name}: ${after.arena} bytes, ${before.arena} without the plan`);
  }
});

function runAll(printed: string): Results {
  return JSON.parse(printed.trim().split('\n').at(-1)!) as Results;
}

/** Plans inside TensorFlow Lite models, read back by the library of the format alone. */
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {test} from 'node:test';
import {
  checkedPlan,
  openTfliteModel,
  runtimeArenaBytes,
  type TfliteModelFile,
  tensorOffsets,
  tfliteWithPlan,
} from '../../bindings/artifacts.ts';
import {loadPlannerSync, UsageError} from '../../bindings/index.ts';
import {importFile} from '../../bindings/trace.ts';
import {fixture, sharedData} from '../trace/inputs.ts';
import {smallTflite, tfliteModel} from '../trace/models.ts';
import {tfliteGraph} from '../trace/tflite-graphs.ts';
import {dataOf, planIn, type ReadModel, readModel, textOf} from './tflite-reader.ts';

const planner = loadPlannerSync();

/** A model with the plan that stowage makes of it. */
async function planned(bytes: Uint8Array, shift = 0): Promise<{file: TfliteModelFile; bytes: Uint8Array}> {
  const file = await openTfliteModel(bytes);
  const {offsets} = planner.plan(file.problem, {nodeLimit: 10_000});
  const plan = checkedPlan(planner, file.problem, {offsets: offsets.map(offset => offset + shift)});
  return {file, bytes: tfliteWithPlan(file, plan)};
}

/** A reader sees the same in both files, and every byte of the old file is in the new one. */
function assertUntouched(before: ReadModel, after: ReadModel): void {
  const old = before.buffer.bytes();
  const shift = after.buffers[0]! - before.buffers[0]!;
  assert.ok(shift >= 0 && shift % 16 === 0, `moved by ${shift}`);
  const kept = after.buffer.bytes().slice(shift, shift + old.length);
  if (shift > 0) assert.deepEqual(Buffer.from(kept), Buffer.from(old));
  assert.equal(after.identifier, 'TFL3');
  for (const [field, at] of before.fields.entries()) {
    if (field === 4 || field === 6) continue;
    assert.equal(after.fields[field], at === 0 ? 0 : at + shift, `field ${field}`);
  }
  const others = (model: ReadModel) => model.metadata.filter(({name}) => name !== 'OfflineMemoryAllocation');
  assert.deepEqual(
    others(after),
    others(before).map(entry => ({...entry, at: entry.at + shift})),
  );
  assert.deepEqual(
    after.buffers.slice(0, before.buffers.length),
    before.buffers.map(at => at + shift),
  );
}

/** Offsets of the file's plan, by buffer of the problem; those of all other tensors are −1 or 0. */
function offsetsIn(file: TfliteModelFile, bytes: Uint8Array): number[] {
  const model = readModel(bytes);
  const {version, subgraphs, offsets, first} = planIn(model);
  assert.deepEqual([version, subgraphs], [0, file.opened.model.subgraphs.length]);
  assert.equal(offsets.length, model.numTensors);
  assert.equal(first % 4, 0);
  const mine = new Set(file.tensors);
  for (const [tensor, offset] of offsets.entries()) if (!mine.has(tensor)) assert.ok(offset <= 0);
  return [...file.tensors].map(tensor => offsets[tensor]!);
}

const METADATA = [
  ['min_runtime_version', [49, 46, 53]],
  ['OfflineMemoryAllocationX', [1]],
] as const;

test('a plan is written into models of every shape, and everything else in them stays', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const before = tfliteGraph(3 + seed, seed, {
      metadata: seed % 3 === 0 ? null : METADATA.slice(0, seed % 3),
      hasUnknownFields: seed % 2 === 0,
    });
    const {file, bytes} = await planned(before);
    const after = readModel(bytes);
    assertUntouched(readModel(before), after);
    assert.equal(planIn(after).first % 16, 0, 'the payload is aligned as buffers are');
    assert.deepEqual(planner.verify(file.problem, {offsets: offsetsIn(file, bytes)}), []);
    if (seed % 2 === 0) {
      assert.deepEqual(
        [after.buffer.readInt32(after.fields[11]!), after.buffer.readInt8(after.fields[12]!)],
        [8, 77],
      );
      assert.equal(textOf(after.buffer, after.root, 13), 'from the future');
    }
  }
});

test('writing again replaces the plan in its place', async () => {
  const before = tfliteGraph(20, 5, {metadata: METADATA});
  const once = (await planned(before)).bytes;
  const {file, bytes: twice} = await planned(once, 160);
  assert.equal(twice.length, once.length);
  const {first, offsets} = planIn(readModel(twice));
  const differing = [...twice.keys()].filter(at => twice[at] !== once[at]);
  assert.ok(differing.every(at => at >= first + 12 && at < first + 12 + 4 * offsets.length));
  assert.ok(Math.min(...offsetsIn(file, twice)) >= 160);
  assert.deepEqual(Buffer.from((await planned(twice)).bytes), Buffer.from(once));
});

test('a plan of another length, one of two, and one whose buffer is used elsewhere too give way to a new one', async () => {
  const stale = [...new Uint8Array(Int32Array.of(0, 1, 1, -1).buffer)];
  const {numTensors} = await openTfliteModel(tfliteGraph(6, 8));
  const sound = [...new Uint8Array(Int32Array.of(0, 1, numTensors, ...Array(numTensors).fill(-1)).buffer)];
  for (const metadata of [
    [['OfflineMemoryAllocation', stale]],
    [['OfflineMemoryAllocation', sound], METADATA[0], ['OfflineMemoryAllocation', sound]],
  ] as const) {
    const before = tfliteGraph(6, 8, {metadata});
    const {file, bytes} = await planned(before);
    assertUntouched(readModel(before), readModel(bytes));
    assert.equal(readModel(bytes).buffers.length, readModel(before).buffers.length + 1);
    assert.deepEqual(planner.verify(file.problem, {offsets: offsetsIn(file, bytes)}), []);
  }
});

test('WHILE, a variable, a constant, an open dimension and a text: only tensors in the memory of the plan get an offset', async () => {
  const {file, bytes} = await planned(smallTflite());
  const {offsets} = planIn(readModel(bytes));
  const names = file.opened.model.subgraphs.flatMap(({tensors}) => tensors.map(({name}) => name));
  for (const name of ['weights', 'memory', 'text']) assert.equal(offsets[names.indexOf(name)], -1, name);
  assert.deepEqual(planner.verify(file.problem, {offsets: offsetsIn(file, bytes)}), []);
  const imported = await importFile({name: 'planned', data: bytes});
  assert.ok(imported.kind === 'problem');
  assert.equal(imported.reference!.name, 'OfflineMemoryAllocation');
  assert.deepEqual([...imported.reference!.offsets], offsetsIn(file, bytes));
});

test('a plan of another model, one off the 16 bytes, one beyond 2^31 and one in two arenas are refused', async () => {
  const file = await openTfliteModel(fixture('tflite/small.tflite'), {dropOwnPlan: true});
  const other = await openTfliteModel(tfliteGraph(4, 2));
  const {offsets} = planner.plan(file.problem);
  const plan = (moved: (offset: number) => number) =>
    checkedPlan(planner, file.problem, {offsets: offsets.map(moved)}, {alignment: 1});
  const unaligned = {...file.problem, defaultAlignment: 1};
  assert.throws(
    () =>
      tfliteWithPlan(
        other,
        plan(offset => offset),
      ),
    /not one of this model/,
  );
  const shifted = checkedPlan(planner, unaligned, {offsets: offsets.map(offset => offset + 8)});
  assert.throws(() => tfliteWithPlan(file, shifted), /no multiple of 16 bytes/);
  assert.throws(
    () =>
      tfliteWithPlan(
        file,
        plan(offset => offset + 2 ** 31),
      ),
    /beyond 2\^31 - 1/,
  );
  const pools = checkedPlan(planner, file.problem, {
    offsets: planner.plan(file.problem, {algorithm: 'naive'}).offsets,
    arenaOf: Array.from(offsets, (_, i) => i % 2),
    arenas: [{name: 'sram'}, {name: 'psram'}],
  });
  assert.throws(() => tfliteWithPlan(file, pools), /one arena, and the plan has 2/);
});

test('no artifact is made of offsets that break a rule', async () => {
  const file = await openTfliteModel(tfliteGraph(4, 2));
  const zeros = new Float64Array(file.problem.count);
  assert.throws(() => checkedPlan(planner, file.problem, {offsets: zeros}), UsageError);
  assert.throws(
    () => checkedPlan(planner, file.problem, {offsets: zeros}),
    /does not hold: overlap: buffer "t0"/,
  );
  assert.throws(
    () => checkedPlan(planner, file.problem, {offsets: [0]}),
    /offsets: expected 7 entries, got 1/,
  );
});

test('a file whose root is too far for its new beginning is refused', async () => {
  const tensors = [{name: 'x', shape: [4], type: 0}];
  const operators = [{code: 19, inputs: [0], outputs: [0]}];
  const metadata = Array.from({length: 17_000}, (_, k) => [`m${k}`, [1]] as const);
  const bytes = tfliteModel([{tensors, inputs: [0], outputs: [0], operators}], undefined, {metadata});
  await assert.rejects(planned(bytes), /do not fit before the root of the file/);
});

test("TensorFlow Lite Micro's planner places the largest first, the last of equals, in the lowest gap", async () => {
  const tensor = (elements: number, k: number) => ({name: `t${k}`, shape: [elements]});
  // a, b → c; c → d; b, d → e: by hand, bytes: e 64 at 0, a 48 at 0, c 48 at 48 …
  const tensors = [48, 20, 48, 16, 64].map(tensor);
  const operators = [
    {code: 0, inputs: [0, 1], outputs: [2]},
    {code: 19, inputs: [2], outputs: [3]},
    {code: 0, inputs: [1, 3], outputs: [4]},
  ];
  const file = await openTfliteModel(tfliteModel([{tensors, inputs: [0, 1], outputs: [4], operators}]));
  // e [3,3] 64 at 0; c [1,2] 48 at 0; a [0,1] 48 at 48; b [0,3] 32 at 96; d [2,3] 16 at 64
  assert.equal(runtimeArenaBytes(file), 128);
  const plan = checkedPlan(planner, file.problem, planner.plan(file.problem));
  assert.equal(tensorOffsets(file, plan).arenaBytes, 128);
});

test('an unused tensor counts for the arena, at 0', async () => {
  const tensors = [8, 8, 5000].map((elements, k) => ({name: `t${k}`, shape: [elements]}));
  const operators = [{code: 19, inputs: [0], outputs: [1]}];
  const {file, bytes} = await planned(tfliteModel([{tensors, inputs: [0], outputs: [1], operators}]));
  assert.equal(planIn(readModel(bytes)).offsets[2], 0);
  const plan = checkedPlan(planner, file.problem, planner.plan(file.problem));
  assert.equal(tensorOffsets(file, plan).arenaBytes, 5008);
  assert.equal(runtimeArenaBytes(file), 5008);
});

test('every model of the collection is planned, written and read back', async context => {
  const folder = new URL('../../../shared/data/models/tflite/', import.meta.url);
  if (!sharedData(context, 'models/tflite/conv10.tflite')) return;
  const names = readdirSync(folder).filter(name => name.endsWith('.tflite'));
  assert.ok(names.length >= 7);
  for (const name of names) {
    const before = sharedData(context, `models/tflite/${name}`)!;
    const {file, bytes} = await planned(before);
    assertUntouched(readModel(before), readModel(bytes));
    assert.deepEqual(planner.verify(file.problem, {offsets: offsetsIn(file, bytes)}), [], name);
    const model = readModel(bytes);
    for (const index of readModel(before).buffers.keys())
      assert.equal(dataOf(model, index).bytes.length, dataOf(readModel(before), index).bytes.length, name);
  }
});

/** Tensors that share memory in a TensorFlow Lite model's own plan: in place, views, scratch, corrupt plans. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {loadPlanner} from '../../bindings/index.ts';
import {type ImportedProblem, importFile} from '../../bindings/trace.ts';
import {type TfliteOperatorParts, type TfliteTensorParts, tfliteModel} from './models.ts';

const RELU = 19;
const RESHAPE = 22;
const ADD = 0;
const CONCATENATION = 2;

const planner = await loadPlanner();

async function read(
  sizes: readonly number[],
  operators: readonly TfliteOperatorParts[],
  offsets: readonly number[],
  {inputs = [0], outputs = [sizes.length - 1], dropOwnPlan = false} = {},
): Promise<ImportedProblem> {
  const tensors = sizes.map((size, k): TfliteTensorParts => ({name: `t${k}`, shape: [size]}));
  const data = tfliteModel([{tensors, inputs, outputs, operators}], [1, 1, offsets.length, ...offsets]);
  const imported = await importFile({name: 'model.tflite', data}, {dropOwnPlan});
  assert.equal(imported.kind, 'problem');
  return imported as ImportedProblem;
}

const chainOf = (count: number, code = RELU): TfliteOperatorParts[] =>
  Array.from({length: count}, (_, k) => ({code, inputs: [k], outputs: [k + 1]}));

const peakOf = ({problem}: ImportedProblem) => {
  const plan = planner.plan(problem);
  assert.deepEqual(planner.verify(problem, plan), []);
  assert.equal(plan.peak, plan.lowerBound);
  return plan.peak;
};

test('a chain in place shares one offset, and is planned in it', async () => {
  const imported = await read([64, 64, 64, 64], chainOf(3), [32, 32, 32, 32]);
  assert.deepEqual(imported.sharing, {
    name: 'OfflineMemoryAllocation',
    buffers: [0, 1, 2, 3],
    groups: 1,
    unexplained: [],
  });
  assert.deepEqual(imported.problem.constraints, {share: [[0, 1, 2, 3]]});
  assert.equal(peakOf(imported), 64);
  assert.deepEqual(
    planner.verify(imported.problem, {offsets: imported.reference!.offsets}),
    [],
    'the own plan is valid',
  );
});

test('sharing may be of different sizes: outputs within an input, inputs within an output', async () => {
  const joined = await read(
    [48, 80, 128],
    [{code: CONCATENATION, inputs: [0, 1], outputs: [2]}],
    [0, 48, 0],
    {inputs: [0, 1]},
  );
  assert.deepEqual(joined.sharing!.buffers, [0, 1, 2]);
  assert.deepEqual(joined.problem.constraints, {share: [[0, 2]], views: [{buffer: 1, of: 2, offset: 48}]});
  assert.equal(peakOf(joined), 128);
  const odd = await read([40, 80, 128], [{code: CONCATENATION, inputs: [0, 1], outputs: [2]}], [0, 40, 0], {
    inputs: [0, 1],
  });
  assert.deepEqual(planner.verify(odd.problem, {offsets: odd.reference!.offsets}), []);
  assert.equal(peakOf(odd), 128);
});

test('a view that outlives nothing is kept, and one of a tensor that is needed later is warned of', async () => {
  const later: TfliteOperatorParts[] = [
    {code: RESHAPE, inputs: [0], outputs: [1]},
    {code: RELU, inputs: [1], outputs: [2]},
    {code: ADD, inputs: [0, 2], outputs: [3]},
  ];
  const reshaped = await read([64, 64, 64, 64], later, [0, 0, 64, 0]);
  assert.deepEqual(reshaped.sharing!.buffers, [0, 1, 3]);
  assert.ok(!reshaped.warnings.some(text => /written over/.test(text)));
  assert.equal(peakOf(reshaped), 128);
  const changed = await read(
    [64, 64, 64, 64],
    [{...later[0]!, code: RELU}, ...later.slice(1)],
    [0, 0, 64, 0],
  );
  assert.ok(changed.warnings.some(text => /1 tensor written over .* "t1" \(RELU\) over "t0"/.test(text)));
});

test('bytes that are used again after a lifetime are no sharing', async () => {
  const apart = await read([64, 64, 64], chainOf(2), [0, 64, 0]);
  assert.equal(apart.sharing, undefined);
  assert.equal(apart.problem.constraints, undefined);
  assert.equal(peakOf(apart), 128);
  const both = await read([64, 64, 32, 64], chainOf(3), [0, 0, 64, 0]);
  assert.deepEqual(both.sharing!.buffers, [0, 1]);
  assert.equal(peakOf(both), 96);
});

test('scratch that is the arena holds all the others at their distances', async () => {
  // input, output, scratch; the operator alone uses the scratch
  const operators = [{code: RELU, inputs: [0, 2], outputs: [1]}];
  const imported = await read([200, 100, 1000], operators, [128, 256, 0], {outputs: [1]});
  assert.deepEqual(imported.sharing, {
    name: 'OfflineMemoryAllocation',
    buffers: [0, 1, 2],
    groups: 1,
    unexplained: [],
  });
  assert.equal(peakOf(imported), 1000);
});

test('tensors that overlap in part are unexplained and apart, with all that share with them', async () => {
  const imported = await read([64, 64, 64], chainOf(2), [0, 32, 32]);
  assert.deepEqual(imported.sharing!.unexplained, [[0, 1]]);
  assert.deepEqual(imported.sharing!.buffers, []);
  assert.equal(imported.problem.constraints, undefined);
  assert.equal(peakOf(imported), 128);
});

test('tensors without an offset are free, and do not move those that share', async () => {
  const imported = await read([64, 64, 64], chainOf(2), [0, 0, -1]);
  assert.deepEqual(imported.sharing!.buffers, [0, 1]);
  assert.equal(peakOf(imported), 128);
  const odd = await read([64, 64, 64], chainOf(2), [0, 0, -7]);
  assert.ok(odd.warnings.some(text => /offset of tensor 2 \("t2"\) is -7/.test(text)));
});

test('the plan in the file can be dropped, which is said', async () => {
  const imported = await read([64, 64, 64], chainOf(2), [0, 0, 0], {dropOwnPlan: true});
  assert.equal(imported.sharing, undefined);
  assert.equal(imported.reference, undefined);
  assert.equal(peakOf(imported), 128);
  assert.ok(
    imported.warnings.includes(
      'OfflineMemoryAllocation is dropped; 3 tensors that share memory in it are apart',
    ),
  );
  await assert.rejects(
    importFile(
      {name: 'five.csv', data: new TextEncoder().encode('id,lower,upper,size\na,0,1,4\n')},
      {dropOwnPlan: true},
    ),
    /dropOwnPlan: only the plan in a TensorFlow Lite model/,
  );
});

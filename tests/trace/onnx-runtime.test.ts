/** Quantized weights and model-local functions of ONNX models. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {type ImportedProblem, type ImportOptions, importFile} from '../../bindings/trace.ts';
import {FLOAT, node, type OnnxParts, onnxFunction, onnxModel, tensor, value} from './models.ts';

const INT8 = 3;
const INT32 = 6;

async function read(parts: OnnxParts, options: ImportOptions = {}): Promise<ImportedProblem> {
  const imported = await importFile({name: 'model.onnx', data: onnxModel(parts)}, options);
  assert.equal(imported.kind, 'problem');
  return imported as ImportedProblem;
}

const sizesOf = ({problem}: ImportedProblem) =>
  Object.fromEntries(problem.ids!.map((id, i) => [id, problem.size[i]]));

const quantized = (type: number): OnnxParts => ({
  nodes: [node('DequantizeLinear', ['wq', 's'], ['w']), node('MatMul', ['x', 'w'], ['y'])],
  inputs: [value('x', FLOAT, [2, 16])],
  outputs: [value('y', FLOAT, [2, 32])],
  weights: [tensor('wq', type, [16, 32]), tensor('s', FLOAT, [])],
});

test('DequantizeLinear of weights is kept, and the weights stay as small as they are', async () => {
  for (const [type, bytes] of [
    [INT8, 512],
    [21, 256],
    [22, 256],
    [23, 256],
    [17, 512],
    [24, 512],
    [25, 128],
    [26, 128],
  ] as const) {
    const kept = await read(quantized(type));
    assert.equal(kept.weightBytes, bytes + 4, `type ${type}`);
    assert.deepEqual(sizesOf(kept), {x: 128, w: 2048, y: 256});
    assert.ok(kept.warnings.some(text => /1 × DequantizeLinear of constants: kept.* 2048 bytes/.test(text)));
    const folded = await read(quantized(type), {runtime: 'folding'});
    assert.equal(folded.weightBytes, 2048);
    assert.deepEqual(sizesOf(folded), {x: 128, y: 256});
  }
});

test('small integers that are dequantized are not taken for their values', async () => {
  const {weightBytes} = await read({
    nodes: [node('DequantizeLinear', ['bq', 's'], ['b']), node('Add', ['x', 'b'], ['y'])],
    inputs: [value('x', FLOAT, [4])],
    outputs: [value('y', FLOAT, [4])],
    weights: [tensor('bq', INT32, [4], [], new Uint8Array(16)), tensor('s', FLOAT, [])],
  });
  assert.equal(weightBytes, 20);
});

test('QuantizeLinear of constants, and what is dequantized to be quantized again, are folded', async () => {
  const imported = await read({
    nodes: [
      node('QuantizeLinear', ['wf', 's', 'z'], ['wq']),
      node('DequantizeLinear', ['wq', 's', 'z'], ['w']),
      node('Transpose', ['w'], ['t']),
      node('QuantizeLinear', ['t', 's', 'z'], ['tq']),
      node('DequantizeLinear', ['tq', 's', 'z'], ['td']),
      node('MatMul', ['x', 'td'], ['y']),
    ],
    inputs: [value('x', FLOAT, [2, 16])],
    outputs: [value('y', FLOAT, [2, 32])],
    weights: [tensor('wf', FLOAT, [32, 16]), tensor('s', FLOAT, []), tensor('z', INT8, [])],
  });
  assert.equal(imported.weightBytes, 512 + 4 + 1);
  assert.deepEqual(sizesOf(imported), {x: 128, td: 2048, y: 256});
});

const HIDDEN = onnxFunction(
  'Hidden',
  ['a'],
  ['b'],
  [
    node('Concat', ['a', 'a'], ['c'], {axis: {reference: 'where'}}),
    node('Relu', ['c'], ['d']),
    node('Constant', [], ['i'], {value_int: 0}),
    node('Gather', ['d', 'i'], ['b'], {axis: 0}),
  ],
  {where: 0},
);
const CALLING = {
  inputs: [value('x', FLOAT, [4, 8])],
  outputs: [value('y', FLOAT, [null, null])],
};

test('calls of functions of the model are their operators, also functions of functions', async () => {
  const outer = onnxFunction(
    'Outer',
    ['p'],
    ['q'],
    [node('Hidden', ['p'], ['r'], {}, 'local'), node('Relu', ['r'], ['q'])],
  );
  const imported = await read({
    nodes: [node('Outer', ['x'], ['m'], {}, 'local'), node('Relu', ['m'], ['y'])],
    ...CALLING,
    functions: [HIDDEN, outer],
  });
  assert.deepEqual(Object.values(sizesOf(imported)), [128, 256, 256, 32, 32, 32]);
  assert.ok(imported.warnings.includes('2 × a call of a function of the model: inlined'));
  const given = await read({
    nodes: [node('Hidden', ['x'], ['y'], {where: 1}, 'local')],
    ...CALLING,
    functions: [HIDDEN],
  });
  assert.deepEqual(Object.values(sizesOf(given)), [128, 256, 256, 64], 'the attribute of the call');
});

test('two calls of a function have values of their own; functions that call themselves are refused', async () => {
  const imported = await read({
    nodes: [node('Hidden', ['x'], ['m'], {where: 1}, 'local'), node('Hidden', ['x'], ['y'], {}, 'local')],
    ...CALLING,
    functions: [HIDDEN],
  });
  assert.equal(new Set(imported.problem.ids).size, imported.problem.count);
  const turning = onnxFunction('Turn', ['p'], ['q'], [node('Turn', ['p'], ['q'], {}, 'local')]);
  await assert.rejects(
    read({nodes: [node('Turn', ['x'], ['y'], {}, 'local')], ...CALLING, functions: [turning]}),
    /the function local\.Turn calls itself/,
  );
});

test('If, Loop and Scan are refused by name, also within a function', async () => {
  for (const operator of ['If', 'Loop', 'Scan']) {
    const branching = node(operator, ['p'], ['q'], {body: {graph: true}});
    const inner = onnxFunction('Inner', ['p'], ['q'], [branching]);
    const called = {nodes: [node('Inner', ['x'], ['y'], {}, 'local')], ...CALLING, functions: [inner]};
    await assert.rejects(read(called), new RegExp(`${operator} .* has a graph of its own`));
  }
});

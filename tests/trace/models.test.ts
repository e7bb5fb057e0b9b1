/** Models as problems: what the fixtures do not show. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  ImportError,
  type ImportedProblem,
  type ImportOptions,
  importFile,
  UsageError,
} from '../../bindings/trace.ts';
import {loadOf} from './check.ts';
import {fixture} from './inputs.ts';
import {
  type Dimension,
  FLOAT,
  INT64,
  node,
  onnxModel,
  smallOnnx,
  smallTflite,
  type TfliteSubgraphParts,
  tensor,
  tfliteModel,
  value,
} from './models.ts';

async function importModel(data: Uint8Array, options: ImportOptions = {}): Promise<ImportedProblem> {
  const imported = await importFile({name: 'model', data}, options);
  assert.ok(imported.kind === 'problem');
  return imported;
}

function sizesOf({problem}: ImportedProblem): Record<string, number> {
  return Object.fromEntries(problem.ids!.map((id, i) => [id, problem.size[i]!]));
}

test('the binary fixtures are current: their builders write the same', () => {
  assert.deepEqual(Buffer.from(fixture('onnx/small.onnx')), Buffer.from(smallOnnx()));
  assert.deepEqual(Buffer.from(fixture('tflite/small.tflite')), Buffer.from(smallTflite()));
});

test('a symbolic dimension is given by name, and only by one that the model has', async () => {
  const model = smallOnnx('batch');
  await assert.rejects(importModel(model), (error: unknown) => {
    assert.ok(error instanceof ImportError);
    assert.match(
      error.message,
      /the input "x" is not known: it depends on batch; give a size, e\.g\. --dim batch=1/,
    );
    return true;
  });
  const [two, four] = [
    await importModel(model, {dims: {batch: 2}}),
    await importModel(model, {dims: {batch: 4}}),
  ];
  assert.deepEqual(two.problem, (await importModel(smallOnnx(2))).problem);
  assert.equal(loadOf(four.problem), 2 * loadOf(two.problem));
  for (const [dims, message] of [
    [{batch: 2, seq: 3}, /expected one of batch, got seq/],
    [{batch: 1.5}, /dims\.batch: expected an integer from 0, got 1\.5/],
    [{toString: 1}, /expected one of batch, got toString/],
  ] as const) {
    await assert.rejects(importModel(model, {dims}), (error: unknown) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(importModel(fixture('csv/windows.csv'), {dims: {batch: 2}}), UsageError);
});

/** The shape that one operator makes of `x`, as bytes of its float output, or the message of the error. */
async function outputOf(
  operator: string,
  shape: readonly Dimension[],
  {
    attributes = {},
    lists = [],
    others = [],
  }: {
    attributes?: Parameters<typeof node>[3];
    /** Integers given as further inputs. */
    lists?: readonly (readonly number[])[];
    /** Shapes of further weights. */
    others?: readonly (readonly number[])[];
  } = {},
  outputs: readonly string[] = ['y'],
): Promise<number[] | string> {
  const weights = [
    ...others.map((other, i) => tensor(`w${i}`, FLOAT, other)),
    ...lists.map((list, i) => tensor(`l${i}`, INT64, [list.length], list)),
  ];
  const inputs = ['x', ...others.map((_, i) => `w${i}`), ...lists.map((_, i) => `l${i}`)];
  const model = onnxModel({
    nodes: [node(operator, inputs, outputs, attributes)],
    inputs: [value('x', FLOAT, shape)],
    outputs: outputs.map(name => value(name, FLOAT, [null])),
    weights,
  });
  try {
    const sizes = sizesOf(await importModel(model));
    return outputs.map(name => sizes[name]! / 4);
  } catch (error) {
    assert.ok(error instanceof ImportError, String(error));
    return error.message;
  }
}

test('shapes of common operators are inferred', async () => {
  const cases: [Promise<number[] | string>, number[]][] = [
    [
      outputOf('Conv', [1, 3, 224, 224], {
        others: [[64, 3, 7, 7]],
        attributes: {strides: [2, 2], pads: [3, 3, 3, 3]},
      }),
      [64 * 112 * 112],
    ],
    [
      outputOf('Conv', [1, 3, 9, 9], {
        others: [[8, 3, 3, 3]],
        attributes: {auto_pad: 'SAME_UPPER', strides: [2, 2]},
      }),
      [8 * 25],
    ],
    [outputOf('Conv', [1, 3, 9, 9], {others: [[8, 3, 3, 3]], attributes: {dilations: [2, 2]}}), [8 * 25]],
    [
      outputOf('ConvTranspose', [1, 8, 5, 5], {
        others: [[8, 4, 3, 3]],
        attributes: {strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1]},
      }),
      [4 * 100],
    ],
    [outputOf('MaxPool', [1, 8, 6, 6], {attributes: {kernel_shape: [3, 3], strides: [2, 2]}}), [8 * 4]],
    [
      outputOf('MaxPool', [1, 8, 6, 6], {attributes: {kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1}}),
      [8 * 9],
    ],
    [outputOf('GlobalAveragePool', [2, 8, 6, 6]), [16]],
    [outputOf('Gemm', [2, 8], {others: [[5, 8]], attributes: {transB: 1}}), [10]],
    [outputOf('MatMul', [7, 2, 8], {others: [[8, 3]]}), [42]],
    [outputOf('MatMul', [8], {others: [[5, 8, 3]]}), [15]],
    [outputOf('Add', [4, 1, 3], {others: [[5, 1]]}), [60]],
    [outputOf('Flatten', [2, 3, 4], {attributes: {axis: 2}}), [24]],
    [outputOf('Transpose', [2, 3, 4]), [24]],
    [outputOf('Concat', [2, 3], {others: [[2, 5]], attributes: {axis: -1}}), [16]],
    [outputOf('Split', [2, 7], {attributes: {axis: 1}}, ['a', 'b']), [8, 6]],
    [outputOf('Split', [2, 7], {attributes: {axis: 1}, lists: [[1, 6]]}, ['a', 'b']), [2, 12]],
    [outputOf('Slice', [9, 5], {lists: [[-3], [100], [0]]}), [15]],
    [outputOf('Slice', [9], {lists: [[-1], [-100], [0], [-2]]}), [5]],
    [outputOf('Gather', [9, 5], {lists: [[0, 3, 3]]}), [15]],
    [outputOf('Squeeze', [1, 5, 1], {lists: [[0]]}), [5]],
    [outputOf('Unsqueeze', [5], {lists: [[0, -1]]}), [5]],
    [outputOf('ReduceMean', [2, 3, 4], {attributes: {axes: [1, -1], keepdims: 0}}), [2]],
    [outputOf('ReduceSum', [2, 3, 4], {lists: [[1]]}), [8]],
    [outputOf('TopK', [2, 30], {lists: [[4]]}), [8]],
    [outputOf('Pad', [2, 3], {lists: [[0, 1, 0, 2]]}), [12]],
    [outputOf('Tile', [2, 3], {lists: [[2, 2]]}), [24]],
    [outputOf('Expand', [3, 1], {lists: [[2, 1, 4]]}), [24]],
    [outputOf('Reshape', [2, 3, 4], {lists: [[0, -1]]}), [24]],
    [outputOf('LayerNormalization', [2, 3, 4], {others: [[4], [4]]}, ['y', 'mean']), [24, 6]],
    [
      outputOf(
        'LSTM',
        [7, 2, 3],
        {
          others: [
            [1, 20, 3],
            [1, 20, 5],
          ],
          attributes: {hidden_size: 5},
        },
        ['y', 'h', 'c'],
      ),
      [70, 10, 10],
    ],
    [outputOf('DepthToSpace', [1, 8, 3, 3], {attributes: {blocksize: 2}}), [72]],
  ];
  for (const [index, [got, expected]] of cases.entries())
    assert.deepEqual(await got, expected, `case ${index}`);
});

test('a shape that cannot be inferred is refused, with the value, the operator and the reason', async () => {
  const cases: [Promise<number[] | string>, RegExp][] = [
    [outputOf('NonZero', [4]), /shape of "y", which NonZero "y" gives, is not known: no rule for its shape/],
    [outputOf('Add', [4], {others: [[3]]}), /shapes \[4\] and \[3\] do not fit/],
    [outputOf('Reshape', [5], {lists: [[2, -1]]}), /it would have the shape \[2,2\.5\]/],
    [outputOf('Conv', [1, 3, 2, 2], {others: [[8, 3, 7, 7]]}), /it would have the shape \[1,8,-4,-4\]/],
    [outputOf('Relu', [null, 4]), /input "x" is not known: a dimension has neither size nor name/],
    [outputOf('Relu', [2 ** 30, 2 ** 30]), /no size to plan/],
  ];
  for (const [got, message] of cases) assert.match(String(await got), message);
});

test('operators with graphs of their own, and values that nothing gives, are refused by name', async () => {
  const model = (one: Uint8Array): Uint8Array =>
    onnxModel({nodes: [one], inputs: [value('x', FLOAT, [2])], outputs: [value('y', FLOAT, [2])]});
  await assert.rejects(
    importModel(model(node('If', ['x'], ['y'], {then_branch: {graph: true}}))),
    /If "y" has a graph of its own/,
  );
  await assert.rejects(
    importModel(model(node('Relu', ['lost'], ['y']))),
    /Relu "y" reads "lost", which nothing before/,
  );
});

test('weights of any size are passed over', async () => {
  const raw = new Uint8Array(3_000_000);
  const model = onnxModel({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    inputs: [value('x', FLOAT, [1, 1000])],
    outputs: [value('y', FLOAT, [1, 750])],
    weights: [tensor('w', FLOAT, [1000, 750], [], raw)],
  });
  const imported = await importModel(model);
  assert.deepEqual(sizesOf(imported), {x: 4000, y: 3000});
  assert.equal(imported.weightBytes, 3_000_000);
  await assert.rejects(importModel(model.subarray(0, 1_000_000)), (error: unknown) => {
    assert.ok(error instanceof ImportError);
    assert.equal(error.format, 'onnx');
    assert.equal(error.byte, 1_000_000);
    return true;
  });
});

test('ranks and lists that double from node to node are refused before they fill the memory', async () => {
  const rank = Array.from({length: 40}, (_, i) => node('Gather', [`v${i}`, `v${i}`], [`v${i + 1}`]));
  const inputs = [value('v0', INT64, [1, 1])];
  const outputs = [value('v40', INT64, [null])];
  await assert.rejects(importModel(onnxModel({nodes: rank, inputs, outputs})), /dimensions/);
  const list = Array.from({length: 40}, (_, i) =>
    node('Concat', [`l${i}`, `l${i}`], [`l${i + 1}`], {axis: 0}),
  );
  const model = onnxModel({
    nodes: [...list, node('Reshape', ['v0', 'l40'], ['v40'])],
    inputs,
    outputs,
    weights: [tensor('l0', INT64, [1], [1])],
  });
  await assert.rejects(importModel(model), /only known when the model runs/);
});

const LINE: TfliteSubgraphParts = {
  tensors: [
    {name: 'a', shape: [20]},
    {name: 'b', shape: [20]},
  ],
  inputs: [0],
  outputs: [1],
  operators: [{code: 19, inputs: [0], outputs: [1]}],
};

test('a TensorFlow Lite model whose subgraphs call each other in a circle is refused', async () => {
  const calling = {...LINE, operators: [{code: 119, inputs: [0], outputs: [1], subgraphs: [0, 0]}]};
  await assert.rejects(importModel(tfliteModel([calling])), /the subgraph 0 calls itself/);
  const lost = {...LINE, operators: [{code: 118, inputs: [0], outputs: [1], subgraphs: [7, 0]}]};
  await assert.rejects(importModel(tfliteModel([lost])), /calls the subgraph 7, of 1/);
});

test('subgraphs that call the next one twice each end at a limit', async () => {
  const chain = Array.from({length: 40}, (_, i) => ({
    ...LINE,
    operators: i < 39 ? [{code: 119, inputs: [0], outputs: [1], subgraphs: [i + 1, i + 1]}] : LINE.operators,
  }));
  await assert.rejects(importModel(tfliteModel(chain)), /more than 1000000 operators run/);
});

test('an offline plan for another number of tensors is ignored, with a warning', async () => {
  const {reference, warnings} = await importModel(tfliteModel([LINE], [0, 1, 3, 0, 0, 0]));
  assert.equal(reference, undefined);
  assert.ok(warnings.some(warning => /is for 3 tensors, and the model has 2/.test(warning)));
  const sound = await importModel(tfliteModel([LINE], [0, 1, 2, 32, -1]));
  assert.deepEqual(sound.reference, {
    name: 'OfflineMemoryAllocation',
    peak: 52,
    offsets: Float64Array.of(32, Number.NaN),
  });
});

test('errors of TensorFlow Lite models name the byte', async () => {
  const bytes = smallTflite().slice();
  new DataView(bytes.buffer).setUint32(0, 1_000_000, true);
  await assert.rejects(importModel(bytes), (error: unknown) => {
    assert.ok(error instanceof ImportError);
    assert.deepEqual([error.format, error.byte], ['tflite', 1_000_000]);
    return true;
  });
});

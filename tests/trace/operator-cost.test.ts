/** What another run of a model's operator costs, by hand from its shapes. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {costOf, onnxMultiplyAdds, tfliteMultiplyAdds} from '../../bindings/trace/importers/operator-cost.ts';

test('multiply-adds of ONNX operators', () => {
  // 64 channels of 112 × 112, each element a sum over 3 × 7 × 7: the first layer of ResNet
  assert.equal(
    onnxMultiplyAdds(
      'Conv',
      [
        [1, 3, 224, 224],
        [64, 3, 7, 7],
      ],
      [1, 64, 112, 112],
    ),
    118_013_952,
  );
  // a group of its own for each channel
  assert.equal(
    onnxMultiplyAdds(
      'Conv',
      [
        [1, 8, 4, 4],
        [8, 1, 3, 3],
      ],
      [1, 8, 4, 4],
    ),
    8 * 16 * 9,
  );
  const quantized = [[1, 2, 4, 4], [], [], [5, 2, 1, 1], [], [], [], []];
  assert.equal(onnxMultiplyAdds('QLinearConv', quantized, [1, 5, 4, 4]), 5 * 16 * 2);
  assert.equal(
    onnxMultiplyAdds(
      'ConvTranspose',
      [
        [1, 2, 3, 3],
        [2, 5, 2, 2],
      ],
      [1, 5, 6, 6],
    ),
    18 * 5 * 4,
  );
  assert.equal(
    onnxMultiplyAdds(
      'MatMul',
      [
        [2, 3, 4],
        [4, 5],
      ],
      [2, 3, 5],
    ),
    2 * 3 * 5 * 4,
  );
  assert.equal(
    onnxMultiplyAdds(
      'Gemm',
      [
        [3, 4],
        [4, 5],
      ],
      [3, 5],
    ),
    60,
  );
  assert.equal(
    onnxMultiplyAdds(
      'Gemm',
      [
        [4, 3],
        [4, 5],
      ],
      [3, 5],
    ),
    60,
  );
  assert.equal(onnxMultiplyAdds('Relu', [[3, 4]], [3, 4]), 0);
  assert.equal(
    onnxMultiplyAdds(
      'Gemm',
      [
        [0, 4],
        [4, 5],
      ],
      [0, 5],
    ),
    0,
  );
});

test('multiply-adds of TensorFlow Lite operators', () => {
  assert.equal(
    tfliteMultiplyAdds('CONV_2D', [[1, 8, 8, 3], [16, 3, 3, 3], [16]], [1, 8, 8, 16]),
    64 * 16 * 27,
  );
  assert.equal(
    tfliteMultiplyAdds(
      'DEPTHWISE_CONV_2D',
      [
        [1, 8, 8, 4],
        [1, 3, 3, 4],
      ],
      [1, 8, 8, 4],
    ),
    256 * 9,
  );
  assert.equal(
    tfliteMultiplyAdds(
      'FULLY_CONNECTED',
      [
        [2, 10],
        [7, 10],
      ],
      [2, 7],
    ),
    140,
  );
  const backwards = [[4], [6, 2, 2, 3], [1, 4, 4, 3]];
  assert.equal(tfliteMultiplyAdds('TRANSPOSE_CONV', backwards, [1, 8, 8, 6]), 48 * 24);
  assert.equal(
    tfliteMultiplyAdds(
      'BATCH_MATMUL',
      [
        [2, 3, 4],
        [2, 4, 5],
      ],
      [2, 3, 5],
    ),
    120,
  );
  assert.equal(tfliteMultiplyAdds('ADD', [[4], [4]], [4]), 0);
  assert.equal(tfliteMultiplyAdds('CONV_2D', [undefined, undefined], [4]), 4);
  assert.equal(tfliteMultiplyAdds('CONV_2D', [], undefined), 0);
});

test('the bytes of activations are added, and what is beyond counting is never repeated', () => {
  assert.deepEqual(costOf(60, [12, 20]), {cost: 92});
  assert.deepEqual(costOf(2 ** 53, [1]), {});
});

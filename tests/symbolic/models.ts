/** ONNX models whose shapes depend on dimensions: a transformer, a network of images, one of sequences. */
import {FLOAT, INT64, node, onnxModel, tensor, value} from '../trace/models.ts';

/** Encoder layers over `batch` × `seq` tokens; the scores grow with the square of `seq`. */
export function transformer(layers: number, width = 64, heads = 4): Uint8Array {
  const nodes: Uint8Array[] = [];
  const shape = tensor('heads', INT64, [4], [0, 0, heads, width / heads]);
  const flat = tensor('flat', INT64, [3], [0, 0, width]);
  const wide = tensor('wide', FLOAT, [width, 4 * width]);
  const narrow = tensor('narrow', FLOAT, [4 * width, width]);
  const square = tensor('square', FLOAT, [width, width]);
  let x = 'x';
  for (let k = 0; k < layers; k++) {
    const at = (name: string) => `${name}${k}`;
    for (const part of ['q', 'k', 'v']) {
      nodes.push(node('MatMul', [x, 'square'], [at(`${part}_`)]));
      nodes.push(node('Reshape', [at(`${part}_`), 'heads'], [at(`${part}h`)]));
      nodes.push(
        node('Transpose', [at(`${part}h`)], [at(part)], {perm: part === 'k' ? [0, 2, 3, 1] : [0, 2, 1, 3]}),
      );
    }
    nodes.push(
      node('MatMul', [at('q'), at('k')], [at('scores')]),
      node('Softmax', [at('scores')], [at('weights')]),
      node('MatMul', [at('weights'), at('v')], [at('context')]),
      node('Transpose', [at('context')], [at('back')], {perm: [0, 2, 1, 3]}),
      node('Reshape', [at('back'), 'flat'], [at('joined')]),
      node('Add', [x, at('joined')], [at('sum')]),
      node('MatMul', [at('sum'), 'wide'], [at('up')]),
      node('Gelu', [at('up')], [at('gelu')]),
      node('MatMul', [at('gelu'), 'narrow'], [at('down')]),
      node('Add', [at('sum'), at('down')], [at('out')]),
    );
    x = at('out');
  }
  return onnxModel({
    nodes,
    inputs: [value('x', FLOAT, ['batch', 'seq', width])],
    outputs: [value(x, FLOAT, ['batch', 'seq', width])],
    weights: [shape, flat, wide, narrow, square],
  });
}

/** A U of strided convolutions over images of `height` × `height`, joined on the way up. */
export function unet(levels: number, channels = 8): Uint8Array {
  const nodes: Uint8Array[] = [];
  const weights: Uint8Array[] = [];
  const skips: string[] = [];
  let x = 'image';
  let width = 3;
  for (let k = 0; k < levels; k++) {
    const next = channels << k;
    weights.push(tensor(`down${k}`, FLOAT, [next, width, 3, 3]));
    nodes.push(node('Conv', [x, `down${k}`], [`conv${k}`], {kernel_shape: [3, 3], pads: [1, 1, 1, 1]}));
    nodes.push(node('Relu', [`conv${k}`], [`skip${k}`]));
    nodes.push(node('MaxPool', [`skip${k}`], [`pool${k}`], {kernel_shape: [2, 2], strides: [2, 2]}));
    skips.push(`skip${k}`);
    [x, width] = [`pool${k}`, next];
  }
  for (let k = levels - 1; k >= 0; k--) {
    const next = channels << k;
    weights.push(
      tensor(`up${k}`, FLOAT, [width, next, 2, 2]),
      tensor(`mix${k}`, FLOAT, [next, 2 * next, 1, 1]),
    );
    nodes.push(node('ConvTranspose', [x, `up${k}`], [`wide${k}`], {kernel_shape: [2, 2], strides: [2, 2]}));
    nodes.push(node('Concat', [`wide${k}`, skips[k]!], [`joined${k}`], {axis: 1}));
    nodes.push(node('Conv', [`joined${k}`, `mix${k}`], [`mixed${k}`], {kernel_shape: [1, 1]}));
    [x, width] = [`mixed${k}`, next];
  }
  return onnxModel({
    nodes,
    inputs: [value('image', FLOAT, ['batch', 3, 'height', 'height'])],
    outputs: [value(x, FLOAT, ['batch', channels, 'height', 'height'])],
    weights,
  });
}

/** Convolutions without padding over sequences of `length`: sizes have terms below 0. */
export function valid(layers: number): Uint8Array {
  const nodes: Uint8Array[] = [];
  for (let k = 0; k < layers; k++)
    nodes.push(node('Conv', [`x${k}`, 'w'], [`x${k + 1}`], {kernel_shape: [3]}));
  return onnxModel({
    nodes,
    inputs: [value('x0', FLOAT, ['batch', 4, 'length'])],
    outputs: [value(`x${layers}`, FLOAT, ['batch', 4, 'out'])],
    weights: [tensor('w', FLOAT, [4, 4, 3])],
  });
}

/** Writers of ONNX and of pickles. */
import type {Random} from '../../../random.ts';
import {isWrong, one, some, type Write} from './draw.ts';

/** A message of protocol buffers: fields of any kind, the lengths mostly right. */
function proto(
  random: Random,
  fields: readonly (readonly [number, number | string | Uint8Array])[],
): Uint8Array {
  const parts: number[] = [];
  const varint = (value: number) => {
    let left = value;
    for (; left > 127; left = Math.floor(left / 128)) parts.push((left % 128) | 128);
    parts.push(left);
  };
  for (const [key, value] of fields) {
    if (isWrong(random) && random(4) === 0) continue;
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
    const type = isWrong(random) && random(4) === 0 ? random(8) : typeof bytes === 'number' ? 0 : 2;
    varint(key * 8 + type);
    if (typeof bytes === 'number') varint(isWrong(random) ? one(random, [0, 1, 2 ** 31, 2 ** 53]) : bytes);
    else {
      varint(
        isWrong(random) && random(4) === 0
          ? one(random, [0, bytes.length + 1, 2 ** 31, 2 ** 53])
          : bytes.length,
      );
      for (const byte of bytes) parts.push(byte);
    }
  }
  return Uint8Array.from(parts);
}

const OPERATORS =
  'Relu Add Conv MatMul Concat Reshape Shape Gather Unsqueeze Squeeze Slice Constant ConstantOfShape Expand Split Transpose Pad Tile Range ReduceMean Flatten Dropout Identity DequantizeLinear QuantizeLinear TopK OneHot LSTM MaxPool DepthToSpace Cast Where local'.split(
    ' ',
  );

export const onnx: Write = random => {
  const value = () => one(random, ['x', 'y', 'w', 's', 'a', 'b', 'c', '']);
  const tensor = (name: string) => {
    const shape = some(random, 3, () => 1 + random(4));
    return proto(random, [
      ...shape.map(size => [1, size] as const),
      [2, one(random, [1, 6, 7, 7, 8])],
      [8, name],
      random(2) ? [7, Uint8Array.from(some(random, 5, () => random(8)))] : [9, new Uint8Array(8 * random(5))],
    ]);
  };
  const info = (name: string) => {
    const dimensions = some(random, 4, () => proto(random, [random(8) ? [1, random(9)] : [2, 'batch']]));
    const shape = proto(
      random,
      dimensions.map(one => [1, one] as const),
    );
    return proto(random, [
      [1, name],
      [
        2,
        proto(random, [
          [
            1,
            proto(random, [
              [1, one(random, [1, 7])],
              [2, shape],
            ]),
          ],
        ]),
      ],
    ]);
  };
  const node = () =>
    proto(random, [
      ...some(random, 3, () => [1, value()] as const),
      ...some(random, 2, () => [2, value()] as const),
      [4, one(random, OPERATORS)],
      ...some(
        random,
        2,
        () =>
          [
            5,
            proto(random, [
              [
                1,
                one(random, [
                  'axis',
                  'axes',
                  'shape',
                  'kernel_shape',
                  'perm',
                  'pads',
                  'value',
                  'split',
                  'strides',
                  'blocksize',
                  'to',
                ]),
              ],
              one(random, [
                [3, random(5)],
                [8, random(5)],
                [8, Uint8Array.from(some(random, 5, () => random(5)))],
                [5, tensor('')],
                [4, 'SAME'],
                [6, new Uint8Array(0)],
              ] as const),
            ]),
          ] as const,
      ),
    ]);
  const graph = proto(random, [
    ...some(random, 6, () => [1, node()] as const),
    ...some(random, 2, () => [5, tensor(one(random, ['w', 's']))] as const),
    [11, info('x')],
    ...some(random, 2, () => [13, info(value())] as const),
    [12, info('y')],
  ]);
  const own = proto(random, [
    [1, 'local'],
    [4, 'x'],
    [5, 'y'],
    [7, node()],
    [10, ''],
  ]);
  return proto(() => 1, [[1, 8], [7, graph], ...(random(3) ? [] : [[25, own] as const])]);
};

/** Opcodes of a pickle, with the values that they need mostly on the stack. */
export const pickle: Write = random => {
  const parts: number[] = [0x80, 2 + random(4), 0x7d];
  const short = (value: string) => [0x8c, value.length, ...new TextEncoder().encode(value)];
  const keys = [
    'segments',
    'device_traces',
    'action',
    'addr',
    'size',
    'stream',
    'frames',
    'filename',
    'name',
    'line',
    'blocks',
    'state',
    'total_size',
    'address',
    'x',
  ];
  const value = (depth: number): number[] => {
    const kind = random(depth > 4 ? 5 : 9);
    if (kind === 0) return [0x4b, random(256)];
    if (kind === 1) return [0x4a, random(256), random(256), random(256), random(256)];
    if (kind === 2)
      return short(one(random, ['alloc', 'free_completed', 'segment_alloc', 'active_allocated', 'a']));
    if (kind === 3) return [one(random, [0x4e, 0x88, 0x89, 0x5d, 0x7d, 0x29])];
    if (kind === 4)
      return random(3) ? [0x8a, 8, ...Array.from({length: 8}, () => random(256))] : [0x68, random(4)];
    if (kind === 5)
      return [
        0x5d,
        ...(random(2) ? [0x94] : []),
        0x28,
        ...some(random, 4, () => value(depth + 1)).flat(),
        0x65,
      ];
    if (kind === 6) return [...value(depth + 1), ...value(depth + 1), 0x86];
    return [
      0x7d,
      ...(random(2) ? [0x94] : []),
      0x28,
      ...some(random, 6, () => [...short(one(random, keys)), ...value(depth + 1)]).flat(),
      0x75,
    ];
  };
  parts.push(0x28);
  for (const key of ['segments', 'device_traces'])
    parts.push(...short(key), 0x5d, 0x28, ...some(random, 3, () => value(1)).flat(), 0x65);
  parts.push(0x75, 0x2e);
  return Uint8Array.from(
    parts.flatMap(byte => (random(300) === 0 ? one(random, [[], [byte, byte], [random(256)]]) : [byte])),
  );
};

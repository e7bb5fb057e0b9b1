/** Bombs of pickles, ONNX and TensorFlow Lite. */
import {type Bombs, file, type Pieces} from './pieces.ts';

function bytes(...list: number[]): Uint8Array {
  return Uint8Array.from(list);
}

function repeated(n: number, ...list: number[]): Uint8Array {
  const all = new Uint8Array(n * list.length);
  for (let at = 0; at < all.length; at += list.length) all.set(list, at);
  return all;
}

export function binaryBombs(): Bombs {
  const proto = bytes(0x80, 4);
  return {
    'pickle empties': {
      most: 1 << 21,
      make: n => file(proto, bytes(0x7d, 0x28, 0x8c, 1, 0x61), repeated(n, 0x7d, 0x94), bytes(0x2e)),
    },
    'pickle doubled': {
      most: 1 << 18,
      make: n =>
        file(proto, bytes(0x5d, 0x94), repeated(n, 0x28, 0x68, 0, 0x68, 0, 0x65, 0x68, 0), bytes(0x2e)),
    },
    'pickle stack': {most: 1 << 22, make: n => file(proto, repeated(n, 0x4e), bytes(0x2e))},
    'pickle texts': {most: 1 << 18, make: n => file(proto, bytes(0x5d, 0x28), texts(n), bytes(0x65, 0x2e))},
    'pickle frames': {most: 1 << 16, make: n => file(proto, bytes(0x5d), frames(n), bytes(0x2e))},
    'onnx nodes': {most: 1 << 18, make: n => onnx(repeated(n, 0x0a, 0))},
    'onnx inputs of one': {
      most: 1 << 19,
      make: n =>
        onnx(
          message(1, file(repeated(n, 0x0a, 1, 0x78), bytes(0x12, 1, 0x79, 0x22, 3, 0x53, 0x75, 0x6d))),
          value(11, 'x'),
        ),
    },
    'onnx concat': {
      most: 1 << 18,
      make: n =>
        onnx(
          constant(2000),
          message(1, file(repeated(n, 0x0a, 1, 0x63), bytes(0x12, 1, 0x79, 0x22, 6), 'Concat', axis(0))),
          value(11, 'x'),
          value(12, 'y'),
        ),
    },
    'onnx axes': {
      most: 1 << 18,
      make: n =>
        onnx(
          message(
            1,
            file(
              bytes(0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 9),
              'Unsqueeze',
              message(5, file(bytes(0x0a, 4), 'axes', message(8, [repeated(n, 1)]))),
            ),
          ),
          value(11, 'x'),
          value(12, 'y'),
        ),
    },
    'onnx dimensions': {
      most: 1 << 19,
      make: n =>
        onnx(
          message(1, file(bytes(0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 4), 'Relu')),
          message(
            11,
            file(
              bytes(0x0a, 1, 0x78),
              message(2, message(1, file(bytes(8, 1), message(2, [repeated(n, 0x0a, 2, 8, 1)])))),
            ),
          ),
        ),
    },
    'onnx types': {most: 1 << 17, make: n => onnx(eachOf(n, i => value(13, `v${i}`)))},
    'onnx long names': {most: 1 << 12, make: n => onnxFunctions(n)},
    'tflite one name': {most: 1 << 15, make: n => [tflite(n, 16 * n, 0)]},
    'tflite names within names': {most: 1 << 13, make: n => [tflite(n, 16 * n, 1)]},
  };
}

function* texts(n: number): Generator<Uint8Array> {
  for (let i = 0; i < n; i++) {
    const text = new TextEncoder().encode(String(i));
    yield bytes(0x8c, text.length, ...text);
  }
}

/** Lists of frames, each one longer than the last by appending to it. */
function* frames(n: number): Generator<Uint8Array> {
  const frame = bytes(0x7d, 0x28, 0x8c, 8, ...new TextEncoder().encode('filename'), 0x8c, 1, 0x61, 0x75);
  for (let i = 0; i < n; i++) {
    yield frame;
    yield bytes(0x61);
  }
}

function* eachOf(n: number, make: (i: number) => Pieces): Pieces {
  for (let i = 0; i < n; i++) yield* make(i);
}

function varint(value: number): number[] {
  const parts: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) parts.push((left % 128) | 128);
  return [...parts, left];
}

function joined(pieces: Pieces): Uint8Array {
  return new Uint8Array(
    Buffer.concat([...pieces].map(piece => (typeof piece === 'string' ? Buffer.from(piece) : piece))),
  );
}

/** A field that is a message. */
function message(field: number, content: Pieces): Pieces {
  const inner = joined(content);
  return [Uint8Array.from([...varint(field * 8 + 2), ...varint(inner.length)]), inner];
}

const axis = (value: number) => joined(message(5, file(bytes(0x0a, 4), 'axis', bytes(0x18, value))));
/** A value of ten floats. */
const value = (field: number, name: string): Pieces =>
  message(
    field,
    file(
      bytes(0x0a, name.length),
      name,
      message(2, message(1, file(bytes(8, 1), message(2, message(1, [bytes(8, 10)]))))),
    ),
  );
/** Integers that are known. */
const constant = (count: number): Pieces =>
  message(
    5,
    file(
      Uint8Array.from([8, ...varint(count), 0x10, 7]),
      message(7, [repeated(count, 1)]),
      bytes(0x42, 1, 0x63),
    ),
  );

function onnx(...graph: readonly (Uint8Array | Pieces)[]): Pieces {
  return file(
    bytes(8, 8, 0x3a),
    (inner => [Uint8Array.from(varint(inner.length)), inner])(joined(file(...graph))),
  );
}

/** A function of n operators with long names, called n times. */
function onnxFunctions(n: number): Pieces {
  const name = 'x'.repeat(n);
  const inner = joined(message(7, file(message(1, ['a']), message(2, [name]), message(4, ['Relu']))));
  const own = message(
    25,
    file(
      message(1, ['f']),
      message(4, ['a']),
      message(5, ['b']),
      eachOf(n, () => [inner]),
    ),
  );
  const call = joined(
    message(1, file(message(1, ['x']), message(2, ['y']), message(4, ['f']), message(3, [name]))),
  );
  return file(
    onnx(
      eachOf(n, () => [call]),
      value(11, 'x'),
    ),
    own,
  );
}

/** `count` tensors: one table with one name (`step` 0), or a table each, whose names begin four bytes later each. */
function tflite(count: number, nameBytes: number, step: number): Uint8Array {
  const tables = step === 0 ? 1 : count;
  const [model, subgraph, fields, first] = [24, 48, 56, 72];
  const table = first + 4 + 4 * count;
  const names = table + 8 * tables;
  const end = names + 4 * tables + nameBytes;
  const view = new DataView(new ArrayBuffer(end));
  const u32 = (at: number, value: number) => view.setUint32(at, value, true);
  const u16s = (at: number, ...values: number[]) => {
    for (const [i, value] of values.entries()) view.setUint16(at + 2 * i, value, true);
  };
  const points = (at: number, to: number) => u32(at, to - at);
  points(0, model);
  new Uint8Array(view.buffer).set(new TextEncoder().encode('TFL3'), 4);
  // where the fields of each kind of table are: subgraphs, tensors, a name
  u16s(8, 10, 8, 0, 0, 4);
  u16s(40, 6, 8, 4);
  u16s(fields, 12, 8, 0, 0, 0, 4);
  u32(model, model - 8);
  points(model + 4, 32);
  u32(32, 1);
  points(36, subgraph);
  u32(subgraph, subgraph - 40);
  points(subgraph + 4, first);
  u32(first, count);
  for (let i = 0; i < count; i++) points(first + 4 + 4 * i, table + 8 * (i % tables));
  for (let i = 0; i < tables; i++) {
    const at = table + 8 * i;
    const name = names + 4 * i;
    view.setInt32(at, at - fields, true);
    points(at + 4, name);
    u32(name, end - name - 4);
  }
  return new Uint8Array(view.buffer);
}

/** Files of every format by own writers: right in most places, with wrong values and wrong structure in some. */
import type {Random} from '../../random.ts';

/** What is put in place of a number, a name, or anything. */
const NUMBERS = [
  '0',
  '1',
  '-1',
  '7',
  '4096',
  '4294967295',
  '4294967296',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551615',
  '18446744073709551616',
  '1e308',
  '1e309',
  '1.5',
  '-0',
  '0x10',
  '0xffffffffffffffff',
  'NaN',
  '99999999999999999999999999',
];
const NAMES = [
  '',
  'a',
  '__proto__',
  'constructor',
  'toString',
  '\u202e',
  'x'.repeat(300),
  'a,b',
  'a"b',
  '=1+1',
  ' ',
  '\\',
  '𝒳',
  'Optimizer.step#SGD',
  'ProfilerStep#1',
  'ProfilerStep#9007199254740993',
  'nn.Module: a',
  '[memory]',
];
const VALUES = [
  'null',
  'true',
  '[]',
  '{}',
  '[[]]',
  '{"toString":1}',
  '[1,2]',
  '"0x10"',
  '""',
  '-0.0',
  '1e-9',
];

type Write = (random: Random) => string | Uint8Array;

const one = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
const some = <T>(random: Random, most: number, make: (i: number) => T): T[] =>
  Array.from({length: random(most + 1)}, (_, i) => make(i));
const isWrong = (random: Random) => random(24) === 0;

/** An integer, mostly small. */
const number = (random: Random, most = 100): string =>
  isWrong(random) ? one(random, NUMBERS) : String(random(most + 1));
const name = (random: Random): string => (isWrong(random) ? one(random, NAMES) : `n${random(12)}`);
const hex = (random: Random): string =>
  isWrong(random) ? one(random, NUMBERS) : `0x${(16 * (1 + random(20))).toString(16)}`;

/** A line out of order, twice or left out, a line break of another kind, an end without one. */
function lines(random: Random, list: readonly string[]): string {
  const kept = list.flatMap(line =>
    isWrong(random) ? one(random, [[], [line, line], [line.slice(0, random(line.length + 1))]]) : [line],
  );
  const newline = random(12) === 0 ? '\r\n' : '\n';
  return kept.join(newline) + (random(6) === 0 ? '' : newline);
}

/** A field of a JSON object: mostly there, mostly right. */
const field = (random: Random, key: string, value: () => string): string[] => {
  const pair = `${JSON.stringify(key)}:${isWrong(random) ? one(random, VALUES) : value()}`;
  return isWrong(random) ? one(random, [[], [pair, pair]]) : [pair];
};
const object = (...fields: readonly string[][]): string => `{${fields.flat().join(',')}}`;
const text = (random: Random): string => JSON.stringify(name(random));

const event = (random: Random): string => {
  const kind = one(random, [
    'malloc',
    'malloc',
    'free',
    'free',
    'read',
    'write',
    'iteration',
    'end',
    'annotation',
  ]);
  if (kind === 'annotation')
    return object(
      field(random, 'event', () => `"${kind}"`),
      field(random, 'name', () => text(random)),
      field(random, 'start', () => number(random)),
      field(random, 'end', () => number(random, 200)),
    );
  if (kind === 'iteration')
    return object(
      field(random, 'event', () => `"${kind}"`),
      random(2) ? field(random, 'number', () => number(random)) : [],
    );
  return object(
    field(random, 'event', () => `"${kind}"`),
    field(random, 'address', () => (random(2) ? `"${hex(random)}"` : number(random, 9))),
    kind === 'malloc' || random(3) === 0 ? field(random, 'size', () => number(random, 4096)) : [],
    random(3) === 0 ? field(random, 'time', () => number(random)) : [],
    random(6) === 0 ? field(random, 'stream', () => number(random, 3)) : [],
    random(6) === 0 ? field(random, 'pool', () => number(random, 3)) : [],
    random(8) === 0 ? field(random, 'device', () => text(random)) : [],
    random(8) === 0 ? field(random, 'requested', () => number(random, 4)) : [],
    random(4) === 0 ? field(random, 'operation', () => text(random)) : [],
    random(8) === 0 ? field(random, 'module', () => text(random)) : [],
  );
};

const kinetoEvent = (random: Random): string => {
  const isMemory = random(2) === 0;
  const args = isMemory
    ? object(
        field(random, 'Bytes', () => (random(2) ? '-' : '') + number(random, 4096)),
        field(random, 'Addr', () => number(random, 9)),
        field(random, 'Device Type', () => number(random, 2)),
        field(random, 'Device Id', () => one(random, ['-1', '0', '1'])),
        random(2) ? field(random, 'Ev Idx', () => number(random)) : [],
      )
    : object(
        random(2) ? field(random, 'Sequence number', () => number(random, 5)) : [],
        random(3) ? [] : field(random, 'Fwd thread id', () => number(random, 2)),
      );
  return object(
    field(random, 'ph', () => (isMemory ? '"i"' : one(random, ['"X"', '"X"', '"s"', '"f"']))),
    field(random, 'cat', () =>
      one(random, ['"cpu_op"', '"user_annotation"', '"Operator"', '"python_function"', '"fwdbwd"']),
    ),
    field(random, 'name', () => (isMemory ? '"[memory]"' : isWrong(random) ? `"a "b" c\\d"` : text(random))),
    field(random, 'ts', () => number(random, 1000)),
    isMemory ? [] : field(random, 'dur', () => number(random, 300)),
    field(random, 'tid', () => one(random, ['1', '2', '"1"', 'null'])),
    random(3) ? [] : field(random, 'id', () => number(random, 4)),
    field(random, 'args', () => args),
  );
};

const buffer = (random: Random): string => {
  const start = random(20);
  return object(
    field(random, 'size', () => number(random, 4096)),
    field(random, 'start', () => (isWrong(random) ? number(random) : String(start))),
    field(random, 'end', () => (isWrong(random) ? number(random) : String(start + random(20)))),
    random(3) ? [] : field(random, 'id', () => text(random)),
    random(5)
      ? []
      : field(random, 'alignment', () => (isWrong(random) ? number(random) : String(2 ** random(12)))),
    random(8) ? [] : field(random, 'offset', () => number(random)),
    random(8) ? [] : field(random, 'hint', () => number(random)),
    random(8) ? [] : field(random, 'gaps', () => `[[${start + 1},${start + 2}]]`),
    random(8) ? [] : field(random, 'pools', () => `[${text(random)}]`),
    random(8) ? [] : field(random, 'accesses', () => number(random)),
    random(12) ? [] : field(random, 'part', () => text(random)),
  );
};

const list = (random: Random, most: number, make: () => string): string =>
  `[${some(random, most, make).join(',')}]`;
const ref = (random: Random): string => (random(3) ? number(random, 5) : text(random));

const problem: Write = random =>
  object(
    ['"schema":"stowage.problem/1"'],
    field(random, 'buffers', () => list(random, 8, () => buffer(random))),
    random(6) ? [] : field(random, 'capacity', () => number(random, 9999)),
    random(6) ? [] : field(random, 'alignment', () => String(2 ** random(10))),
    random(4)
      ? []
      : field(random, 'pools', () =>
          list(random, 3, () =>
            object(
              field(random, 'name', () => text(random)),
              random(2) ? [] : field(random, 'capacity', () => number(random, 9999)),
            ),
          ),
        ),
    random(5) ? [] : field(random, 'share', () => list(random, 2, () => list(random, 4, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'adjacent', () => list(random, 2, () => list(random, 4, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'separate', () => list(random, 2, () => list(random, 2, () => ref(random)))),
    random(5)
      ? []
      : field(random, 'views', () =>
          list(random, 2, () =>
            object(
              field(random, 'buffer', () => ref(random)),
              field(random, 'of', () => ref(random)),
              field(random, 'offset', () => number(random)),
            ),
          ),
        ),
    random(5)
      ? []
      : field(random, 'inPlace', () =>
          list(random, 2, () =>
            object(
              field(random, 'input', () => ref(random)),
              field(random, 'output', () => ref(random)),
            ),
          ),
        ),
    random(5)
      ? []
      : field(random, 'scopes', () =>
          list(random, 2, () =>
            object(
              field(random, 'reads', () => list(random, 2, () => ref(random))),
              field(random, 'writes', () => list(random, 2, () => ref(random))),
            ),
          ),
        ),
  );

const plan: Write = random =>
  object(
    ['"schema":"stowage.plan/1"'],
    ...['peak', 'lowerBound', 'persistentBytes', 'buffers'].map(key =>
      field(random, key, () => number(random, 99)),
    ),
    field(random, 'offsets', () => list(random, 6, () => number(random))),
    random(3)
      ? []
      : field(random, 'arenas', () =>
          list(random, 3, () =>
            object(
              field(random, 'pool', () => number(random, 2)),
              field(random, 'name', () => text(random)),
            ),
          ),
        ),
    random(3) ? [] : field(random, 'arenaOf', () => list(random, 6, () => number(random, 2))),
    random(3)
      ? []
      : field(random, 'source', () =>
          object(
            ...['file', 'format', 'iteration', 'lifetimes', 'device'].map(key =>
              field(random, key, () => (random(2) ? 'null' : text(random))),
            ),
          ),
        ),
  );

const csv: Write = random => {
  const columns = [
    'id',
    'lower',
    'upper',
    'size',
    ...['alignment', 'offset', 'hint', 'gaps', 'pool', 'arena', 'other'].filter(() => random(5) === 0),
  ].map(column =>
    isWrong(random) ? one(random, ['end', 'START', 'buffer_id', 'id', '', '"size"', '"si""ze"']) : column,
  );
  const delimiter = one(random, [',', ',', ',', ';', '\t', '|']);
  const cell = (column: string): string => {
    if (isWrong(random)) return one(random, [...NAMES, '"', '""', '"a', '5-7@1:2', '7-5']);
    if (column === 'gaps') return some(random, 2, () => `${random(9)}-${9 + random(9)}`).join(' ');
    if (column === 'upper') return String(50 + random(50));
    if (column === 'alignment') return String(2 ** random(8));
    return column === 'id' || column === 'pool' || column === 'other' ? name(random) : number(random, 50);
  };
  const rows = some(random, 8, () =>
    columns
      .map(cell)
      .slice(0, isWrong(random) ? random(9) : 99)
      .join(delimiter),
  );
  return lines(random, [columns.join(delimiter), ...rows]);
};

const mtrace: Write = random =>
  lines(random, [
    '= Start',
    ...some(random, 12, () => {
      const kind = one(random, ['+', '+', '-', '<', '>', '!']);
      const size = kind === '-' || kind === '<' ? '' : ` ${hex(random)}`;
      return `${random(4) ? '@ ./a:[0x12] ' : ''}${kind} ${isWrong(random) ? '(nil)' : hex(random)}${size}`;
    }),
    ...(random(2) ? ['= End'] : []),
  ]);

const ltrace: Write = random =>
  lines(random, [
    'a->malloc(4) = 0x10',
    ...some(random, 12, () => {
      const thread = random(3) ? '' : one(random, ['12 ', '[pid 13] ', '12 1.5 ', '13 12:00:01.5 ']);
      const call = one(random, [
        'malloc',
        'calloc',
        'realloc',
        'free',
        '_Znwm',
        '_ZdlPvm',
        'operator new',
        'operator delete(void*)',
        'aligned_alloc',
        'foo',
      ]);
      if (random(8) === 0) return `${thread}<... ${call} resumed> ) = ${hex(random)}`;
      const args = some(random, 3, () => (random(2) ? number(random) : hex(random))).join(', ');
      const end = one(random, [
        `) = ${hex(random)}`,
        `) = ${hex(random)}`,
        ') = <void>',
        ' <unfinished ...>',
        ' <no return ...>',
        ') = 0x10 <0.0001>',
        ')',
      ]);
      return `${thread}${random(3) ? 'a->' : ''}${call}(${args}${end}`;
    }),
    ...(random(3) ? [] : ['+++ exited (status 0) +++']),
  ]);

const singa: Write = random =>
  lines(
    random,
    some(
      random,
      12,
      () =>
        `${one(random, ['MALLOC:', 'FREE:', 'READ:', 'Mutable', 'Malloc'])} ${hex(random)} ${number(random, 4096)} ${isWrong(random) ? one(random, NUMBERS) : `16086395942619${random(99999)}`}`,
    ),
  );

const heaptrack: Write = random => {
  const small = () =>
    isWrong(random) ? one(random, ['zz', 'ffffffffffffffff', '', '-1', '100000000']) : random(4).toString(16);
  return lines(random, [
    'v 10400 3',
    's 4 main',
    'i 5653 1 1 1 6',
    't 1 0',
    'a 20 1',
    ...some(random, 16, () => {
      const kind = one(random, [...'++++--sitacRX#q']);
      const count = kind === 'i' ? 5 : kind === 't' || kind === 'a' ? 2 : 1;
      return `${kind} ${kind === 's' ? `4 ${name(random)}` : Array.from({length: count}, small).join(' ')}`;
    }),
  ]);
};

const xla: Write = random =>
  lines(random, [
    'BufferAssignment:',
    ...some(random, 3, k => [
      `allocation ${k}: size ${number(random, 999)}, ${random(3) ? 'preallocated-temp' : 'constant'}${random(3) ? '' : ', color 1'}:`,
      ...some(
        random,
        4,
        i =>
          ` value: <${i} f.${random(6)}{${random(2) || ''}} @0> (size=${number(random)},offset=${number(random)}): f32[2]`,
      ),
    ]).flat(),
    'HloLiveRange (max 12):',
    '  BufferLiveRange:',
    ...some(random, 8, i => `    f.${i}{${random(2) || ''}}:${number(random, 9)}-${number(random, 20)}`),
    ...(random(3) ? [] : ['  Live ranges at 3 (peak):', 'a: 3 bytes']),
  ]);

const eventLog: Write = random =>
  lines(random, [
    object(
      ['"schema":"stowage.events/1"'],
      random(3) ? [] : field(random, 'alignment', () => String(2 ** random(10))),
      random(5)
        ? []
        : field(random, 'devices', () =>
            list(random, 2, () => object(field(random, 'name', () => text(random)))),
          ),
      random(8) ? [] : field(random, 'warnings', () => list(random, 2, () => text(random))),
    ),
    ...some(random, 14, () => event(random)),
  ]);

const kineto: Write = random =>
  object(
    ['"schemaVersion":1'],
    field(random, 'traceEvents', () => list(random, 14, () => kinetoEvent(random))),
    random(3) ? [] : ['"x":[1,{"y":2}]'],
  );

const snapshotEntry = (random: Random): string =>
  object(
    field(random, 'action', () =>
      JSON.stringify(
        one(random, [
          'alloc',
          'alloc',
          'free_requested',
          'free_completed',
          'segment_alloc',
          'segment_free',
          'oom',
          'snapshot',
          'x',
        ]),
      ),
    ),
    field(random, 'addr', () => number(random, 9)),
    field(random, 'size', () => number(random, 4096)),
    field(random, 'stream', () => number(random, 1)),
    random(3) ? [] : field(random, 'time_us', () => number(random, 1000)),
    random(3)
      ? []
      : field(random, 'frames', () =>
          list(random, 3, () =>
            object(
              field(random, 'filename', () => text(random)),
              field(random, 'name', () => text(random)),
              field(random, 'line', () => number(random)),
            ),
          ),
        ),
  );

const snapshot: Write = random =>
  object(
    field(random, 'segments', () =>
      list(random, 3, () =>
        object(
          field(random, 'device', () => number(random, 1)),
          field(random, 'address', () => number(random, 9)),
          field(random, 'total_size', () => number(random, 9999)),
          field(random, 'stream', () => '0'),
          field(random, 'segment_type', () => '"large"'),
          field(random, 'segment_pool_id', () => '[0,1]'),
          field(random, 'blocks', () =>
            list(random, 3, () =>
              object(
                field(random, 'size', () => number(random, 4096)),
                field(random, 'state', () =>
                  JSON.stringify(one(random, ['active_allocated', 'inactive', 'active_awaiting_free'])),
                ),
              ),
            ),
          ),
        ),
      ),
    ),
    field(random, 'device_traces', () =>
      list(random, 2, () => list(random, 10, () => snapshotEntry(random))),
    ),
    random(4)
      ? []
      : field(random, 'allocator_settings', () => object(field(random, 'a', () => text(random)))),
  );

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

const onnx: Write = random => {
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
const pickle: Write = random => {
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

const WRITERS: Readonly<Record<string, Write>> = {
  csv,
  problem,
  plan,
  'event-log': eventLog,
  kineto,
  snapshot,
  pickle,
  mtrace,
  ltrace,
  singa,
  heaptrack,
  xla,
  onnx,
};
const FORMATS = Object.keys(WRITERS);

export function written(random: Random): {readonly format: string; readonly bytes: Uint8Array} {
  const format = one(random, FORMATS);
  const file = WRITERS[format]!(random);
  return {format, bytes: typeof file === 'string' ? new TextEncoder().encode(file) : file};
}

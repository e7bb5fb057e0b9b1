/** Inputs of a size n, made to take more than they should: each makes one list, table or run of a format long. */

/** Pieces of a file, so that a long one is never held. */
export type Pieces = Iterable<string | Uint8Array>;
export interface Bomb {
  /** The most that n may be. */
  readonly most: number;
  readonly make: (n: number) => Pieces;
  /** Read as a plan, not as a problem or recording. */
  readonly isPlan?: boolean;
}

const PIECE = 500;

/** `make(0) … make(n − 1)`, some hundred in a piece. */
function* each(n: number, make: (i: number) => string): Generator<string> {
  let piece = '';
  for (let i = 0; i < n; i++) {
    piece += make(i);
    if (i % PIECE === PIECE - 1) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

function* file(...parts: readonly (string | Uint8Array | Pieces)[]): Generator<string | Uint8Array> {
  for (const part of parts)
    if (typeof part === 'string' || part instanceof Uint8Array) yield part;
    else yield* part;
}

const list = (n: number, make: (i: number) => string) => each(n, i => (i > 0 ? `,${make(i)}` : make(i)));
const run = (n: number, text: string) => each(n, () => text);

const EVENTS = '{"schema":"stowage.events/1"}\n';
const BUFFER = '{"size":4,"start":0,"end":2}';
const kineto = (events: Pieces) =>
  file('{"traceEvents":[{"ph":"i","name":"[memory]","ts":0,"args":{"Bytes":8,"Addr":1}},', events, ']}');
const span = (name: string, ts: number, dur: number, tid: number) =>
  `{"ph":"X","cat":"cpu_op","name":"${name}","ts":${ts},"dur":${dur},"tid":${tid}}`;
const memory = (i: number, tid: number) =>
  `{"ph":"i","name":"[memory]","ts":${i},"tid":${tid},"args":{"Bytes":8,"Addr":${i + 2}}}`;
const problem = (n: number, rest: string | Pieces) =>
  file(
    '{"schema":"stowage.problem/1","buffers":[',
    list(n, () => BUFFER),
    ']',
    rest,
    '}',
  );
const ltrace = 'a->malloc(4) = 0x10\n';
const xla = 'BufferAssignment:\nallocation 5: size 100, preallocated-temp:\n';

export const BOMBS: Readonly<Record<string, Bomb>> = {
  'csv rows': {
    most: 1 << 19,
    make: n =>
      file(
        'id,lower,upper,size\n',
        each(n, i => `b${i},${i},${i + 2},8\n`),
      ),
  },
  'csv columns': {most: 1 << 22, make: n => file('id,lower,upper,size', run(n, ',x'), '\n')},
  'csv fields': {most: 1 << 22, make: n => file('id,lower,upper,size\na,0,1,2', run(n, ','), '\n')},
  'csv gaps': {
    most: 1 << 20,
    make: n =>
      file(
        'id,lower,upper,size,gaps\na,0,99999999,2,',
        each(n, i => `${2 * i + 1}-${2 * i + 2} `),
        '\n',
      ),
  },
  'csv bad gaps': {
    most: 1 << 20,
    make: n => file('id,lower,upper,size,gaps\na,0,10,5,', run(n, '1-2 '), 'x\n'),
  },
  'csv pools of a row': {
    most: 1 << 20,
    make: n =>
      file(
        'id,lower,upper,size,pool\na,0,10,5,',
        each(n, i => `p${i} `),
        '\n',
      ),
  },
  'csv quotes': {most: 1 << 21, make: n => file('id,lower,upper,size\n"', run(n, '""'), '",0,1,2\n')},
  'csv rows of quotes': {
    most: 1 << 18,
    make: n =>
      file(
        'id,lower,upper,size\n',
        each(n, i => `"${i}",0,1,2\n`),
      ),
  },
  'csv same names': {most: 1 << 19, make: n => file('id,lower,upper,size\n', run(n, 'a,0,1,2\n'))},
  'event log events': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"operation":"o${i}","module":"m${i}"}\n`),
      ),
  },
  'event log devices': {
    most: 1 << 15,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"device":"d${i}"}\n`),
      ),
  },
  'event log streams': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"malloc","address":${i},"size":8,"stream":${i},"pool":${i}}\n`),
      ),
  },
  'event log warnings': {
    most: 1 << 20,
    make: n =>
      file(
        '{"schema":"stowage.events/1","warnings":[',
        list(n, i => `"${i}"`),
        ']}\n{"event":"malloc","address":1,"size":8}\n',
      ),
  },
  'event log marks': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"iteration"}\n{"event":"malloc","address":${i},"size":8}\n`),
      ),
  },
  'event log annotations': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"annotation","name":"a${i}#1","start":${i},"end":${i + 1}}\n{"event":"annotation","name":"a${i}#2","start":${i + 2},"end":${i + 3}}\n{"event":"malloc","address":${i},"size":8,"time":${i}}\n`,
        ),
      ),
  },
  'event log optimizer': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"annotation","name":"Optimizer.step#a","start":${2 * i},"end":${2 * i + 1}}\n{"event":"malloc","address":${i},"size":8,"time":${i}}\n`,
        ),
      ),
  },
  'event log waits': {
    most: 1 << 16,
    make: n =>
      file(
        EVENTS,
        each(
          n,
          i =>
            `{"event":"malloc","address":${i},"size":8}\n{"event":"free","address":${i},"requested":${i}}\n`,
        ),
      ),
  },
  'event log same address': {
    most: 1 << 17,
    make: n =>
      file(
        EVENTS,
        each(n, i => `{"event":"${i % 2 ? 'free' : 'malloc'}","address":1,"size":8}\n`),
      ),
  },
  'event log depth': {most: 1 << 20, make: n => file(EVENTS, '{"event":', run(n, '['), run(n, ']'), '}\n')},
  'event log keys': {
    most: 1 << 19,
    make: n =>
      file(
        EVENTS,
        '{"event":"malloc"',
        each(n, i => `,"k${i}":1`),
        '}\n',
      ),
  },
  'mtrace callers': {
    most: 1 << 18,
    make: n =>
      file(
        '= Start\n',
        each(n, i => `@ ./a:[0x${i}] + 0x${(16 * i).toString(16)} 0x10\n`),
      ),
  },
  'mtrace signs': {most: 1 << 21, make: n => file('= Start\n@ ', run(n, '- '), '\n')},
  'ltrace unfinished': {
    most: 1 << 16,
    make: n =>
      file(
        ltrace,
        run(n, '1 a->_Znwm(8 <unfinished ...>\n'),
        each(n, i => `1 a->malloc(8) = 0x${(16 * i + 32).toString(16)}\n`),
      ),
  },
  'ltrace resumed': {
    most: 1 << 16,
    make: n =>
      file(ltrace, run(n, '1 a->malloc(8 <unfinished ...>\n'), run(n, '1 <... free resumed> ) = 0x1\n')),
  },
  'ltrace threads': {
    most: 1 << 16,
    make: n =>
      file(
        ltrace,
        each(n, i => `${i} a->malloc(8 <unfinished ...>\n`),
      ),
  },
  'ltrace blanks': {most: 1 << 21, make: n => file(ltrace, 'a->malloc(1)', run(n, ' '), 'x\n')},
  'ltrace arguments': {most: 1 << 20, make: n => file(ltrace, 'a->malloc(', run(n, '1,'), ') = 0x20\n')},
  'ltrace arrows': {most: 1 << 20, make: n => file(ltrace, run(n, '->'), 'malloc(\n')},
  'ltrace separators': {most: 1 << 20, make: n => file(ltrace, 'a->malloc(', run(n, '\u2028'), '\n')},
  digits: {most: 1 << 20, make: n => file(run(n, '1'), '\nfoo\n')},
  'singa lines': {
    most: 1 << 18,
    make: n => each(n, i => `MALLOC: 0x${(16 * i).toString(16)} 8 1608639594${1e9 + i}\n`),
  },
  'heaptrack numbers': {most: 1 << 21, make: n => file('v 10400 3\ni 1', run(n, ' 1'), '\n')},
  'heaptrack classes': {
    most: 1 << 18,
    make: n =>
      file(
        'v 10400 3\ns 1 a\ni 1 1 1\nt 1 0\n',
        each(n, i => `a ${(i + 1).toString(16)} 1\n+ ${i.toString(16)}\n`),
      ),
  },
  'heaptrack strings': {
    most: 1 << 18,
    make: n =>
      file(
        'v 10400 3\n',
        each(
          n,
          i =>
            `s 4 ${i}\ni 1 1 ${(i + 1).toString(16)}\nt ${(i + 1).toString(16)} 0\na 8 ${(i + 1).toString(16)}\n+ ${i.toString(16)}\n`,
        ),
      ),
  },
  'heaptrack one class': {
    most: 1 << 18,
    make: n => file('v 10400 3\na 8 0\n', run(n, '+ 0\n'), run(n, '- 0\n')),
  },
  'xla braces': {
    most: 1 << 21,
    make: n => file('BufferAssignment:\nBufferLiveRange:\n  ', run(n, '{'), '\n'),
  },
  'xla values': {
    most: 1 << 17,
    make: n =>
      file(
        xla,
        each(n, i => ` value: <${i} f.${i}{} @0> (size=8,offset=${i % 7}): f\n`),
        '  BufferLiveRange:\n',
        each(n, i => `    f.${i}{}:${i}-${i + 9}\n`),
      ),
  },
  'xla allocations': {
    most: 1 << 16,
    make: n =>
      file(
        'BufferAssignment:\n',
        each(
          n,
          i =>
            `allocation ${i}: size 8, preallocated-temp:\n value: <${i} f.${i}{} @0> (size=8,offset=0): f\n`,
        ),
        '  BufferLiveRange:\n',
        each(n, i => `    f.${i}{}:${i}-${i + 9}\n`),
      ),
  },
  'kineto depth': {
    most: 1 << 16,
    make: n =>
      kineto(
        file(
          list(n, i => span(`s${i % 5}`, i, 4 * n - 2 * i, 1)),
          ',',
          list(n, i => memory(n + i, 1)),
        ),
      ),
  },
  'kineto ended spans': {
    most: 1 << 16,
    make: n =>
      kineto(
        file(
          list(n, i => span('s', i, 2 * n - 2 * i, 1)),
          ',',
          list(n, i => memory(2 * n + i, 1)),
        ),
      ),
  },
  'kineto threads of spans': {most: 1 << 15, make: n => kineto(list(n, i => span('s', i, 1, i)))},
  'kineto threads of memory': {most: 1 << 16, make: n => kineto(list(n, i => memory(i, i)))},
  'kineto names': {
    most: 1 << 16,
    make: n => kineto(list(n, i => `${span(`s${i}`, i, 2, 1)},${memory(i, 1)}`)),
  },
  'kineto flows': {
    most: 1 << 16,
    make: n =>
      kineto(
        list(
          n,
          i =>
            `{"ph":"s","cat":"fwdbwd","name":"f","ts":${i},"tid":1,"id":${i}},{"ph":"f","cat":"fwdbwd","name":"f","ts":${i},"tid":1,"id":${i}},${span('s', i, 1, 1)}`,
        ),
      ),
  },
  'kineto escapes': {
    most: 1 << 20,
    make: n => file('{"traceEvents":[{"ph":"i","name":"[memory]","x":"', run(n, '\\"'), '\\\n"}]}'),
  },
  'kineto not a number': {
    most: 1 << 20,
    make: n =>
      kineto(
        file(
          '{"ph":"X","cat":"cpu_op","name":"a","ts":1,"args":{"x":[',
          list(n, () => 'NaN'),
          ']}}',
        ),
      ),
  },
  'kineto names without end': {
    most: 1 << 17,
    make: n => file('{"traceEvents":[{"ph":"X","cat":"cpu_op" "x"', run(n, '"name":"')),
  },
  'kineto damaged': {
    most: 1 << 15,
    make: n => kineto(list(n, () => '{"ph":"X","cat":"cpu_op","name":"a "b" c","ts":1,"dur":1}')),
  },
  'kineto damaged braces': {most: 1 << 20, make: n => kineto(file('{"ph":"X" "x"', run(n, '}, {"'), '}'))},
  'kineto keys': {
    most: 1 << 19,
    make: n =>
      kineto(
        file(
          '{"ph":"i","name":"[memory]","args":{',
          list(n, i => `"k${i}":1`),
          '}}',
        ),
      ),
  },
  'kineto long key': {most: 1 << 23, make: n => file('{"traceEvents":[],"', run(n, 'x'))},
  'kineto long event': {most: 1 << 23, make: n => file('{"traceEvents":[{"ph":"', run(n, 'x'))},
  'kineto blanks': {most: 1 << 23, make: n => file('{"traceEvents":[', run(n, ' '))},
  'kineto devices': {
    most: 1 << 16,
    make: n =>
      kineto(
        list(
          n,
          i =>
            `{"ph":"i","name":"[memory]","ts":${i},"args":{"Bytes":8,"Addr":${i},"Device Type":1,"Device Id":${i}}}`,
        ),
      ),
  },
  'kineto without addresses': {
    most: 1 << 16,
    make: n =>
      file(
        '{"traceEvents":[',
        list(n, i => `{"ph":"i","name":"[memory]","ts":${i},"args":{"Bytes":${i % 2 ? -8 : 8}}}`),
        ']}',
      ),
  },
  'problem buffers': {most: 1 << 18, make: n => problem(n, '')},
  'problem values': {
    most: 1 << 21,
    make: n =>
      file(
        '{"schema":"stowage.problem/1","buffers":[',
        list(n, () => '{}'),
        ']}',
      ),
  },
  'problem depth': {
    most: 1 << 20,
    make: n => file('{"schema":"stowage.problem/1","buffers":', run(n, '['), run(n, ']'), '}'),
  },
  'problem keys': {
    most: 1 << 19,
    make: n =>
      file(
        '{"schema":"stowage.problem/1"',
        each(n, i => `,"k${i}":1`),
        '}',
      ),
  },
  'problem scopes': {
    most: 1 << 13,
    make: n =>
      problem(
        2 * n,
        file(
          ',"scopes":[{"reads":[',
          list(n, String),
          '],"writes":[',
          list(n, i => String(n + i)),
          ']}]',
        ),
      ),
  },
  'problem share': {most: 1 << 18, make: n => problem(n, file(',"share":[[', list(n, String), ']]'))},
  'problem names': {
    most: 1 << 17,
    make: n =>
      file(
        '{"schema":"stowage.problem/1","buffers":[',
        list(n, i => `{"id":"n${i}","size":1,"start":0,"end":1}`),
        '],"adjacent":[[',
        list(n, i => `"n${i}"`),
        ']]}',
      ),
  },
  'problem gaps': {
    most: 1 << 18,
    make: n =>
      file(
        '{"schema":"stowage.problem/1","buffers":[{"size":1,"start":0,"end":9999999,"gaps":[',
        list(n, i => `[${2 * i + 1},${2 * i + 2}]`),
        ']}]}',
      ),
  },
  'problem pools': {
    most: 1 << 18,
    make: n =>
      problem(
        2,
        file(
          ',"pools":[',
          list(n, i => `{"name":"p${i}"}`),
          ']',
        ),
      ),
  },
  'plan offsets': {
    isPlan: true,
    most: 1 << 20,
    make: n => file('{"schema":"stowage.plan/1","offsets":[', list(n, String), ']}'),
  },
  'plan arenas': {
    isPlan: true,
    most: 1 << 18,
    make: n =>
      file(
        '{"schema":"stowage.plan/1","offsets":[',
        list(n, String),
        '],"arenaOf":[',
        list(n, String),
        '],"arenas":[',
        list(n, i => `{"pool":0,"name":"a${i}"}`),
        ']}',
      ),
  },
  'plan depth': {
    isPlan: true,
    most: 1 << 20,
    make: n => file('{"schema":"stowage.plan/1","offsets":', run(n, '['), run(n, ']'), '}'),
  },
  'snapshot depth': {most: 1 << 20, make: n => file('{"device_traces":', run(n, '['))},
  'snapshot text': {most: 1 << 22, make: n => file('{"device_traces":"', run(n, 'x'))},
  'snapshot entries': {
    most: 1 << 16,
    make: n =>
      file(
        '{"device_traces":[[',
        list(
          n,
          i =>
            `{"action":"alloc","addr":${i},"size":8,"stream":0,"frames":[{"filename":"f${i}","name":"n","line":${i}}]}`,
        ),
        ']]}',
      ),
  },
  'snapshot keys': {
    most: 1 << 18,
    make: n =>
      file(
        '{"segments":[],"x":{',
        list(n, i => `"k${i}":1`),
        '}}',
      ),
  },
  ...binaryBombs(),
};

function bytes(...list: number[]): Uint8Array {
  return Uint8Array.from(list);
}

function repeated(n: number, ...list: number[]): Uint8Array {
  const all = new Uint8Array(n * list.length);
  for (let at = 0; at < all.length; at += list.length) all.set(list, at);
  return all;
}

function binaryBombs(): Record<string, Bomb> {
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
    'onnx types': {most: 1 << 17, make: n => onnx(each2(n, i => value(13, `v${i}`)))},
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

function* each2(n: number, make: (i: number) => Pieces): Pieces {
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
      each2(n, () => [inner]),
    ),
  );
  const call = joined(
    message(1, file(message(1, ['x']), message(2, ['y']), message(4, ['f']), message(3, [name]))),
  );
  return file(
    onnx(
      each2(n, () => [call]),
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

/** Bombs of Kineto traces, problems, plans and snapshots as JSON. */
import {type Bombs, each, file, list, type Pieces, run} from './pieces.ts';

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

export const JSON_BOMBS: Bombs = {
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
};

import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  EVENT_LOG_SCHEMA,
  findIterations,
  ImportError,
  type Trace,
  TraceBuilder,
  writeEventLog,
} from '../../bindings/trace.ts';
import {dumpTrace} from './dump.ts';
import {example, fixture, importTrace} from './inputs.ts';

const HEADER = `{"schema":"${EVENT_LOG_SCHEMA}"}\n`;
const textOf = (trace: Trace): string => [...writeEventLog(trace)].join('');

async function checkRoundTrip(trace: Trace): Promise<void> {
  const text = textOf(trace);
  const again = await importTrace(text);
  assert.deepEqual(dumpTrace(again), dumpTrace(trace));
  assert.equal(textOf(again), text);
}

test('a log of two lines is enough', async () => {
  const trace = await importTrace(`${HEADER}{"event":"malloc","address":1,"size":8}`);
  assert.deepEqual(trace.devices, [{name: 'cpu', alignment: 1}]);
  assert.deepEqual([...trace.blocks.bytes], [8]);
});

test('without times the lines are the order; with some, the others happen with the line before', async () => {
  const lines = [
    '{"event":"malloc","address":1,"size":1,"time":5}',
    '{"event":"malloc","address":2,"size":2}',
    '{"event":"malloc","address":3,"size":3,"time":4}',
    '{"event":"malloc","address":4,"size":4}',
  ];
  const trace = await importTrace(HEADER + lines.join('\n'));
  assert.deepEqual([...trace.blocks.bytes], [3, 4, 1, 2]);
  assert.deepEqual([...trace.events.time], [4, 4, 5, 5]);
});

test('errors name the line', async () => {
  const malloc = '{"event":"malloc","address":"0x10","size":8}\n';
  const cases: [string, number, RegExp][] = [
    ['{"schema":"stowage.events/2"}\n', 1, /schema: expected stowage.events\/1, got "stowage.events\/2"/],
    ['{"schema":"stowage.events/1","alignment":48}\n', 1, /alignment: expected a power of two, got 48/],
    ['{"schema":"stowage.events/1","devices":["cpu"]}\n', 1, /devices: expected a list of objects/],
    [`${HEADER}${malloc}{"event":"mallok"}\n`, 3, /event: expected malloc, free, read, .*, got "mallok"/],
    [`${HEADER}${malloc}{"event":\n`, 3, /not a line of JSON/],
    [`${HEADER}\n\n[1]\n`, 4, /expected an object, got \[1\]/],
    [`${HEADER}{"event":"malloc","address":"0x10"}\n`, 2, /size: expected an integer, got nothing/],
    [`${HEADER}{"event":"malloc","size":1}\n`, 2, /address: expected an address, got nothing/],
    [
      `${HEADER}{"event":"malloc","address":9007199254740993,"size":1}\n`,
      2,
      /address: expected an integer up to 2\^53 - 1, or a string/,
    ],
    [`${HEADER}{"event":"malloc","address":"18446744073709551616","size":1}\n`, 2, /address/],
    [`${HEADER}{"event":"malloc","address":"16x","size":1}\n`, 2, /address/],
    [
      `${HEADER}{"event":"malloc","address":1,"size":-1}\n`,
      2,
      /size: expected an integer from 0 to 2\^53 - 1, got -1/,
    ],
    [`${HEADER}{"event":"record","fence":1}\n`, 2, /stream: expected an address, got nothing/],
    [`${HEADER}{"event":"wait","stream":1}\n`, 2, /fence: expected an address, got nothing/],
    [`${HEADER}{"event":"sync","stream":-1}\n`, 2, /stream: expected an integer up to 2\^53 - 1/],
    [`${HEADER}{"event":"free","address":1,"time":"now"}\n`, 2, /time: expected microseconds, got "now"/],
    [
      `${HEADER}{"event":"iteration","number":2}\n{"event":"iteration","number":2}\n`,
      3,
      /number: expected a number that no iteration before has, got 2/,
    ],
    [
      `${HEADER}{"event":"annotation","name":"a","start":2,"end":1}\n`,
      2,
      /end: expected at least start \(2\), got 1/,
    ],
  ];
  for (const [text, line, message] of cases) {
    const error = await importTrace(text).catch((reason: unknown) => reason);
    assert.ok(error instanceof ImportError, text);
    assert.equal(error.line, line, text);
    assert.match(error.message, message);
  }
});

test('iterations are where the marks say; the last one is whole only with an end', async () => {
  const step = '{"event":"malloc","address":1,"size":8}\n{"event":"free","address":1}\n';
  const text = `${HEADER}${step}{"event":"iteration","number":7}\n${step}{"event":"iteration"}\n${step}`;
  const open = findIterations(await importTrace(text), 0);
  assert.deepEqual(open, {
    source: 'mark',
    warmUpEvents: 2,
    tailEvents: 0,
    iterations: [
      {number: 7, firstEvent: 2, endEvent: 4, whole: true},
      {number: 8, firstEvent: 4, endEvent: 6, whole: false},
    ],
  });
  const closed = findIterations(await importTrace(`${text}{"event":"end"}\n${step}`), 0);
  assert.deepEqual(closed.iterations[1], {number: 8, firstEvent: 4, endEvent: 6, whole: true});
  assert.equal(closed.tailEvents, 2);
});

test('a recording of every format is written and read as the same trace', async () => {
  for (const name of [
    'event-log/everything.jsonl',
    'event-log/readme.jsonl',
    'event-log/streams.jsonl',
    'kineto/small.json',
    'kineto/no-address.json',
    'singa/colon.log',
    'singa/mutable.txt',
  ]) {
    await checkRoundTrip(await importTrace(fixture(name)));
  }
  await checkRoundTrip(await importTrace(example('mobilenet_v2.inference.json.gz')));
});

test('any trace is written and read as the same trace', async () => {
  const event = fc.record({
    kind: fc.integer({min: 0, max: 3}),
    device: fc.integer({min: 0, max: 1}),
    address: fc.oneof(fc.bigInt(1n, 3n), fc.constant(2n ** 64n - 1n)),
    bytes: fc.oneof(fc.integer({min: 0, max: 3}), fc.maxSafeNat(), fc.constant(Number.NaN)),
    time: fc.oneof(fc.integer({min: -2, max: 2}), fc.double({noNaN: true, noDefaultInfinity: true})),
    stream: fc.bigInt(0n, 2n ** 64n - 1n),
    operation: fc.string(),
    mark: fc.option(fc.boolean(), {freq: 8}),
    hasStream: fc.boolean(),
    sync: fc.option(fc.integer({min: 0, max: 2}), {freq: 3}),
  });
  const property = fc.asyncProperty(
    fc.array(event, {maxLength: 30}),
    fc.boolean(),
    fc.string(),
    async (events, hasTimes, name) => {
      const builder = new TraceBuilder('test');
      builder.device('cuda:0', {alignment: 512});
      builder.device(`d${name}`);
      for (const [index, {mark, operation, sync, hasStream, stream, ...rest}] of events.entries()) {
        const time = hasTimes ? rest.time + 0 : 0;
        if (mark !== null) builder.mark(mark ? index : null, time);
        const isNamed = hasStream || sync === 0 ? {stream} : {};
        if (sync !== null)
          builder.sync({
            kind: sync,
            device: rest.device,
            time,
            ...isNamed,
            ...(sync < 2 ? {fence: stream % 5n} : {}),
          });
        builder.add({
          ...rest,
          ...isNamed,
          time,
          bytes: rest.kind === 0 && Number.isNaN(rest.bytes) ? 5 : rest.bytes,
          operation: builder.operation(operation),
        });
      }
      builder.annotate({name, start: -1.5, end: 2e15, thread: name});
      await checkRoundTrip(builder.build());
    },
  );
  await fc.assert(property, {seed: 6, numRuns: 300});
});

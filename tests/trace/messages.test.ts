/** A message repeats little of the input, whatever is in the place that it is about. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cut, listNames, show} from '../../bindings/model/shown.ts';
import {
  ImportError,
  importFile,
  openSource,
  readPlanCsv,
  readPlanJson,
  readPlanTotals,
} from '../../bindings/trace.ts';
import {bytesOf} from './inputs.ts';

const DEEP = `${'['.repeat(40_000)}${']'.repeat(40_000)}`;
const NESTED = `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`;
const LONG = JSON.stringify('x'.repeat(200_000));
/** An object that cannot be made a string. */
const HOSTILE = '{"toString":1,"valueOf":1,"toJSON":1}';
const VALUES = {DEEP, NESTED, LONG, HOSTILE};

const BUFFER = '"size":1,"start":0,"end":1';
const problem = (fields: string) => `{"schema":"stowage.problem/1",${fields}}`;
const buffers = (fields: string) => problem(`"buffers":[{${BUFFER}},{${BUFFER},${fields}}]`);
const plan = (fields: string) => `{"schema":"stowage.plan/1",${fields}}`;
const header = '{"schema":"stowage.events/1"}\n';
const kineto = (fields: string) =>
  `{"traceEvents":[{"ph":"i","name":"[memory]","ts":1,"args":{"Bytes":8,"Addr":1}},{"ph":"i","name":"[memory]",${fields}}]}`;

/** A text for each place, `@` being the value. */
const IMPORTED: readonly string[] = [
  ...['size', 'start', 'end', 'alignment', 'offset', 'gaps', 'hint', 'id', 'pools', 'accesses', 'part'].map(
    field => problem(`"buffers":[{"size":1,"start":0,"end":1,"${field}":@}]`),
  ),
  problem('"buffers":@'),
  problem('"buffers":[@]'),
  problem('"buffers":[],"schema":@'),
  problem('"buffers":[],"capacity":@'),
  problem('"buffers":[],"alignment":@'),
  ...['pools', 'share', 'views', 'inPlace', 'adjacent', 'separate', 'scopes'].flatMap(field => [
    buffers(`"part":""`).replace(/}$/, `,"${field}":@}`),
    buffers(`"part":""`).replace(/}$/, `,"${field}":[@]}`),
    buffers(`"part":""`).replace(/}$/, `,"${field}":[[@,@]]}`),
  ]),
  buffers('"part":""').replace(/}$/, ',"pools":[{"name":@}]}'),
  problem(`"pools":[{"name":@}],"buffers":[{${BUFFER},"pools":["b"]}]`),
  buffers('"part":""').replace(/}$/, ',"views":[{"buffer":@,"of":@,"offset":@}]}'),
  buffers('"part":""').replace(/}$/, ',"inPlace":[{"input":@,"output":@}]}'),
  buffers('"part":""').replace(/}$/, ',"scopes":[{"reads":@,"writes":@}]}'),
  `{"schema":"stowage.events/1","alignment":@}\n`,
  `{"schema":"stowage.events/1","devices":@}\n`,
  `{"schema":"stowage.events/1","warnings":@}\n`,
  `{"schema":"stowage.events/1","schema":@}\n`,
  `${header}@\n`,
  `${header}{"event":@}\n`,
  ...['address', 'size', 'time', 'stream', 'pool', 'operation', 'module', 'device', 'requested'].map(
    field => `${header}{"event":"malloc","address":1,"size":1,"${field}":@}\n`,
  ),
  ...['number', 'time'].map(field => `${header}{"event":"iteration","${field}":@}\n`),
  `${header}{"event":"annotation","start":@,"end":@,"name":@}\n`,
  ...['Bytes', 'Addr', 'Ev Idx', 'Device Type', 'Device Id'].map(field =>
    kineto(`"ts":1,"args":{"Bytes":8,"Addr":1,"${field}":@}`),
  ),
  kineto('"ts":@,"args":{"Bytes":8,"Addr":1}'),
  kineto('"ts":1,"args":@'),
];

const PLANS: readonly string[] = [
  plan('"offsets":@'),
  plan('"offsets":[@]'),
  plan('"offsets":[0],"source":@'),
  plan('"offsets":[0],"arenas":[@],"arenaOf":[0]'),
  plan('"offsets":[0],"arenas":[{"pool":@,"name":"a"}],"arenaOf":[0]'),
  plan('"offsets":[0],"arenas":[{"pool":0,"name":"a"}],"arenaOf":[@]'),
  plan('"offsets":[0],"schema":@'),
  ...['peak', 'lowerBound', 'persistentBytes', 'buffers', 'recording'].map(field =>
    plan(`"peak":1,"lowerBound":1,"persistentBytes":1,"buffers":1,"${field}":@`),
  ),
];

const CELLS: readonly string[] = [
  ...['lower', 'upper', 'size', 'alignment', 'offset', 'hint', 'gaps', 'arena'].map(
    column => `id,lower,upper,size,${column === 'upper' ? 'x' : column},y\na,0,1,1,@,@\nb,@,@,@,@,@\n`,
  ),
  'id,lower,upper,size,@\na,0,1,2,3,4\n',
  'id,lower,@\n',
  'id,lower,upper,size,gaps\na,0,9,2,1-2@3:4@\n',
  'id,lower,upper,size,gaps\na,0,9,2,@\n',
  'id,offset,@\na,1\n',
  'id,offset\na,@\n',
  '= Start\n@\n+ 0x1 0x1\n',
  'v 10400 3\ns 4 main\n+ @\n',
  'v 10400 3\ni @\n',
  'MALLOC: 0x10 32 1608639594261992560\n@\nx\n',
  'a->malloc(4) = 0x10\na->malloc(@) = 0x1\na->free(@) = <void>\n',
  'a->malloc(4) = 0x10\na->malloc(4) = @\nx\n',
  'BufferAssignment:\nallocation 5: size 100, preallocated-temp:\n value: <1 @ @0> (size=1,offset=0): f\nBufferLiveRange:\n @\n',
  '@',
];

async function isRefused(read: () => Promise<unknown>, text: string): Promise<void> {
  const where = text.slice(0, 120);
  const result = await read().catch((error: unknown) => error);
  if (!(result instanceof Error)) {
    const read = result as {warnings?: string[]; trace?: {warnings: string[]}};
    for (const warning of read.warnings ?? read.trace?.warnings ?? [])
      assert.ok(warning.length <= 1000, where);
    return;
  }
  assert.ok(result instanceof ImportError, `${where}: ${result.stack}`);
  assert.ok(result.message.length <= 1000, `${where}: a message of ${result.message.length} characters`);
}

const source = (text: string) => openSource({name: 'unknown', data: bytesOf(text)});
const imported = (text: string) => importFile({name: 'unknown', data: bytesOf(text)});

for (const [name, value] of Object.entries(VALUES)) {
  test(`a value that is ${name.toLowerCase()}, at any place, is cut in the message`, async () => {
    for (const place of IMPORTED) {
      const text = place.replaceAll('@', value);
      await isRefused(() => imported(text), text);
    }
    for (const place of PLANS) {
      const text = place.replaceAll('@', value);
      await isRefused(async () => readPlanJson(await source(text)), text);
      await isRefused(async () => readPlanTotals(await source(text)), text);
    }
  });
}

test('a cell of 200 KB, at any place, is cut in the message', async () => {
  for (const cell of ['x'.repeat(200_000), '1'.repeat(200_000), '\u{1f600}'.repeat(50_000)])
    for (const place of CELLS) {
      const text = place.replaceAll('@', cell);
      await isRefused(() => imported(text), text);
      await isRefused(async () => readPlanCsv(await source(text)), text);
    }
});

test('a value is shown as JSON, its beginning only', () => {
  assert.equal(show({a: [1, 'b', null]}), '{"a":[1,"b",null]}');
  assert.equal(show([[[[1]]]]), '[[[[…]]]]');
  assert.equal(show(Array.from({length: 20}, (_, i) => i)), '[0,1,2,3,4,5,6,7,…]');
  assert.equal(show('x'.repeat(100)).length, 80);
  assert.equal(show(undefined), 'undefined');
  assert.equal(show(12n), '12');
  assert.equal(show(new Map()), '[object Map]');
  assert.equal(cut('abcdef', 4), 'abc…');
  // a character that takes two units is left out whole
  assert.equal(cut('ab\u{1f600}def', 4), 'ab…');
  assert.equal(listNames(['a', 'b', 'c'], 2), 'a, b, … (3 in all)');
});

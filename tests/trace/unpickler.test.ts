/** Allowed and forbidden contents of a pickle: refused, damaged, endless and clever ones. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {ImportError, importFile} from '../../bindings/trace.ts';
import {checkImported} from './check.ts';
import {dumpImported} from './dump.ts';
import {importBytes, importTrace} from './inputs.ts';
import {pickle, Raw} from './pickle.ts';
import {BASE, entry, everything, freed, snapshot, tiny} from './snapshots.ts';

const LF = 10;
const latin = (text: string): number[] => [...text].map(letter => letter.charCodeAt(0));

async function errorOf(data: Uint8Array): Promise<ImportError> {
  const error = await importBytes(data).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ImportError, String(error));
  assert.equal(error.format, 'cuda-snapshot');
  return error;
}

/** A snapshot with these opcodes as the value of a key that nobody reads. */
const withOpcodes = (bytes: readonly number[]): Uint8Array => pickle({...tiny(), x: new Raw(bytes)}, 4);

/** Without the table of frames, which also has those that a dictionary was before its last key. */
async function dumpOf(data: Uint8Array): Promise<object> {
  const dump = dumpImported(await importBytes(data)) as {trace: {cuda: {frames?: unknown}}};
  delete dump.trace.cuda.frames;
  return dump;
}

/** The position of the first of these bytes. */
function byteOf(data: Uint8Array, bytes: readonly number[]): number {
  return data.findIndex((_, at) => bytes.every((byte, i) => data[at + i] === byte));
}

test('protocols 2 to 5, in batches of any size, give the same trace', async () => {
  const expected = await dumpOf(pickle(everything(), 4));
  for (const protocol of [2, 3, 4, 5]) {
    for (const batch of [1, 2, 1000, Number.POSITIVE_INFINITY]) {
      const data = pickle(everything(), protocol, batch);
      assert.deepEqual(await dumpOf(data), expected, `protocol ${protocol}, ${batch}`);
    }
  }
});

test('whatever asks to import, to call or to fetch is refused by name, with its byte', async () => {
  const text = (value: string): number[] => [0x8c, value.length, ...latin(value)];
  const cases: [number[], RegExp][] = [
    [[0x63, ...latin('os\nsystem\n')], /asks to import os\.system \(GLOBAL\)/],
    [[0x28, 0x69, ...latin('os\nsystem\n')], /asks to import os\.system \(INST\)/],
    [[...text('numpy.core'), ...text('scalar'), 0x93], /asks to import numpy\.core\.scalar \(STACK_GLOBAL\)/],
    [[0x4e, 0x4e, 0x52], /has the opcode REDUCE/],
    [[0x4e, 0x4e, 0x62], /has the opcode BUILD/],
    [[0x28, 0x4e, 0x6f], /has the opcode OBJ/],
    [[0x4e, 0x4e, 0x81], /has the opcode NEWOBJ/],
    [[0x4e, 0x4e, 0x4e, 0x92], /has the opcode NEWOBJ_EX/],
    [[0x82, 1], /has the opcode EXT1/],
    [[0x83, 1, 0], /has the opcode EXT2/],
    [[0x84, 1, 0, 0, 0], /has the opcode EXT4/],
    [[0x50, 0x31, LF], /has the opcode PERSID/],
    [[0x4e, 0x51], /has the opcode BINPERSID/],
    [[0x97], /has the opcode NEXT_BUFFER/],
    [[0x8f], /has the opcode EMPTY_SET/],
    [[0x49, 0x31, LF], /has the opcode INT of protocol 0/],
  ];
  for (const [bytes, message] of cases) {
    const data = withOpcodes(bytes);
    const error = await errorOf(data);
    assert.match(error.message, message);
    const opcode = byteOf(data, bytes);
    assert.ok(error.byte !== undefined && error.byte >= opcode && error.byte < opcode + bytes.length);
    // however little of it comes at a time
    const one = async function* (): AsyncGenerator<Uint8Array> {
      for (const byte of data) yield Uint8Array.of(byte);
    };
    await assert.rejects(importFile({name: 'x', data: one()}), {message: error.message});
  }
});

test('a name without its end is refused all the same', async () => {
  const error = await errorOf(withOpcodes([0x63, ...latin('a'.repeat(5000))]));
  assert.match(error.message, /asks to import a{100,}/);
  assert.ok(error.message.length < 400);
});

test('values that a snapshot does not need are skipped, whatever they are', async () => {
  const ok = [
    [0x43, 3, 1, 2, 3],
    [0x42, 3, 0, 0, 0, 1, 2, 3],
    [0x8e, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],
    [0x96, 3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3],
    [0x8d, 3, 0, 0, 0, 0, 0, 0, 0, 97, 98, 99],
    [0x8a, 0],
    [0x8a, 20, ...Array.from({length: 20}, () => 255)],
    [0x8b, 4, 0, 0, 0, 1, 2, 3, 4],
    [0x8b, 0, 1, 0, 0, ...Array.from({length: 256}, () => 1)],
    [0x47, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
    [0x29],
    [0x28, 0x4b, 1, 0x4b, 2, 0x4b, 3, 0x4b, 4, 0x74],
    [0x4b, 1, 0x85],
    [0x28, 0x4b, 1, 0x4b, 2, 0x6c],
    [0x28, 0x8c, 1, 97, 0x4b, 2, 0x64],
    [0x4b, 1, 0x32, 0x86],
    [0x4b, 1, 0x4b, 2, 0x30],
    [0x4b, 1, 0x28, 0x4b, 2, 0x4b, 3, 0x31],
    [0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x88],
  ];
  for (const bytes of ok) {
    const trace = await importTrace(withOpcodes(bytes));
    assert.equal(trace.events.count, 2);
    assert.deepEqual(trace.warnings, ['not read: x']);
  }
});

test('bytes of gigabytes that never come end as a file cut short, without memory for them', async () => {
  const most = [0xff, 0xff, 0xff, 0xff];
  const lengths = [
    [0x58, ...most],
    [0x42, ...most],
    [0x8b, ...most],
    [0x8d, ...most, 0, 0, 0, 0],
    [0x8e, ...most, 0, 1, 0, 0],
    [0x96, ...most, 0, 0, 1, 0],
  ];
  for (const bytes of lengths) {
    const data = withOpcodes(bytes);
    const before = process.memoryUsage().arrayBuffers;
    const error = await errorOf(data);
    assert.match(error.message, /cut short: it ends within the pickle at byte \d+/);
    assert.equal(error.byte, data.length);
    assert.ok(process.memoryUsage().arrayBuffers - before < 1 << 24);
  }
  for (const opcode of [0x8d, 0x8e, 0x96]) {
    assert.match((await errorOf(withOpcodes([opcode, ...most, ...most]))).message, /more than 2\^53 bytes/);
  }
});

test('memo entries are neither made nor read by their numbers alone', async () => {
  const cases: [number[], RegExp][] = [
    [[0x4e, 0x72, 0xff, 0xff, 0xff, 0xff], /memo entry 4294967295 in a file of so few bytes/],
    [[0x4e, 0x72, 0, 0, 0, 1], /memo entry 16777216 in a file/],
    [[0x6a, 0xff, 0xff, 0xff, 0xff], /memo entry 4294967295 was never set/],
    [[0x6a, 0, 0, 0, 0x80], /memo entry 2147483648 was never set/],
    [[0x68, 255], /memo entry 255 was never set/],
  ];
  for (const [bytes, message] of cases) assert.match((await errorOf(withOpcodes(bytes))).message, message);
});

test('a bomb of references to references stays as small as the file', async () => {
  // 60 lists, each twice the one before: written out they would be 2^60 items
  let bomb: readonly unknown[] = ['x'];
  for (let i = 0; i < 60; i++) bomb = [bomb, bomb];
  const trace = await importTrace(pickle({...tiny(), bomb: bomb as never}, 4));
  assert.equal(trace.events.count, 2);
  // the same within the settings, which are given out
  let settings: object = {};
  for (let i = 0; i < 60; i++) settings = {a: settings, b: settings};
  const nested = await importTrace(pickle({...tiny(), allocator_settings: settings as never}, 4));
  assert.ok(JSON.stringify(nested.cuda?.settings).length < 2000);
});

test('a list that is made to grow frame by frame cannot grow call stacks without end', async () => {
  // frame and list in the memo, then one frame more, twenty thousand times
  const grow = Array.from({length: 20_000}, () => [0x68, 250, 0x61]).flat();
  const frame = [0x7d, 0x71, 250, 0x8c, 8, ...latin('filename'), 0x8c, 1, 97, 0x73, 0x30];
  const error = await errorOf(withOpcodes([...frame, 0x5d, ...grow]));
  assert.match(error.message, /call stacks that are longer than the file/);
});

test('deep nesting is refused, and nothing is recursive', async () => {
  const marks = Array.from({length: 2000}, () => 0x28);
  assert.match((await errorOf(withOpcodes(marks))).message, /nested more than 1000 deep/);
  const lists = Array.from({length: 100_000}, () => 0x5d);
  const closed = [...lists, ...Array.from({length: 99_999}, () => 0x61)];
  assert.equal((await importTrace(withOpcodes(closed))).events.count, 2);
});

test('values that pile up on the stack have a limit', async () => {
  const piled = new Uint8Array((1 << 25) + 100).fill(0x68);
  for (let at = 4; at < piled.length; at += 2) piled[at + 1] = 0;
  piled.set([0x80, 4, 0x4e, 0x94]); // and then the first memo entry, again and again
  assert.match((await errorOf(piled)).message, /more than 16777216 values wait on the stack/);
});

test('a gzip bomb is read in a stated memory, and refused where the limits are', async () => {
  const megabytes = 16;
  const bomb = new Uint8Array(megabytes << 20).fill(0x30);
  for (let at = 2; at < bomb.length; at += 2) bomb[at] = 0x4e; // NONE POP NONE POP
  bomb.set([0x80, 4]);
  const zipped = new Uint8Array(gzipSync(bomb));
  assert.ok(zipped.length < 1 << 17);
  const before = process.memoryUsage().arrayBuffers;
  const error = await errorOf(zipped);
  assert.match(error.message, /cut short/);
  assert.equal(error.byte, bomb.length);
  assert.ok(process.memoryUsage().arrayBuffers - before < 48 << 20);
});

test('a key named __proto__ is a key like any other', async () => {
  const polluted = JSON.parse('{"__proto__": {"polluted": true}, "max_split_size": 3}') as object;
  const odd = new Map<string, never>([['__proto__', {polluted: true} as never]]);
  const data = pickle({...tiny(), allocator_settings: polluted as never, extra: odd}, 4);
  const {cuda} = await importTrace(data);
  assert.ok(cuda);
  assert.ok(Object.hasOwn(cuda.settings, '__proto__'));
  assert.equal(Object.getPrototypeOf(cuda.settings), Object.prototype);
  assert.equal(({} as {polluted?: boolean}).polluted, undefined);
  const asEntry = entry('alloc', BASE, 8, JSON.parse('{"__proto__": 1}') as never);
  assert.equal((await importTrace(pickle(snapshot([[asEntry]]), 4))).events.count, 1);
});

test('a snapshot cut at every hundredth byte is refused with format and byte', async () => {
  const data = pickle(everything(), 4);
  for (let cut = 100; cut < data.length; cut += 100) {
    const error = await errorOf(data.subarray(0, cut));
    assert.equal(error.byte, cut);
  }
});

test('damage to the structure is an error with its byte', async () => {
  const cases: [number[], RegExp][] = [
    [[0x65], /the end of a list without its beginning/],
    [[0x28, 0x75], /items for a value that is no dictionary/],
    [[0x7d, 0x28, 0x4e, 0x75], /a key without a value/],
    [[0x28, 0x86], /a value is missing/],
    [[0x4e, 0x4e, 0x61], /items for a value that is no list/],
    [[0x7d, 0x4e, 0x4e, 0x73], /a key that is None, not a text/],
    [[0x01], /0x01 is no opcode of pickle/],
    [[0x80, 6], /pickle protocol 6; protocols 2 to 5 are read/],
  ];
  for (const [bytes, message] of cases) {
    // not within the whole's own mark
    const data = Uint8Array.from([0x80, 4, ...bytes, 0x2e]);
    const isInner = bytes[0] === 0x65;
    const error = await errorOf(isInner ? data : withOpcodes(bytes));
    assert.match(error.message, message);
    assert.ok(error.byte !== undefined && error.byte > 0);
  }
});

test('bytes after the end are counted, zeros are padding', async () => {
  const data = pickle(tiny(), 4);
  const padded = new Uint8Array(data.length + 3);
  padded.set(data);
  assert.deepEqual((await importTrace(padded)).warnings, []);
  padded[data.length + 1] = 7;
  assert.deepEqual((await importTrace(padded)).warnings, ['1 × bytes after the end of the pickle: ignored']);
});

test('integers of 64 bits, with a sign or without, are kept exactly', async () => {
  const addresses = [0n, 1n, 2n ** 47n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
  for (const address of addresses) {
    const events = [entry('alloc', address, 512), ...freed(address, 512)];
    const imported = await importBytes(pickle(snapshot([events]), 4));
    checkImported(imported);
    assert.ok(imported.kind === 'trace');
    assert.deepEqual([...imported.trace.blocks.address], [address]);
  }
  const negative = await importTrace(pickle(snapshot([[entry('alloc', -4096, 512)]]), 4));
  assert.equal(negative.blocks.address[0], 2n ** 64n - 4096n);
  const size = await errorOf(pickle(snapshot([[entry('alloc', 1, (2n ** 60n) as never)]]), 4));
  assert.match(size.message, /size: expected bytes from 0 to 2\^53 - 1, got 1152921504606846976/);
});

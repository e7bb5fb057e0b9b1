/** Recordings of programs that died: what is whole is read, with a warning that says where it ends. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {ImportError, type ImportOptions, importFile, type Trace} from '../../bindings/trace.ts';
import {bytesOf, fixture, importTrace, inChunks, sharedData} from './inputs.ts';

const LOGS: readonly [format: string, first: string, second: string][] = [
  ['mtrace', '= Start\n@ ./a:[0x1] + 0x10 0x20\n', '@ ./a:[0x1] + 0x40 0x80\n'],
  ['ltrace', 'demo->malloc(32) = 0x10\n', 'demo->malloc(128) = 0x40\n'],
  ['singa', 'MALLOC: 0x10 32 1608639594261992560\n', 'MALLOC: 0x40 128 1608639594261992561\n'],
  ['heaptrack', 'v 10400 3\ns 4 main\ni 1 1 1 1 1\nt 1 0\na 20 1\n+ 0\na 80 1\n', '+ 1\n'],
  [
    'event-log',
    '{"schema":"stowage.events/1"}\n{"event":"malloc","address":16,"size":32}\n',
    '{"event":"malloc","address":64,"size":128}\n',
  ],
];

/** Where a line that is no record may be about something else. */
const GARBAGE: Readonly<Record<string, string>> = {ltrace: 'malloc(x) = 0x1', heaptrack: '+ zz'};

async function read(data: Uint8Array | string, options: ImportOptions = {}): Promise<Trace> {
  const bytes = typeof data === 'string' ? bytesOf(data) : data;
  const imported = await importFile({name: 'unknown', data: bytes}, options);
  assert.ok(imported.kind === 'trace');
  return imported.trace;
}

/** Bytes and whether it was freed, per block. */
const blocksOf = ({blocks}: Trace): string[] =>
  Array.from(
    {length: blocks.count},
    (_, i) => `${blocks.bytes[i]}${blocks.freeEvent[i] === 0xffffffff ? '' : ' freed'}`,
  );

for (const [format, first, second] of LOGS) {
  test(`${format}: a last line that is cut is left out with its number, or said to be perhaps too small`, async () => {
    const lines = first.split('\n').length;
    for (let cut = 1; cut < second.length - 1; cut++) {
      const text = first + second.slice(0, cut);
      const trace = await read(text);
      const warning = trace.warnings.find(one => /cut short|may be cut/.test(one)) ?? '';
      assert.ok(warning.includes(`line ${lines}`), `${text}: ${trace.warnings}`);
      if (!warning.includes('cut short')) continue;
      assert.deepEqual(blocksOf(trace), ['32']);
      assert.match(warning, /is left out; blocks that are live there count as never freed$/);
      await assert.rejects(read(text, {strict: true}), {name: 'ImportError', line: lines});
    }
    assert.deepEqual(blocksOf(await read(first + second)), ['32', '128']);
    assert.ok(!(await read(first + second)).warnings.some(one => /cut/.test(one)));
  });

  test(`${format}: a line that cannot be read with others after it is damage, not an end`, async () => {
    const line = first.split('\n').length;
    await assert.rejects(read(`${first}${GARBAGE[format] ?? '@ garbage'}\n${second}`), {
      name: 'ImportError',
      line,
    });
  });

  test(`${format}: a compressed recording that is cut short is read up to there`, async () => {
    const whole = first + second.repeat(3000).replace(/\n/g, '\n');
    const plain = blocksOf(await read(whole)).length;
    for (const part of [0.5, 0.9, 0.999]) {
      const zipped = new Uint8Array(gzipSync(bytesOf(whole), {level: 0}));
      const cut = zipped.subarray(0, Math.floor(zipped.length * part));
      for (const data of [cut, inChunks(cut, 1000)]) {
        const imported = await importFile({name: 'unknown', data});
        assert.ok(imported.kind === 'trace');
        const {trace} = imported;
        assert.match(
          trace.warnings[0]!,
          /^the gzip data is damaged or cut short after \d+ bytes of output .*: read up to there$/,
        );
        const count = blocksOf(trace).length;
        assert.ok(count > plain * (part - 0.05) && count <= plain * part + 40, `${count} of ${plain}`);
      }
      await assert.rejects(read(cut, {strict: true}), {name: 'ImportError', format: 'gzip'});
    }
  });
}

test('a CSV in a gzip that is cut short loses its last row, whose number may be short', async () => {
  const text = `id,lower,upper,size\n${Array.from({length: 900}, (_, i) => `${i},0,1,${1000 + i}`).join('\n')}\n`;
  const zipped = new Uint8Array(gzipSync(bytesOf(text), {level: 0}));
  for (let cut = 5000; cut < 5014; cut++) {
    const imported = await importFile({name: 'unknown', data: zipped.subarray(0, cut)});
    assert.ok(imported.kind === 'problem');
    assert.ok(imported.problem.size.every((size, i) => size === 1000 + i));
    assert.match(imported.warnings[0]!, /^the gzip data is damaged or cut short/);
  }
  const strict = importFile({name: 'unknown', data: zipped.subarray(0, 5000)}, {strict: true});
  await assert.rejects(strict, {name: 'ImportError', format: 'gzip'});
});

test('gzip data with a wrong byte, and models and pickles that are cut, are refused as before', async () => {
  const zipped = new Uint8Array(gzipSync(bytesOf(LOGS[0]![1] + LOGS[0]![2].repeat(200))));
  const wrong = zipped.slice();
  wrong[wrong.length - 6] = wrong[wrong.length - 6]! ^ 1;
  await assert.rejects(read(wrong), ImportError);
  for (const name of ['cuda-snapshot/everything.pickle', 'onnx/everything.onnx']) {
    let data: Uint8Array;
    try {
      data = fixture(name);
    } catch {
      continue;
    }
    const cut = new Uint8Array(gzipSync(data, {level: 0})).subarray(0, data.length - 50);
    await assert.rejects(importFile({name, data: cut}), ImportError);
  }
});

test('the shared recordings of programs that died', async t => {
  for (const [name, blocks, place] of [
    ['crashed.mtrace', ['32 freed', '64'], 'line 5'],
    ['killed.jsonl', ['5'], 'line 3'],
  ] as const) {
    const data = sharedData(t, `field/${name}`);
    if (!data) return;
    const trace = await importTrace(data);
    assert.deepEqual(blocksOf(trace), blocks);
    assert.ok(trace.warnings[0]!.includes(place));
    await assert.rejects(read(data, {strict: true}), ImportError);
  }
});

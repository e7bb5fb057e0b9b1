import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {IMPORTERS, ImportError, importFile} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {checkImported} from './check.ts';
import {dumpImported} from './dump.ts';
import {example, fixture, importBytes, inChunks} from './inputs.ts';

const FIXTURES = IMPORTERS.flatMap(({format}) => {
  const folder = new URL(`./fixtures/${format}/`, import.meta.url);
  const names = readdirSync(folder).filter(name => !name.endsWith('.expected.json'));
  return names.map(name => `${format}/${name}`);
});

/** Bytes that are no good are refused with an ImportError, never with anything else. */
async function checkSurvives(data: Uint8Array, what: string): Promise<void> {
  try {
    checkImported(await importBytes(data));
  } catch (error) {
    assert.ok(error instanceof ImportError, `${what}: ${error instanceof Error ? error.stack : error}`);
    assert.ok(error.message.length > 0 && error.message.length < 600, `${what}: ${error.message}`);
  }
}

test('every importer has fixtures', () => {
  for (const {format} of IMPORTERS)
    assert.ok(
      FIXTURES.some(name => name.startsWith(`${format}/`)),
      format,
    );
});

for (const name of FIXTURES) {
  test(`${name} gives its golden model, whatever it is called, zipped or not, in chunks of any size`, async () => {
    const data = fixture(name);
    const golden: unknown = JSON.parse(
      readFileSync(new URL(`./fixtures/${name}.expected.json`, import.meta.url), 'utf8'),
    );
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    assert.deepEqual(plain(dumpImported(await importBytes(data))), golden);
    assert.deepEqual(plain(dumpImported(await importBytes(new Uint8Array(gzipSync(data))))), golden);
    for (const bytes of [1, 2, 7, 100]) {
      const chunked = await importFile({name: 'misleading.pickle', data: inChunks(data, bytes)});
      assert.deepEqual(plain(dumpImported(chunked)), golden);
    }
  });

  test(`${name} cut short anywhere gives an ImportError or a sound result`, async () => {
    const data = fixture(name);
    for (let cut = 0; cut < data.length; cut++) await checkSurvives(data.subarray(0, cut), `cut at ${cut}`);
  });

  test(`${name} with wrong bytes gives an ImportError or a sound result`, async () => {
    const data = fixture(name);
    const random = seeded(7);
    for (let run = 0; run < 300; run++) {
      const wrong = data.slice();
      for (let count = 1 + random(4); count > 0; count--) wrong[random(wrong.length)] = random(256);
      await checkSurvives(wrong, `run ${run}`);
    }
  });
}

test('noise gives an ImportError', async () => {
  const random = seeded(3);
  for (let run = 0; run < 200; run++) {
    const noise = Uint8Array.from({length: random(400)}, () => random(256));
    await assert.rejects(importBytes(noise), ImportError);
  }
});

test('a real trace cut short or bitten gives an ImportError or a sound result', async () => {
  const data = new Uint8Array(example('mobilenet_v2.inference.json.gz'));
  const random = seeded(5);
  for (let run = 0; run < 6; run++) {
    await checkSurvives(data.subarray(0, random(data.length)), `run ${run}`);
    const wrong = data.slice();
    wrong[random(wrong.length)] = random(256);
    await checkSurvives(wrong, `run ${run}`);
  }
});

test('an unreadable file is refused with its apparent format and the readable ones', async () => {
  const cases: [string | number[], RegExp][] = [
    ['', /the file is empty/],
    ['hello world\n', /it begins with "hello world"/],
    [[0x7f, 0x45, 0x4c, 0x46, 1], /it begins with the bytes 7f 45 4c 46 01/],
    ["(dp0\nS'a'\n", /recognised but not readable: this is a pickle of protocol 0 or 1; write it/],
    [
      '[[1, 2, 3], [[0, 1, 2, 3], [0, 5, 2, 1]]]',
      /a memory timeline of torch.profiler .*; record the same run/,
    ],
    ['[[-1, 0, 4096, 2], [1010, 1, 8192, 5]]', /a memory timeline of torch.profiler .*profile_memory=True/],
    ['[[], []]', /a memory timeline of torch.profiler/],
    ['<html>\n<img src="data:image/png;base64, iVBOR"/>', /the picture of a memory timeline/],
    ['{"schema":"stowage.plan/1"}', /this is a plan, not a problem; check it with/],
    [[0xff, 0xfe, 0x69, 0], /UTF-16; save it as UTF-8/],
  ];
  for (const [data, message] of cases) {
    const error = await importBytes(typeof data === 'string' ? data : Uint8Array.from(data)).catch(
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ImportError);
    assert.match(error.message, message);
    for (const {format} of IMPORTERS) assert.ok(error.message.includes(format));
  }
});

test('exactly one importer detects each fixture', () => {
  for (const name of FIXTURES) {
    const bytes = fixture(name);
    const head = {bytes, text: new TextDecoder().decode(bytes)};
    const detected = IMPORTERS.filter(importer => importer.detect(head)).map(({format}) => format);
    assert.deepEqual(detected, [name.split('/')[0]], name);
  }
});

import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {ImportError, openSource, type SourceInput, type SourceOptions} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {bytesOf, inChunks} from './inputs.ts';

const random = seeded(1);
const CONTENT = Uint8Array.from({length: 300_000}, () => random(20));
const ZIPPED = new Uint8Array(gzipSync(CONTENT));

async function readAll(data: SourceInput['data'], options: SourceOptions = {}): Promise<Uint8Array> {
  const source = await openSource({name: 'unknown', data}, options);
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

test('the same bytes come out of an array, a blob, a stream and an iterable, zipped or not', async () => {
  for (const data of [CONTENT, ZIPPED]) {
    const blob = new Blob([data as Uint8Array<ArrayBuffer>]);
    assert.deepEqual(await readAll(data), CONTENT);
    assert.deepEqual(await readAll(blob), CONTENT);
    assert.deepEqual(await readAll(blob.stream() as ReadableStream<Uint8Array>), CONTENT);
    assert.deepEqual(await readAll(inChunks(data, 777)), CONTENT);
    assert.deepEqual(
      await readAll(inChunks(data.subarray(0, 5000), 1)).catch(() => 'cut'),
      data === CONTENT ? CONTENT.subarray(0, 5000) : 'cut',
    );
  }
});

test('the head is the beginning of the content, and chunks begin with it', async () => {
  for (const data of [CONTENT, ZIPPED]) {
    const source = await openSource({name: 'unknown', data});
    assert.equal(source.gzipped, data === ZIPPED);
    assert.ok(source.head.length >= 64 * 1024);
    assert.deepEqual(source.head, CONTENT.subarray(0, source.head.length));
    await source.close();
  }
  const short = await openSource({name: 'unknown', data: bytesOf('abc')});
  assert.deepEqual(short.head, bytesOf('abc'));
  const empty = await openSource({name: 'unknown', data: new Uint8Array(0)});
  assert.equal(empty.head.length, 0);
});

test('gzip data that is cut short anywhere is an ImportError with the byte reached', async () => {
  const cuts = [2, 3, 9, 10, 11, 18, 30, 1000, 100_000, ...[9, 8, 7, 4, 1].map(left => ZIPPED.length - left)];
  for (const cut of cuts) {
    const error = await readAll(ZIPPED.subarray(0, cut)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ImportError, `cut at ${cut}`);
    assert.match(error.message, /damaged or cut short after \d+ bytes of output/);
    assert.equal(error.format, 'gzip');
    assert.ok(error.byte !== undefined && error.byte <= CONTENT.length);
  }
});

test('what comes before a cut is handed on whole, in whatever chunks it comes', async () => {
  const stored = new Uint8Array(gzipSync(CONTENT, {level: 0}));
  for (const cut of [100_000, 200_000, stored.length - 9]) {
    // a stored block has 5 bytes of its own for at most 65,535, behind a header of 10
    const least = cut - 10 - 5 * Math.ceil(cut / 16_384);
    for (const data of [stored.subarray(0, cut), inChunks(stored.subarray(0, cut), 1000)]) {
      const source = await openSource({name: 'unknown', data});
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.chunksToCut()) chunks.push(chunk);
      const content = new Uint8Array(Buffer.concat(chunks));
      assert.ok(content.length >= least, `${content.length} of ${cut}`);
      assert.deepEqual(content, CONTENT.subarray(0, content.length));
      assert.equal(source.cut?.byte, content.length);
    }
  }
});

test('behind the end of gzip data, zeros and more members are read, and other bytes are an error', async () => {
  for (const many of [1, 100, 100_000]) {
    const padded = Buffer.concat([ZIPPED, Buffer.alloc(many)]);
    for (const data of [new Uint8Array(padded), inChunks(padded, 777)])
      assert.deepEqual(await readAll(data), CONTENT, `${many}`);
  }
  const garbage = Buffer.concat([ZIPPED, Buffer.from('garbage')]);
  for (const data of [new Uint8Array(garbage), inChunks(garbage, 1)])
    await assert.rejects(readAll(data), {name: 'ImportError', format: 'gzip'});
  const twice = new Uint8Array(Buffer.concat([ZIPPED, ZIPPED]));
  assert.equal((await readAll(twice)).length, 2 * CONTENT.length);
});

test('a host that lends no zlib decompresses by its stream', async () => {
  const {getBuiltinModule} = process;
  process.getBuiltinModule = (() => undefined) as typeof getBuiltinModule;
  try {
    assert.deepEqual(await readAll(ZIPPED), CONTENT);
    assert.deepEqual(await readAll(inChunks(ZIPPED, 777)), CONTENT);
    await assert.rejects(readAll(ZIPPED.subarray(0, 1000)), {name: 'ImportError', format: 'gzip'});
    const wrong = ZIPPED.with(1000, ZIPPED[1000]! ^ 255);
    await assert.rejects(readAll(wrong), {name: 'ImportError', format: 'gzip'});
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

test('gzip data with a wrong byte is an ImportError, or the wrong byte did not matter', async () => {
  for (let run = 0; run < 40; run++) {
    const wrong = ZIPPED.slice();
    const at = 2 + random(wrong.length - 2);
    wrong[at] = wrong[at]! ^ (1 << random(8));
    const result = await readAll(wrong).catch((error: unknown) => error);
    if (result instanceof Uint8Array) assert.deepEqual(result, CONTENT);
    else assert.ok(result instanceof ImportError, String(result));
  }
});

test('errors of the input itself come through, zipped or not', async () => {
  for (const data of [CONTENT, ZIPPED]) {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* inChunks(data.subarray(0, 100_000), 5000);
      throw new RangeError('the disk is gone');
    }
    await assert.rejects(readAll(failing()), RangeError);
  }
});

test('progress counts the bytes before decompression', async () => {
  const seen: number[] = [];
  await readAll(inChunks(ZIPPED, 10_000), {onProgress: bytes => seen.push(bytes)});
  assert.equal(seen.at(-1), ZIPPED.length);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
});

test('an abort is heard between chunks, and the input is let go', async () => {
  for (const data of [CONTENT, ZIPPED]) {
    let isOpen = true;
    async function* input(): AsyncGenerator<Uint8Array> {
      try {
        yield* inChunks(data, 5000);
      } finally {
        isOpen = false;
      }
    }
    const abort = new AbortController();
    const onProgress = (bytes: number): void => {
      if (bytes > 90_000) abort.abort();
    };
    await assert.rejects(readAll(input(), {signal: abort.signal, onProgress}), {name: 'AbortError'});
    await new Promise(resolve => setTimeout(resolve, 10));
    assert.ok(!isOpen);
  }
});

test('an abort before the beginning reads nothing', async () => {
  await assert.rejects(readAll(CONTENT, {signal: AbortSignal.abort(new Error('no'))}), /no/);
});

test('closing a source lets the input go, however far it was read', async () => {
  for (const data of [CONTENT, ZIPPED]) {
    for (const [chunks, bytes] of [
      [0, 5000],
      [0, 100_000],
      [1, 5000],
      [1, 100_000],
      [2, 5000],
    ] as const) {
      let isOpen = true;
      async function* input(): AsyncGenerator<Uint8Array> {
        try {
          yield* inChunks(data, bytes);
        } finally {
          isOpen = false;
        }
      }
      const source = await openSource({name: 'unknown', data: input()});
      const reader = source.chunks();
      for (let i = 0; i < chunks; i++) await reader.next();
      await source.close();
      await new Promise(resolve => setTimeout(resolve, 10));
      assert.ok(!isOpen, `after ${chunks} chunks of ${bytes}`);
    }
  }
});

/** Inputs compressed with Zstandard. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ImportError, importFile, openSource} from '../../bindings/trace.ts';
import {seeded} from '../random.ts';
import {inChunks} from './inputs.ts';

/** `zstd -19` of a CSV of two buffers. */
const COMPRESSED = new Uint8Array(
  Buffer.from('KLUv/SQkIQEAaWQsbG93ZXIsdXBwZXIsc2l6ZQphLDAsMiw4CmIsMSwzLDQKLqYqyA==', 'base64'),
);
const RAW = 0;
const RLE = 1;
const MOST_BLOCK = 128 * 1024;

interface Block {
  readonly type: number;
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** A frame by RFC 8878: a single segment of `size` bytes, or a window by its descriptor. */
function frame(
  header: {readonly size: number} | {readonly window: number},
  blocks: readonly Block[],
): Uint8Array {
  const begin = [0x28, 0xb5, 0x2f, 0xfd];
  if ('window' in header) begin.push(0, header.window);
  else begin.push(0xa0, ...new Uint8Array(Uint32Array.of(header.size).buffer));
  const parts = blocks.map(({type, size, bytes}, index) => {
    const word = (size << 3) | (type << 1) | (index === blocks.length - 1 ? 1 : 0);
    return Buffer.concat([Uint8Array.of(word & 255, (word >> 8) & 255, word >> 16), bytes]);
  });
  return new Uint8Array(Buffer.concat([Uint8Array.from(begin), ...parts]));
}

const rle = (size: number): Block => ({type: RLE, size, bytes: Uint8Array.of(65)});

const random = seeded(4);
const CONTENT = Uint8Array.from({length: 300_000}, () => random(256));
const STORED = frame(
  {size: CONTENT.length},
  [0, MOST_BLOCK, 2 * MOST_BLOCK].map(at => {
    const bytes = CONTENT.subarray(at, at + MOST_BLOCK);
    return {type: RAW, size: bytes.length, bytes};
  }),
);

async function readAll(data: Uint8Array, chunkBytes: number): Promise<Uint8Array> {
  const source = await openSource({name: 'unknown', data: inChunks(data, chunkBytes)});
  const chunks: Uint8Array[] = [];
  for await (const chunk of source.chunks()) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

test('zstd data is decompressed, in chunks of any size, one frame after the other', async () => {
  for (const bytes of [1, 7, 1000, 1 << 20]) {
    const imported = await importFile({name: 'unknown', data: inChunks(COMPRESSED, bytes)});
    assert.ok(imported.kind === 'problem');
    assert.deepEqual([...imported.problem.size], [8, 4]);
  }
  for (const bytes of [333, 1 << 20]) assert.deepEqual(await readAll(STORED, bytes), CONTENT);
  const two = new Uint8Array(Buffer.concat([STORED, COMPRESSED]));
  assert.equal((await readAll(two, 5000)).length, CONTENT.length + 36);
});

test('zstd data that is cut short anywhere is an ImportError with the byte', async () => {
  const cuts = [...Array.from({length: COMPRESSED.length - 5}, (_, i) => i + 5)];
  for (const [data, lengths] of [
    [COMPRESSED, cuts],
    [STORED, [18, 20, 1000, 131_080, 299_000, STORED.length - 1]],
  ] as const) {
    for (const cut of lengths) {
      await assert.rejects(readAll(data.subarray(0, cut), 4096), (error: unknown) => {
        assert.ok(error instanceof ImportError, `cut at ${cut}: ${error}`);
        assert.match(error.message, /damaged or cut short near byte \d+/);
        assert.ok(error.format === 'zstd' && error.byte! <= cut);
        return true;
      });
    }
  }
});

test('wrong bytes give an ImportError, or do not matter', async () => {
  for (let at = 4; at < COMPRESSED.length; at++) {
    const wrong = COMPRESSED.slice();
    wrong[at]! ^= 1 + random(255);
    await readAll(wrong, 64).catch((error: unknown) => {
      assert.ok(error instanceof ImportError, `byte ${at}: ${error}`);
    });
  }
});

test('a window or a block larger than allowed is refused before it takes memory', async () => {
  // 2^(10 + 17) bytes
  await assert.rejects(readAll(frame({window: 17 << 3}, [rle(5)]), 100), /window of 134217728 bytes/);
  await assert.rejects(readAll(frame({size: 0xffffffff}, [rle(5)]), 100), /window of 4294967295 bytes/);
  await assert.rejects(readAll(frame({window: 13 << 3}, [rle(MOST_BLOCK + 1)]), 100), /larger than 128 KiB/);
});

test('a stream of tiny blocks that each move the window is refused', async () => {
  const tiny = frame({window: 13 << 3}, new Array<Block>(300_000).fill(rle(1)));
  await assert.rejects(readAll(tiny, 1 << 16), /blocks are too small/);
});

test('a few bytes that expand to many come out piece by piece', async () => {
  const bomb = frame({window: 7 << 3}, new Array<Block>(20_000).fill(rle(MOST_BLOCK)));
  const source = await openSource({name: 'bomb', data: bomb});
  const before = process.memoryUsage().arrayBuffers;
  let [bytes, most] = [0, 0];
  for await (const chunk of source.chunks()) {
    bytes += chunk.length;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    // 80 KB say 2.6 GB, and nobody needs to wait for all of it
    if (bytes > 400 << 20) break;
  }
  await source.close();
  assert.ok(most < 200 << 20, `${most} bytes held`);
});

/**
 * Zstandard as it comes, RFC 8878. fzstd moves its whole window for every block, so windows are limited to the 8 MiB
 * that the RFC asks every decoder for; `zstd` writes larger ones only on request (`--long`, `--ultra`). It checks no
 * checksums.
 */
import {ImportError} from '../../model/errors.ts';
import {loadZstd} from '../containers/load.ts';
import {CutError} from './cut-error.ts';

const MOST_WINDOW_BYTES = 8 << 20;
/** A few bytes that expand to many must not fill the memory before they are read: at most 32 MiB come of these. */
const SLICE_BYTES = 1024;

export function isZstd(head: Uint8Array): boolean {
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
}

/** @throws {ImportError} where the data is damaged, ends early, or needs too large a window. */
export async function* unzstd(
  head: Uint8Array,
  compressed: AsyncGenerator<Uint8Array, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const {zstdDecoder} = await loadZstd();
  const decoder = zstdDecoder();
  let read = 0;
  const push = (bytes: Uint8Array): Uint8Array[] => {
    try {
      return decoder.push(bytes, false);
    } catch (error) {
      throw new ImportError(describe(error, read), {format: 'zstd', byte: read});
    } finally {
      read += bytes.length;
    }
  };
  checkWindow(head);
  for await (const chunk of compressed) {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      yield* push(chunk.slice(at, at + SLICE_BYTES));
    }
  }
  try {
    decoder.push(new Uint8Array(0), true);
  } catch (error) {
    throw new CutError(describe(error, read), {format: 'zstd', byte: read});
  }
}

/** Reads the header of the first frame: RFC 8878, 3.1.1.1. */
function checkWindow(head: Uint8Array): void {
  const descriptor = head[4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const window = head[5] ?? 0;
  const base = 2 ** (10 + (window >> 3));
  // of a single segment, the window is the content, whose size is in 1, 2, 4 or 8 bytes
  const bytes = isSingleSegment ? contentBytes(head, descriptor) : base + (base / 8) * (window & 7);
  if (bytes <= MOST_WINDOW_BYTES) return;
  throw new ImportError(
    `the zstd data needs a window of ${bytes} bytes, more than the ${MOST_WINDOW_BYTES} supported: decompress it first`,
    {format: 'zstd', byte: 4},
  );
}

function contentBytes(head: Uint8Array, descriptor: number): number {
  const sizeBytes = [1, 2, 4, 8][descriptor >> 6]!;
  const at = 5 + [0, 1, 2, 4][descriptor & 3]!;
  let bytes = sizeBytes === 2 ? 256 : 0;
  for (let i = 0; i < sizeBytes; i++) bytes += (head[at + i] ?? 0) * 2 ** (8 * i);
  return bytes;
}

function describe(error: unknown, byte: number): string {
  const cause = error instanceof Error && error.message !== '' ? ` (${error.message})` : '';
  return `the zstd data is damaged or cut short near byte ${byte}${cause}`;
}

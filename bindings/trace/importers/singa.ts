/**
 * Allocator logs of an instrumented Apache SINGA, the recordings behind *Pinpointing the Memory Behaviors of DNN
 * Training* (arXiv 2104.00258): https://github.com/Phaeton-lang/apache-singa.
 *
 * One event a line, in order, times in nanoseconds since 1970. Two spellings:
 *
 *     MALLOC: 0x7f84f8000000 37632 1608639594261992560        Malloc 0x24dc3f90 6912 1620075103115845477
 *     FREE: 0x7f84f8000000 1608639594262101746                Free 0x24dc3f90 6912 1620075103115860665
 *     READ: and WRITE: like MALLOC:                           Read and Mutable (= write) like Malloc
 *
 * The second word names a block: an address in the first spelling, the block's handle in the second.
 */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import type {ByteSource} from '../source/source.ts';
import {FREE, MALLOC, READ, type Trace, WRITE} from '../trace.ts';
import {TraceBuilder} from '../trace-builder.ts';
import type {Head, ImportOptions, TraceImporter} from './importer.ts';
import {readRecords} from './text-lines.ts';

const KINDS: Readonly<Record<string, number>> = {
  malloc: MALLOC,
  free: FREE,
  read: READ,
  write: WRITE,
  mutable: WRITE,
};
const LINE =
  /^(malloc|free|read|write|mutable):?[ \t]+(0x[0-9a-f]{1,16})[ \t]+(?:(\d{1,16})[ \t]+)?(\d{1,20})$/i;

export const singaImporter: TraceImporter = {
  format: 'singa',
  kind: 'trace',
  description: 'allocator log of Apache SINGA: MALLOC: address bytes nanoseconds',
  detect: (head: Head) => LINE.test(/^[^\r\n]*/.exec(head.text)![0].trimEnd()),
  read: readSinga,
};

async function readSinga(source: ByteSource, options: ImportOptions): Promise<Trace> {
  const builder = new TraceBuilder('singa');
  // the log does not say which allocator it was, so no alignment can be promised
  const device = builder.device('device:0');
  let base: bigint | undefined;
  const warnings = await readRecords(source, 'singa', options, (text, line) => {
    const match = LINE.exec(text);
    const kind = KINDS[match?.[1]?.toLowerCase() ?? ''];
    if (!match || kind === undefined || (kind === MALLOC && match[3] === undefined)) {
      throw new ImportError(`expected e.g. MALLOC: 0x7f00 1024 1608639594261992560, got ${cut(text, 80)}`, {
        format: 'singa',
        line,
      });
    }
    const nanoseconds = BigInt(match[4]!);
    base ??= nanoseconds;
    builder.add({
      kind,
      device,
      address: BigInt(match[2]!),
      bytes: match[3] === undefined ? Number.NaN : Number(match[3]),
      // from the first event on: nanoseconds since 1970 would lose their last digits
      time: Number(nanoseconds - base) / 1000,
    });
  });
  for (const warning of warnings) builder.warn(warning);
  return builder.build();
}

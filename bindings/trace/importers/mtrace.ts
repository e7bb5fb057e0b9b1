/**
 * Logs of glibc's mtrace, https://man7.org/linux/man-pages/man3/mtrace.3.html; the lines are printed by malloc/mtrace.c
 * (malloc/mtrace-impl.c since glibc 2.34, which also needs LD_PRELOAD=libc_malloc_debug.so.0).
 *
 *     = Start
 *     @ ./demo:[0x121c] + 0x555cbe5624a0 0x1000      malloc, calloc, memalign; the caller may be missing
 *     @ ./demo:[0x123c] - 0x555cbe5624a0             free
 *     @ ./demo:[0x124d] < 0x555cbe5624a0             realloc: the old block …
 *     @ ./demo:[0x124d] > 0x555cbe5624a0 0x8000      … and the new one
 *     @ ./demo:[0x124d] ! 0x555cbe5624a0 0x8000      realloc that failed: the block stays
 *     = End
 *
 * No times, no threads. Bytes are those asked for; glibc aligns to 16 on machines of 64 bits.
 */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import type {ByteSource} from '../source/source.ts';
import {FREE, MALLOC, type Trace} from '../trace.ts';
import {TraceBuilder} from '../trace-builder.ts';
import type {Head, ImportOptions, TraceImporter} from './importer.ts';
import {readRecords} from './text-lines.ts';

/** The alignment that glibc guarantees, bytes. */
export const GLIBC_ALIGNMENT = 16;

const LINE = /^(?:@ (.*) )?([-+<>!]) (0x[0-9a-f]{1,16}|\(nil\))(?: (0x[0-9a-f]{1,16}|0))?$/;

export const mtraceImporter: TraceImporter = {
  format: 'mtrace',
  kind: 'trace',
  description: 'log of glibc mtrace: @ caller + address bytes',
  detect: ({text}: Head) => /^= Start\s|^@ [^\n]* [-+<>!] (0x[0-9a-f]|\(nil\))/.test(text),
  read: readMtrace,
};

const isCuttable = (text: string): boolean => text !== '= End';

async function readMtrace(source: ByteSource, options: ImportOptions): Promise<Trace> {
  const builder = new TraceBuilder('mtrace');
  const device = builder.device('cpu', {alignment: GLIBC_ALIGNMENT});
  let failed = 0;
  let hasEnd = false;
  const warnings = await readRecords(
    source,
    'mtrace',
    options,
    (text, line) => {
      if (text === '= Start') return;
      if (text === '= End') {
        hasEnd = true;
        return;
      }
      const [, caller = '', kind, address = '', size] = LINE.exec(text) ?? [];
      const isMalloc = kind === '+' || kind === '>';
      if (kind === undefined || (isMalloc && size === undefined)) {
        const message = `expected e.g. @ ./a.out:[0x121c] + 0x555cbe5624a0 0x1000, got ${cut(text, 80)}`;
        throw new ImportError(message, {format: 'mtrace', line});
      }
      if (kind === '!' || address === '(nil)') {
        failed++;
        return;
      }
      const operation = builder.operation(caller);
      const bytesOf = isMalloc ? Number(size) : Number.NaN;
      builder.add({
        kind: isMalloc ? MALLOC : FREE,
        device,
        address: BigInt(address),
        bytes: bytesOf,
        time: 0,
        operation,
      });
    },
    isCuttable,
  );
  for (const warning of warnings) builder.warn(warning);
  if (failed > 0) builder.warn(`${failed} × an allocation that failed: left out`);
  if (!hasEnd) builder.warn('the log has no "= End": the program was stopped, or muntrace was never called');
  return builder.build();
}

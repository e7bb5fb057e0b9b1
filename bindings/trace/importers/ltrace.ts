/**
 * Logs of ltrace, e.g. `ltrace -f -e malloc+free+calloc+realloc -o FILE PROGRAM`:
 * https://man7.org/linux/man-pages/man1/ltrace.1.html
 *
 *     demo->malloc(4096)                = 0x558a34f9a2a0
 *     12 libc.so.6->calloc(3, 1000)     = 0x558a34fa22b0           with -f: the thread, maybe a time after it
 *     12 demo->malloc(64 <unfinished ...>
 *     13 demo->free(0x558a34fa22b0)     = <void>
 *     12 <... malloc resumed> )         = 0x558a34fb0010
 *     +++ exited (status 0) +++
 *
 * A free counts from its call on, since another thread may be given the block before it returns. Times, where there
 * are any, only repeat the order of the lines and are not kept. What else the program called is passed over.
 */
import {ImportError} from '../../model/errors.ts';
import type {ByteSource} from '../source/source.ts';
import {FREE, MALLOC, type Trace} from '../trace.ts';
import {TraceBuilder} from '../trace-builder.ts';
import type {Head, TraceImporter} from './importer.ts';
import {GLIBC_ALIGNMENT} from './mtrace.ts';
import {readLines} from './text-lines.ts';

const PREFIX = /^(?:\[pid (\d+)\] +|(\d+) +)?(?:[\d:.]+ +)?(.*)$/s;
const CALL =
  /^(?:[^\s(]+->)?(malloc|calloc|realloc|reallocarray|memalign|aligned_alloc|valloc|free)\(([^)<]*)(.*)$/;
const RESUMED = /^<\.\.\. (\w+) resumed>(.*)$/;
const RESULT = /^[^=]*\)? *= *(0x[0-9a-f]{1,16}|\(?nil\)?|0|NULL|<void>)(?: *<[\d.]+>)?$/i;
const NUMBER = /^(?:0x[0-9a-f]{1,16}|\d{1,19})$/i;

export const ltraceImporter: TraceImporter = {
  format: 'ltrace',
  kind: 'trace',
  description: 'log of ltrace: prog->malloc(4096) = 0x5581',
  detect: ({text}: Head) =>
    /^(?:\[?(?:pid )?[\d:.\] ]+)?(?:[^\s({]+->)?(?:malloc|calloc|realloc|free)\([^\n)<]*(?:\) *= | <unfinished)/m.test(
      text,
    ),
  read: readLtrace,
};

async function readLtrace(source: ByteSource): Promise<Trace> {
  const calls = new Calls();
  const decoder = new TextDecoder();
  await readLines(source, (bytes, start, end, line) => {
    if (start < end) calls.add(decoder.decode(bytes.subarray(start, end)), line);
    return true;
  });
  return calls.build();
}

/** A call that has not returned yet. */
interface Pending {
  readonly name: string;
  readonly numbers: readonly string[];
}

class Calls {
  readonly #builder = new TraceBuilder('ltrace');
  readonly #device = this.#builder.device('cpu', {alignment: GLIBC_ALIGNMENT});
  /** Per thread: calls that others interrupted, the innermost last. */
  readonly #pending = new Map<string, Pending[]>();
  #others = 0;
  #failed = 0;

  /** @throws {ImportError} with the line. */
  add(text: string, line: number): void {
    const [, pid, number, rest = ''] = PREFIX.exec(text)!;
    const thread = pid ?? number ?? '';
    const resumed = RESUMED.exec(rest);
    const call = resumed ? undefined : CALL.exec(rest);
    if (call) this.#call(thread, {name: call[1]!, numbers: splitArguments(call[2]!)}, call[3]!, line);
    else if (resumed) this.#resume(thread, resumed[1]!, resumed[2]!, line);
    else if (!/^(\+\+\+|---) /.test(rest)) this.#others++;
  }

  build(): Trace {
    const open = [...this.#pending.values()].reduce((sum, calls) => sum + calls.length, 0);
    if (open > 0) this.#builder.warn(`${open} × a call that never returned: left out`);
    if (this.#failed > 0) this.#builder.warn(`${this.#failed} × an allocation that failed: left out`);
    if (this.#others > 0) this.#builder.warn(`${this.#others} × a line about something else: skipped`);
    return this.#builder.build();
  }

  #call(thread: string, call: Pending, rest: string, line: number): void {
    if (call.name === 'free') {
      this.#free(call.numbers[0] ?? '', line);
      if (!/<unfinished \.\.\.>$/.test(rest)) return;
    }
    if (!/<unfinished \.\.\.>$/.test(rest)) {
      this.#returned(call, rest, line);
      return;
    }
    const pending = this.#pending.get(thread);
    if (pending) pending.push(call);
    else this.#pending.set(thread, [call]);
  }

  #resume(thread: string, name: string, rest: string, line: number): void {
    const pending = this.#pending.get(thread) ?? [];
    const at = pending.findLastIndex(call => call.name === name);
    if (at < 0) {
      this.#others++;
      return;
    }
    const [call] = pending.splice(at, 1);
    if (name !== 'free') this.#returned(call!, rest, line);
  }

  #returned({name, numbers}: Pending, rest: string, line: number): void {
    const result = RESULT.exec(rest)?.[1];
    if (result === undefined) throw this.#error(`the result of ${name}`, rest, line);
    const isRealloc = name === 'realloc' || name === 'reallocarray';
    const sizes = isRealloc || name === 'memalign' || name === 'aligned_alloc' ? numbers.slice(1) : numbers;
    const bytes = sizes.reduce((product, size) => product * numberOf(size), 1);
    if (sizes.length === 0 || !Number.isSafeInteger(bytes))
      throw this.#error(`the bytes that ${name} was asked for`, numbers.join(', '), line);
    const isNull = !/^0x/i.test(result) || BigInt(result.toLowerCase()) === 0n;
    if (isRealloc && (!isNull || bytes === 0)) this.#free(numbers[0]!, line);
    if (isNull) this.#failed += bytes === 0 ? 0 : 1;
    else this.#event(MALLOC, BigInt(result.toLowerCase()), bytes, name);
  }

  #free(address: string, line: number): void {
    if (/^\(?(nil|0|0x0|NULL)\)?$/i.test(address)) return;
    if (!/^0x[0-9a-f]{1,16}$/i.test(address)) throw this.#error('an address', address, line);
    this.#event(FREE, BigInt(address.toLowerCase()), Number.NaN, '');
  }

  #event(kind: number, address: bigint, bytes: number, name: string): void {
    const operation = this.#builder.operation(name);
    this.#builder.add({kind, device: this.#device, address, bytes, time: 0, operation});
  }

  #error(expected: string, got: string, line: number): ImportError {
    return new ImportError(`expected ${expected}, got ${got.trim().slice(0, 60) || 'nothing'}`, {
      format: 'ltrace',
      line,
    });
  }
}

function splitArguments(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

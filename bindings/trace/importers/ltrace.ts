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
 * `operator new` and `operator delete` of C++ are calls like these, mangled (`_Znwm`, `_ZdlPvm`) or, with -C, as in the
 * source; ltrace shows the malloc within them too where it is traced, and then the outer call counts.
 *
 *     demo->_Znwm(4096)                          = 0x55e0
 *     demo->operator delete(void*)(0x55e0)       = <void>
 *     demo->malloc(24 <no return ...>            the program ended within the call
 *
 * A free counts from its call on, since another thread may be given the block before it returns. Times, where there
 * are any, only repeat the order of the lines and are not kept. What else the program called is passed over.
 */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import {checkMost} from '../limits.ts';
import type {ByteSource} from '../source/source.ts';
import {FREE, MALLOC, type Trace} from '../trace.ts';
import {TraceBuilder} from '../trace-builder.ts';
import type {Head, ImportOptions, TraceImporter} from './importer.ts';
import {GLIBC_ALIGNMENT} from './mtrace.ts';
import {readRecords} from './text-lines.ts';

const THREAD = /^(?:\[pid (\d+)\]|(\d+)) +/;
const TIME = /^[\d:.]+ +/;
const NAME =
  /^(malloc|calloc|realloc|reallocarray|memalign|aligned_alloc|valloc|free|_Zn[wa][mjy]\w*|_Zd[la]Pv\w*|operator (?:new|delete)(?:\[\])?(?:\([^()]*\)(?=\())?)\(/;
const RESUMED = '<... ';
const RESUMED_END = ' resumed>';
const NEW = /^(?:_Zn|operator new)/;
const DELETE = /^(?:_Zd|operator delete)/;
/** At the end of a call that another thread interrupts, and of one that never comes back. */
const UNFINISHED = '<unfinished ...>';
const NO_RETURN = '<no return ...>';
/** After the equals sign; the time that a call took may follow. */
const RESULT = /^ *(0x[0-9a-f]{1,16}|\(?nil\)?|0|NULL|<void>)(?: *<[\d.]+>)?$/i;
const NUMBER = /^(?:0x[0-9a-f]{1,16}|\d{1,19})$/i;

export const ltraceImporter: TraceImporter = {
  format: 'ltrace',
  kind: 'trace',
  description: 'log of ltrace: prog->malloc(4096) = 0x5581',
  detect: ({text}: Head) => text.split('\n').some(isWholeCall),
  read: readLtrace,
};

/** Lines about the end of a program have nothing to lose. */
const isCuttable = (text: string): boolean => !/\+\+\+$/.test(text);

async function readLtrace(source: ByteSource, options: ImportOptions): Promise<Trace> {
  const calls = new Calls();
  return calls.build(
    await readRecords(source, 'ltrace', options, (text, line) => calls.add(text, line), isCuttable),
  );
}

/** A call as its line has it. */
interface Call {
  readonly name: string;
  /** Within its brackets. */
  readonly numbers: string;
  readonly rest: string;
}

/** The call that a line begins with, after its thread and time; undefined for another line. */
function callIn(text: string): Call | undefined {
  // prog->malloc(4096): the last arrow before a blank or bracket
  const arrow = /^[^\s(]*/.exec(text)![0].lastIndexOf('->');
  const from = arrow > 0 ? arrow + 2 : 0;
  const [opening, name] = NAME.exec(text.slice(from)) ?? [];
  if (opening === undefined || name === undefined) return undefined;
  const numbers = /^[^)<]*/.exec(text.slice(from + opening.length))![0];
  return {name, numbers, rest: text.slice(from + opening.length + numbers.length)};
}

/** Whether a line has a call and its result, or says that it has none. */
function isWholeCall(line: string): boolean {
  const call = callIn(line.replace(/^\[?(?:pid )?[\d:.\] ]+/, ''));
  // JSON that quotes a call is none
  if (!call || line.slice(0, line.indexOf('(')).includes('{')) return false;
  const {numbers, rest} = call;
  return /^\) *= /.test(rest) || (numbers.endsWith(' ') && /^<(?:unfinished|no return)/.test(rest));
}

/** The name of a call that goes on, and what follows it; undefined for another line. */
function resumedIn(text: string): Pick<Call, 'name' | 'rest'> | undefined {
  const end = text.startsWith(RESUMED) ? text.indexOf(RESUMED_END) : -1;
  const name = text.slice(RESUMED.length, Math.max(end, RESUMED.length));
  if (end < 0 || !(/^\w+$/.test(name) || (name.startsWith('operator ') && name.length > 9))) return undefined;
  return {name, rest: text.slice(end + RESUMED_END.length)};
}

const MOST_THREADS = 1 << 17;
/** Calls of a thread that wait for others within them, and addresses of these that are remembered. */
const MOST_PENDING = 16;
const MOST_WITHIN = 16;

/** A call that has not returned yet. */
interface Pending {
  readonly name: string;
  readonly numbers: readonly string[];
  /** Addresses that calls within it allocated, or freed. */
  readonly within: Set<bigint>;
}

class Calls {
  readonly #builder = new TraceBuilder('ltrace');
  readonly #device = this.#builder.device('cpu', {alignment: GLIBC_ALIGNMENT});
  /** Per thread: calls that others interrupted, the innermost last. */
  readonly #pending = new Map<string, Pending[]>();
  #others = 0;
  #failed = 0;
  #withoutReturn = 0;

  /** @throws {ImportError} with the line. */
  add(text: string, line: number): void {
    const [prefix = '', pid, number] = THREAD.exec(text) ?? [];
    const thread = pid ?? number ?? '';
    const rest = text.slice(prefix.length).replace(TIME, '');
    const resumed = resumedIn(rest);
    const call = resumed ? undefined : callIn(rest);
    if (call) this.#call(thread, callOf(call.name, call.numbers), call.rest, line);
    else if (resumed) this.#resume(thread, resumed.name, resumed.rest, line);
    else if (!/^(\+\+\+|---) /.test(rest)) this.#others++;
  }

  build(warnings: readonly string[]): Trace {
    for (const warning of warnings) this.#builder.warn(warning);
    const pending = [...this.#pending.values()].flat().filter(({name}) => !isFree(name));
    const open = pending.length + this.#withoutReturn;
    if (open > 0) this.#builder.warn(`${open} × a call that never returned: left out`);
    if (this.#failed > 0) this.#builder.warn(`${this.#failed} × an allocation that failed: left out`);
    if (this.#others > 0) this.#builder.warn(`${this.#others} × a line about something else: skipped`);
    return this.#builder.build();
  }

  #call(thread: string, call: Pending, rest: string, line: number): void {
    const isUnfinished = rest.endsWith(UNFINISHED);
    if (isFree(call.name)) this.#free(thread, call, line);
    else if (rest.endsWith(NO_RETURN)) this.#withoutReturn++;
    else if (!isUnfinished) this.#returned(thread, call, rest, line);
    if (!isUnfinished) return;
    const pending = this.#pending.get(thread);
    if (!pending) {
      checkMost(this.#pending.size + 1, MOST_THREADS, 'threads');
      this.#pending.set(thread, [call]);
      return;
    }
    pending.push(call);
    // one that waits below so many others never returns
    if (pending.length > MOST_PENDING && !isFree(pending.shift()!.name)) this.#withoutReturn++;
  }

  #resume(thread: string, name: string, rest: string, line: number): void {
    const pending = this.#pending.get(thread) ?? [];
    const at = pending.findLastIndex(call => call.name === name);
    if (at < 0) {
      this.#others++;
      return;
    }
    const [call] = pending.splice(at, 1);
    if (rest.endsWith(NO_RETURN)) this.#withoutReturn += isFree(name) ? 0 : 1;
    else if (!isFree(name)) this.#returned(thread, call!, rest, line);
  }

  #returned(thread: string, {name, numbers, within}: Pending, rest: string, line: number): void {
    const sign = rest.indexOf('=');
    const result = sign < 0 ? undefined : RESULT.exec(rest.slice(sign + 1))?.[1];
    if (result === undefined) throw this.#error(`the result of ${name}`, rest, line);
    const isRealloc = name === 'realloc' || name === 'reallocarray';
    const isAligned = name === 'memalign' || name === 'aligned_alloc';
    const sizes = NEW.test(name) ? numbers.slice(0, 1) : isRealloc || isAligned ? numbers.slice(1) : numbers;
    const bytes = sizes.reduce((product, size) => product * numberOf(size), 1);
    if (sizes.length === 0 || !Number.isSafeInteger(bytes))
      throw this.#error(`the bytes that ${name} was asked for`, numbers.join(', '), line);
    const isNull = !/^0x/i.test(result) || BigInt(result.toLowerCase()) === 0n;
    if (isRealloc && (!isNull || bytes === 0))
      this.#free(thread, {name: 'free', numbers, within: new Set()}, line);
    if (isNull) {
      this.#failed += bytes === 0 ? 0 : 1;
      return;
    }
    const address = BigInt(result.toLowerCase());
    // the malloc within `operator new` was counted
    if (within.has(address)) return;
    for (const outer of this.#pending.get(thread) ?? []) addWithin(outer, address);
    this.#event(MALLOC, address, bytes, this.#outermostNew(thread) ?? name);
  }

  /** The `operator new` that the thread is in, which is the operation of the malloc within it. */
  #outermostNew(thread: string): string | undefined {
    return this.#pending.get(thread)?.find(call => NEW.test(call.name))?.name;
  }

  #free(thread: string, {numbers, within}: Pending, line: number): void {
    const text = numbers[0] ?? '';
    if (/^\(?(nil|0|0x0|NULL)\)?$/i.test(text)) return;
    if (!/^0x[0-9a-f]{1,16}$/i.test(text)) throw this.#error('an address', text, line);
    const address = BigInt(text.toLowerCase());
    const outer = this.#pending.get(thread) ?? [];
    // the free within `operator delete` was counted
    if (outer.some(call => isFree(call.name) && call.within.has(address))) return;
    addWithin({within}, address);
    this.#event(FREE, address, Number.NaN, '');
  }

  #event(kind: number, address: bigint, bytes: number, name: string): void {
    const operation = this.#builder.operation(name);
    this.#builder.add({kind, device: this.#device, address, bytes, time: 0, operation});
  }

  #error(expected: string, got: string, line: number): ImportError {
    return new ImportError(`expected ${expected}, got ${cut(got.trim(), 60) || 'nothing'}`, {
      format: 'ltrace',
      line,
    });
  }
}

function addWithin({within}: Pick<Pending, 'within'>, address: bigint): void {
  within.add(address);
  if (within.size > MOST_WITHIN) within.delete(within.values().next().value!);
}

function callOf(name: string, numbers: string): Pending {
  return {name, numbers: splitArguments(numbers), within: new Set()};
}

const isFree = (name: string): boolean => name === 'free' || DELETE.test(name);

function splitArguments(text: string): string[] {
  return text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');
}

function numberOf(text: string): number {
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

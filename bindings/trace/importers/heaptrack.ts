/**
 * Recordings of heaptrack, as heaptrack_print reads them: https://github.com/KDE/heaptrack, the lines that
 * src/interpret/heaptrack_interpret.cpp writes and src/analyze/accumulatedtracedata.cpp reads. Numbers are hexadecimal,
 * indices of s, i and t count from 1, those of a from 0.
 *
 *     v 10400 3            version of heaptrack, of the format
 *     s 4 main             a string (its length first, from format 3 on)
 *     i 5653 1 14 15 6     an instruction: address, module, then function, file and line, and its inline callers
 *     t 8 7                a stack: instruction, the stack that called it
 *     a 1000 8             a class of allocations: bytes, stack
 *     + 1                  an allocation of that class                    - 1   a free of one
 *     c 2a                 milliseconds since the start
 *
 * A free names the class, not the block. So the load is exact, and which block of a class was freed is a guess: the
 * youngest, as stacks do. The trace says that it is inferred.
 */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import {checkMost, MOST_NAME_CHARACTERS} from '../limits.ts';
import type {ByteSource} from '../source/source.ts';
import {FREE, MALLOC, type Trace} from '../trace.ts';
import {TraceBuilder} from '../trace-builder.ts';
import type {Head, ImportOptions, TraceImporter} from './importer.ts';
import {readRecords} from './text-lines.ts';

const FIRST_LINE = /^v ([0-9a-f]{1,8}) ([0-9a-f]{1,4})$/;
/** The alignment that malloc guarantees on 64-bit machines, bytes. */
const ALIGNMENT = 16;
/** Numbers of a line that mean something here. */
const MOST_NUMBERS = 4;
/** Strings, instructions and stacks, and kinds of allocations, each of which is an object. */
const MOST_ENTRIES = 1 << 24;
const MOST_CLASSES = 1 << 23;
/** Lines that say nothing about blocks: command, page size, resident set, suppressions, attached, comments, debuggee. */
const PASSED_OVER = 'XIRSA#D';

export const heaptrackImporter: TraceImporter = {
  format: 'heaptrack',
  kind: 'trace',
  description: 'recording of heaptrack, .zst, .gz or plain',
  detect: ({text}: Head) => /^v [0-9a-f]{1,8} [0-9a-f]{1,4}\n/.test(text),
  read: readHeaptrack,
};

async function readHeaptrack(source: ByteSource, options: ImportOptions): Promise<Trace> {
  const lines = new HeaptrackLines();
  return lines.build(await readRecords(source, 'heaptrack', options, (text, line) => lines.add(text, line)));
}

interface Class {
  readonly bytes: number;
  readonly operation: number;
  /** Made-up addresses of its live blocks, the youngest last. */
  readonly live: number[];
}

class HeaptrackLines {
  readonly #builder = new TraceBuilder('heaptrack');
  readonly #device = this.#builder.device('cpu', {alignment: ALIGNMENT});
  readonly #strings: string[] = [];
  /** Per instruction: its function, else its module. */
  readonly #instructions: string[] = [];
  /** Per stack: its innermost instruction. */
  readonly #stacks: number[] = [];
  readonly #classes: Class[] = [];
  #characters = 0;
  #format = 0;
  #line = 0;
  #microseconds = 0;
  #blocks = 0;
  #unknown = 0;
  #unmatched = 0;

  add(text: string, line: number): void {
    this.#line = line;
    const kind = text[0]!;
    const rest = text.slice(2);
    if (this.#format === 0) this.#version(text);
    else if (kind === 's') this.#string(rest);
    else if (kind === 'i') this.#instruction(this.#numbers(rest));
    else if (kind === 't') this.#stack(this.#numbers(rest)[0]!);
    else if (kind === 'a') this.#class(this.#numbers(rest));
    else if (kind === '+') this.#malloc(this.#classOf(rest));
    else if (kind === '-') this.#free(this.#classOf(rest));
    else if (kind === 'c') this.#microseconds = Math.max(this.#microseconds, this.#numbers(rest)[0]! * 1000);
    else if (!PASSED_OVER.includes(kind)) this.#unknown++;
  }

  build(warnings: readonly string[]): Trace {
    for (const warning of warnings) this.#builder.warn(warning);
    if (this.#format === 0) throw this.#error('the first line to be e.g. v 10400 3', 'nothing');
    this.#builder.infer();
    this.#builder.warn('a free in a heaptrack recording names no block: the youngest of its kind is taken');
    if (this.#unmatched > 0)
      this.#builder.warn(`${this.#unmatched} × a free without a live block of its kind`);
    if (this.#unknown > 0) this.#builder.warn(`${this.#unknown} × a line of an unknown kind: skipped`);
    return this.#builder.build();
  }

  #version(text: string): void {
    const format = Number.parseInt(FIRST_LINE.exec(text)?.[2] ?? '0', 16);
    if (format < 1 || format > 3) throw this.#error('a version of the format from 1 to 3', text);
    this.#format = format;
  }

  #stack(instruction: number): void {
    checkMost(this.#stacks.length + 1, MOST_ENTRIES, 'stacks');
    this.#stacks.push(instruction);
  }

  #string(rest: string): void {
    this.#characters += rest.length;
    checkMost(this.#strings.length + 1, MOST_ENTRIES, 'strings');
    checkMost(this.#characters, MOST_NAME_CHARACTERS, 'characters of strings');
    this.#strings.push(this.#format >= 3 ? rest.slice(rest.indexOf(' ') + 1) : rest);
  }

  #instruction([, module = 0, name = 0]: readonly number[]): void {
    const text = this.#strings[name - 1] ?? this.#strings[module - 1] ?? '';
    checkMost(this.#instructions.length + 1, MOST_ENTRIES, 'instructions');
    this.#instructions.push(text);
  }

  #class([bytes, stack]: readonly number[]): void {
    if (!Number.isSafeInteger(bytes) || stack === undefined)
      throw this.#error('bytes and a stack', String(bytes));
    checkMost(this.#classes.length + 1, MOST_CLASSES, 'kinds of allocations');
    const name = this.#instructions[(this.#stacks[stack - 1] ?? 0) - 1] ?? '';
    this.#classes.push({bytes: bytes!, operation: this.#builder.operation(name), live: []});
  }

  #classOf(rest: string): Class {
    const index = this.#numbers(rest)[0]!;
    const found = this.#classes[index];
    if (!found) throw this.#error(`an index below ${this.#classes.length}`, rest);
    return found;
  }

  #malloc({bytes, operation, live}: Class): void {
    const address = ++this.#blocks;
    live.push(address);
    const [device, time] = [this.#device, this.#microseconds];
    this.#builder.add({kind: MALLOC, device, address, bytes, time, operation});
  }

  #free({bytes, live}: Class): void {
    const address = live.pop();
    if (address === undefined) this.#unmatched++;
    else this.#builder.add({kind: FREE, device: this.#device, address, bytes, time: this.#microseconds});
  }

  /** The first of the numbers of a line; all of them are looked at. */
  #numbers(text: string): number[] {
    const numbers: number[] = [];
    for (let from = 0; from <= text.length; ) {
      const blank = text.indexOf(' ', from);
      const to = blank < 0 ? text.length : blank;
      const part = text.slice(from, Math.min(to, from + 17));
      if (!/^[0-9a-f]{1,16}$/.test(part)) throw this.#error('hexadecimal numbers', text);
      if (numbers.length < MOST_NUMBERS) numbers.push(Number.parseInt(part, 16));
      from = to + 1;
    }
    return numbers;
  }

  #error(expected: string, got: string): ImportError {
    return new ImportError(`expected ${expected}, got ${cut(got, 60)}`, {
      format: 'heaptrack',
      line: Math.max(this.#line, 1),
    });
  }
}

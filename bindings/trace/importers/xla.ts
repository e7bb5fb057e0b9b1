/**
 * XLA's buffer assignment, `module_NNNN.*.after_optimizations-buffer-assignment.txt`, which
 * `XLA_FLAGS=--xla_dump_to=DIR` writes. Printed by xla/service/buffer_assignment.cc (`BufferAssignment::ToString`) and
 * xla/hlo/utils/hlo_live_range.cc (`HloLiveRange::ToString`) of https://github.com/openxla/xla (read 2026-01):
 *
 *     BufferAssignment:
 *     allocation 5: size 1048576, preallocated-temp:
 *      value: <100 fusion.1{0} @0> (size=160,offset=0): c64[10,2]
 *     …
 *     HloLiveRange (max 12):
 *       InstructionSequence:
 *         0:param.0
 *       BufferLiveRange:
 *         fusion.1{0}:3-7                the end is inclusive; the value `x` is `x{}` here
 *
 * - The problem is the temporary allocations, which XLA packs; parameters, constants and results are not in it. Several
 *   (heaps of limited size, or memories of another color) are parts, which share no byte.
 * - Values at one offset whose lives overlap share it by aliasing, as an operator that writes in place does: they are
 *   one buffer, as large and as long as all of them.
 * - XLA's own offsets are the reference plan.
 * - Where newer versions write the ranges to a `-live-range.txt`, the two files one after the other can be read.
 */
import {ImportError} from '../../model/errors.ts';
import {cut} from '../../model/shown.ts';
import {checkMost} from '../limits.ts';
import type {ByteSource} from '../source/source.ts';
import type {Head, ProblemImporter, ReadProblem, ReferencePlan} from './importer.ts';
import {problemOf} from './problem-rows.ts';
import {describeOpenLine, readLines} from './text-lines.ts';

const ALLOCATION = /^allocation (\d+): (?:0x[0-9a-f]+, )?size \d{1,16}, (.*):$/;
const VALUE = /^\s+value: <\d+ (\S+) @\d+> \(size=(\d{1,16}),offset=(\d{1,16})\)/;
const MOST_ENTRIES = 1 << 22;
const TICKS = /:(\d{1,10})-(\d{1,10})$/;

export const xlaImporter: ProblemImporter = {
  format: 'xla',
  kind: 'problem',
  description: "XLA's buffer assignment, with live ranges",
  detect: ({text}: Head) => /^BufferAssignment:\s/.test(text),
  read: readXla,
};

async function readXla(source: ByteSource): Promise<ReadProblem> {
  const assignment = new Assignment();
  const decoder = new TextDecoder();
  const warnings: string[] = [];
  await readLines(source, 'xla', (bytes, start, end, line, isOpen) => {
    if (start === end) return true;
    assignment.add(decoder.decode(bytes.subarray(start, end)), line);
    if (isOpen) warnings.push(describeOpenLine(line));
    return true;
  });
  const read = assignment.problem();
  return {...read, warnings: [...read.warnings, ...warnings]};
}

interface Value {
  readonly name: string;
  readonly line: number;
  /** Bytes. */
  readonly size: number;
  readonly offset: number;
}

interface Allocation {
  readonly number: string;
  /** As in its line, e.g. `preallocated-temp, color 1`. */
  readonly kind: string;
  readonly isTemporary: boolean;
  readonly values: Value[];
}

/** Values that share one place: ticks `[start, end)`. */
interface Slot {
  readonly name: string;
  readonly offset: number;
  readonly start: number;
  size: number;
  end: number;
}

class Assignment {
  readonly #allocations: Allocation[] = [];
  readonly #ranges = new Map<string, readonly [start: number, end: number]>();
  #values = 0;
  #inRanges = false;

  add(text: string, line: number): void {
    const allocation = ALLOCATION.exec(text);
    if (allocation) {
      const [, number = '', kind = ''] = allocation;
      const isTemporary = kind.split(', ').includes('preallocated-temp');
      checkMost(this.#allocations.length + 1, MOST_ENTRIES, 'allocations');
      this.#allocations.push({number, kind, isTemporary, values: []});
      return;
    }
    const value = VALUE.exec(text);
    if (value) this.#value(value, line);
    else if (/^\s*BufferLiveRange:$/.test(text)) this.#inRanges = true;
    else if (/^\s*Live ranges at /.test(text)) this.#inRanges = false;
    else if (this.#inRanges) this.#range(text, line);
  }

  /** @throws {ImportError} where there is nothing to pack, or a value's range is missing. */
  problem(): ReadProblem {
    const heaps = this.#allocations.filter(({isTemporary, values}) => isTemporary && values.length > 0);
    if (heaps.length === 0)
      throw new ImportError('there is no preallocated-temp allocation to pack', {format: 'xla'});
    if (this.#ranges.size === 0) {
      throw new ImportError(
        'there are no live ranges (BufferLiveRange:): append the -live-range.txt of the same module to the file',
        {format: 'xla'},
      );
    }
    const slots = heaps.map(heap => this.#slots(heap));
    const all = slots.flat();
    const names = heaps.map(({number, kind}) => nameOf(number, kind));
    const parts = {names, of: Uint32Array.from(slots.flatMap((own, heap) => own.map(() => heap)))};
    return {
      problem: {...problemOf(all), ...(heaps.length > 1 ? {constraints: {parts}} : {})},
      reference: referenceOf(slots),
      warnings: this.#warnings(heaps, names, all.length),
    };
  }

  #value([, name = '', size, offset]: RegExpExecArray, line: number): void {
    const value = {name, line, size: Number(size), offset: Number(offset)};
    const allocation = this.#allocations.at(-1);
    if (!allocation) throw this.#error('an allocation before its values', name, line);
    if (!Number.isSafeInteger(value.offset + value.size))
      throw this.#error('bytes below 2^53', `${size} at ${offset}`, line);
    checkMost(++this.#values, MOST_ENTRIES, 'values');
    allocation.values.push(value);
  }

  #range(text: string, line: number): void {
    const ticks = TICKS.exec(text);
    const name = text.slice(0, ticks?.index ?? 0).trimStart();
    const range = [Number(ticks?.[1]), Number(ticks?.[2]) + 1] as const;
    const isIndented = /^\s/.test(text);
    if (!ticks || !isIndented || !isValueName(name) || range[1] <= range[0] || range[1] > 0xffffffff)
      throw this.#error('a live range, e.g. fusion.1{}:3-7', text.trim(), line);
    checkMost(this.#ranges.size + 1, MOST_ENTRIES, 'live ranges');
    this.#ranges.set(name, range);
  }

  #slots({values}: Allocation): Slot[] {
    const pieces = values.map(({name, line, size, offset}): Slot => {
      const range = this.#ranges.get(name) ?? this.#ranges.get(`${name}{}`);
      if (!range) throw this.#error('a live range of every temporary value', `none of ${name}`, line);
      return {name, offset, size, start: range[0], end: range[1]};
    });
    pieces.sort((a, b) => a.offset - b.offset || a.start - b.start);
    const slots: Slot[] = [];
    for (const piece of pieces) {
      const last = slots.at(-1);
      if (last && last.offset === piece.offset && piece.start < last.end) {
        last.end = Math.max(last.end, piece.end);
        last.size = Math.max(last.size, piece.size);
      } else {
        slots.push({...piece});
      }
    }
    return slots;
  }

  #warnings(heaps: readonly Allocation[], names: readonly string[], slots: number): string[] {
    const shared = heaps.reduce((sum, {values}) => sum + values.length, 0) - slots;
    const left = this.#allocations.length - heaps.length;
    const planned =
      heaps.length === 1
        ? `${names[0]}, the temporary one, is planned`
        : `${names.join(' and ')}, the temporary ones, are planned, each apart from the others`;
    return [
      `${planned}; ${left} × another is left out`,
      ...(shared > 0 ? [`${shared} × a value that shares the place of another while both live: united`] : []),
    ];
  }

  #error(expected: string, got: string, line: number): ImportError {
    return new ImportError(`expected ${expected}, got ${cut(got, 80)}`, {format: 'xla', line});
  }
}

/** Whether it is e.g. `fusion.1{0}`. */
function isValueName(name: string): boolean {
  const open = name.lastIndexOf('{');
  return open > 0 && name.indexOf('}', open) === name.length - 1 && !/\s/.test(name);
}

/** `allocation 4 (color 1)`. */
function nameOf(number: string, kind: string): string {
  const color = /\bcolor (\d+)/.exec(kind)?.[1];
  return `allocation ${number}${color === undefined ? '' : ` (color ${color})`}`;
}

/** XLA's own offsets, one heap above the other. */
function referenceOf(heaps: readonly (readonly Slot[])[]): ReferencePlan {
  let base = 0;
  const offsets = heaps.flatMap(slots => {
    const own = slots.map(({offset}) => base + offset);
    base += slots.reduce((top, {offset, size}) => Math.max(top, offset + size), 0);
    return own;
  });
  return {name: 'XLA', peak: base, offsets: Float64Array.from(offsets)};
}

/**
 * Problems and plans as CSV, the format of MiniMalloc.
 *
 * Facts, from https://github.com/google/minimalloc/blob/main/src/converter.cc (read 2026-01):
 * - The first line names the columns, in any order. `id` (also `buffer`, `buffer_id`), `lower` (`start`, `begin`),
 *   `upper` and `size` must be there; `end` in place of `upper` is inclusive, and then so are the ends of gaps. Other
 *   tools write an exclusive `end`, so a warning says how it was read, and an option decides.
 * - Spreadsheets write semicolons or tabs, names in capitals and fields in quotes (RFC 4180): all are read.
 * - `gaps` reads `5-7 9-11`; `5-7@lo:hi` keeps the bytes from lo up to hi in use during the gap, and becomes `sizes` (as
 *   its sweeper does, `hi` is not among them). `hint` is the offset a buffer would best get.
 * - `pool` and `arena` are ours: the memories a buffer may be in, by name and separated by blanks; in a plan the one it
 *   is in, and which arena of the plan.
 * - Reading stops at the first empty line.
 * - idealloc's exclusive form (https://github.com/cappadokes/idealloc, `ex-csv`) has the same header, so the two cannot be
 *   distinguished. That does no harm: its lifetimes are open on both sides, and two open intervals overlap exactly where the
 *   half-open ones with the same ends do. Its inclusive form must say `end` in place of `upper`.
 */
import {ImportError} from '../../../model/errors.ts';
import {NO_ALIGNMENT, NO_OFFSET, type ProblemColumns} from '../../../model/problem.ts';
import {cut, listNames} from '../../../model/shown.ts';
import {float64Column, uint32Column} from '../../columns/columns.ts';
import {checkMost, MOST_BUFFERS} from '../../limits.ts';
import type {ByteSource} from '../../source/source.ts';
import type {Head, ProblemImporter} from '../importer.ts';
import {describeOpenLine, readLines} from '../text-lines.ts';
import {
  type CsvColumn,
  type CsvEnd,
  CsvFields,
  type CsvHeader,
  MOST_FIELDS,
  parseHeader,
  readNames,
} from './fields.ts';
import {CsvPools} from './pools.ts';
import {CsvSizes, type GapsOf, parseGaps} from './windows.ts';

/** Planned offsets. */
export interface PlanColumns {
  /** Names; index where absent. */
  readonly ids?: readonly string[];
  /** Bytes, one per row. */
  readonly offsets: Float64Array;
  /** Per row: names of its pool; absent where there is no such column. */
  readonly pools?: readonly string[];
  /** Per row: its arena by index. */
  readonly arenaOf?: Uint32Array;
  /** Oddities of the file; absent where there are none. */
  readonly warnings?: readonly string[];
}

const MOST_TICKS = 0xffffffff;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;
const MOST_ARENAS = 1e6;

export interface CsvOptions {
  /** How ends of lifetimes are read; where absent, those of a column `end` are inclusive, others exclusive. */
  readonly end?: CsvEnd;
  /** Refuses a last row that the end of the file cuts. */
  readonly strict?: boolean;
}

export const csvImporter: ProblemImporter = {
  format: 'csv',
  kind: 'problem',
  description: 'CSV of MiniMalloc: id,lower,upper,size and maybe alignment, offset, hint, gaps, pool',
  detect: (head: Head) => readNames(/^[^\r\n]*/.exec(head.text)![0]).known >= 2,
  read: readCsv,
};

/**
 * A last row that the end of the file cuts is left out with a warning, unless `strict`.
 * @throws {ImportError} with the line, and the column where one is to blame.
 */
export async function readCsv(
  source: ByteSource,
  {end, strict = false}: CsvOptions = {},
): Promise<{readonly problem: ProblemColumns; readonly warnings: readonly string[]}> {
  const rows = new CsvRows(['id', 'lower', 'upper', 'size'], {strict, ...(end ? {end} : {})});
  rows.isSourceCut = () => source.cut !== undefined;
  await readLines(source, 'csv', rows.onLine, {keepsBlanks: true, toCut: !strict});
  source.endsEarly ||= rows.isCut;
  return {problem: rows.problem(), warnings: rows.warnings()};
}

/**
 * Reads a plan: any CSV with the columns `id` and `offset`.
 * @throws {ImportError} where a row has no offset.
 */
export async function readPlanCsv(source: ByteSource): Promise<PlanColumns> {
  const rows = new CsvRows(['id', 'offset'], {strict: true});
  await readLines(source, 'csv', rows.onLine, {keepsBlanks: true});
  return rows.plan();
}

class CsvRows {
  readonly #required: readonly CsvColumn[];
  readonly #options: CsvOptions;
  #fields = new CsvFields(0);
  #header: CsvHeader = {delimiter: 0, columns: [], addend: 0, isEndOpen: false, unknown: []};
  /** Whether the line being read is the last one, without a line break. */
  #isOpen = false;
  /** The last line where no line break ends it, else 0. */
  #openLine = 0;
  #cut: string | undefined;
  /** Whether the input was cut before the last line was whole. */
  isSourceCut: () => boolean = () => false;
  /** Line of the first empty line, 0 before it. */
  #stoppedAt = 0;
  #rowsAfterStop = false;
  /** Undefined as long as every id is its row's index. */
  #ids: string[] | undefined;
  #count = 0;
  readonly #start = uint32Column();
  readonly #end = uint32Column();
  readonly #size = float64Column();
  readonly #alignment = float64Column();
  readonly #offset = float64Column();
  readonly #hint = float64Column();
  #hasHints = false;
  readonly #pools = new CsvPools();
  readonly #sizes = new CsvSizes();
  readonly #gapIndex = uint32Column();
  readonly #gapStart = uint32Column();
  readonly #gapEnd = uint32Column();

  constructor(required: readonly CsvColumn[], options: CsvOptions) {
    this.#required = required;
    this.#options = options;
    this.#gapIndex.push(0);
  }

  readonly onLine = (
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    isOpen: boolean,
  ): boolean => {
    if (isBlankLine(bytes, start, end)) {
      this.#stoppedAt ||= line;
      return true;
    }
    if (this.#stoppedAt > 0) {
      this.#rowsAfterStop = true;
      return false;
    }
    this.#isOpen = isOpen;
    if (isOpen) this.#openLine = line;
    if (line === 1) this.#names(new TextDecoder().decode(bytes.subarray(start, end)));
    else this.#row(bytes, start, end, line);
    return true;
  };

  #names(line: string): void {
    this.#header = parseHeader(line, this.#required, this.#options.end);
    this.#fields = new CsvFields(this.#header.delimiter);
  }

  problem(): ProblemColumns {
    this.#checkHeader();
    const constraints = {...this.#pools.constraints(), ...this.#sizes.constraints(this.#count)};
    return {
      count: this.#count,
      start: this.#start.toArray(),
      end: this.#end.toArray(),
      size: this.#size.toArray(),
      alignment: this.#alignment.toArray(),
      offset: this.#offset.toArray(),
      gapIndex: this.#gapIndex.toArray(),
      gapStart: this.#gapStart.toArray(),
      gapEnd: this.#gapEnd.toArray(),
      ...(this.#ids ? {ids: this.#ids} : {}),
      ...(this.#hasHints ? {hint: this.#hint.toArray()} : {}),
      ...(Object.keys(constraints).length > 0 ? {constraints} : {}),
    };
  }

  plan(): PlanColumns {
    this.#checkHeader();
    const offsets = this.#offset.toArray();
    const missing = offsets.indexOf(NO_OFFSET);
    if (missing >= 0) throw this.#error(missing + 2, 'offset', 'expected bytes from 0, got none');
    const warnings = this.#openLine > 0 && !this.#fields.endsQuoted ? [describeOpenLine(this.#openLine)] : [];
    return {
      offsets,
      ...(this.#ids ? {ids: this.#ids} : {}),
      ...this.#pools.ofPlan(),
      ...(warnings.length > 0 ? {warnings} : {}),
    };
  }

  get isCut(): boolean {
    return this.#cut !== undefined;
  }

  warnings(): string[] {
    const warnings: string[] = [];
    const {unknown} = this.#header;
    if (unknown.length > 0) warnings.push(`unknown columns ignored: ${listNames(unknown)}`);
    if (this.#rowsAfterStop)
      warnings.push(`line ${this.#stoppedAt} is empty and ends the table: later lines were not read`);
    if (this.#header.isEndOpen) warnings.push(this.#describeEnd());
    if (this.#cut !== undefined) warnings.push(this.#cut);
    // a quote that closes is the end of its field
    else if (this.#openLine > 0 && !this.#fields.endsQuoted) warnings.push(describeOpenLine(this.#openLine));
    return warnings;
  }

  #describeEnd(): string {
    const ends = new Set(this.#end.view());
    const touching = this.#start.view().filter(start => ends.has(start + 1)).length;
    const effect = touching > 0 ? `; ${touching} × a buffer begins in the last tick of another` : '';
    return `the column end was read as the last tick of a buffer (inclusive), as MiniMalloc does${effect}; if it is the tick after, give --end exclusive`;
  }

  #checkHeader(): void {
    if (this.#header.columns.length === 0)
      throw new ImportError('the first line is empty; expected the names of columns', {
        format: 'csv',
        line: 1,
      });
  }

  #row(bytes: Uint8Array, lineStart: number, lineEnd: number, line: number): void {
    const {columns} = this.#header;
    const count = this.#fields.split(bytes, lineStart, lineEnd);
    const {defect, isOpen} = this.#fields;
    const isShort = isOpen || this.isSourceCut() || (defect === '' && this.#isShort(count));
    if (isShort && this.#isOpen && !this.#options.strict && this.#count > 0) {
      this.#cut = `the file is cut short: it ends within line ${line}, which was left out`;
      return;
    }
    checkMost(this.#count + 1, MOST_BUFFERS, 'rows');
    if (defect !== '') throw new ImportError(defect, {format: 'csv', line});
    if (count !== columns.length) {
      const got = count > MOST_FIELDS ? `more than ${MOST_FIELDS}` : count;
      throw new ImportError(`expected ${columns.length} fields, got ${got}`, {format: 'csv', line});
    }
    let start = 0;
    let end = 0;
    let size = 0;
    let alignment = NO_ALIGNMENT;
    let offset = NO_OFFSET;
    let hint = NO_OFFSET;
    let gapsField = -1;
    for (let field = 0; field < count; field++) {
      const column = columns[field];
      if (column === 'id') this.#id(field, line);
      else if (column === 'lower') start = this.#integer(field, column, MOST_TICKS, line);
      else if (column === 'upper')
        end = this.#integer(field, column, MOST_TICKS - this.#header.addend, line) + this.#header.addend;
      else if (column === 'size') size = this.#integer(field, column, MOST_BYTES, line);
      else if (column === 'alignment') alignment = this.#alignmentOf(field, line);
      else if (column === 'offset') offset = this.#optional(field, column, line);
      else if (column === 'hint') hint = this.#optional(field, column, line);
      else if (column === 'pool') this.#pools.pool(this.#fields.text(field));
      else if (column === 'arena') this.#pools.arena(this.#integer(field, column, MOST_ARENAS, line));
      else if (column === 'gaps') gapsField = field;
    }
    if (end < start) throw this.#error(line, 'upper', `expected at least lower (${start}), got ${end}`);
    if (gapsField >= 0 && !this.#fields.isEmpty(gapsField)) this.#gaps(gapsField, {start, end, size}, line);
    this.#start.push(start);
    this.#end.push(end);
    this.#size.push(size);
    this.#alignment.push(alignment);
    this.#offset.push(offset);
    if (hint !== NO_OFFSET && !this.#hasHints) this.#beginHints();
    if (this.#hasHints) this.#hint.push(hint);
    this.#gapIndex.push(this.#gapStart.length);
    this.#count++;
  }

  /** Whether a row has too few fields, or nothing in a last one that it needs. */
  #isShort(count: number): boolean {
    const {columns} = this.#header;
    if (count < columns.length) return true;
    const column = columns[count - 1];
    const isNeeded = column !== undefined && this.#required.includes(column);
    return count === columns.length && isNeeded && this.#fields.isEmpty(count - 1);
  }

  /** Rows without hints cost nothing until there is one. */
  #beginHints(): void {
    this.#hasHints = true;
    for (let row = 0; row < this.#count; row++) this.#hint.push(NO_OFFSET);
  }

  /** A million ids that are their rows' indices are never made into strings. */
  #id(field: number, line: number): void {
    if (!this.#ids) {
      const {bytes, start, end} = this.#fields;
      const isPlain = bytes[start[field]!] !== ZERO || end[field]! === start[field]! + 1;
      if (isPlain && this.#fields.integer(field, MOST_BYTES) === this.#count) return;
      this.#ids = Array.from({length: this.#count}, (_, index) => String(index));
    }
    const id = this.#fields.text(field);
    if (id === '') throw this.#error(line, 'id', 'expected a name, got none');
    this.#ids.push(id);
  }

  #integer(field: number, column: CsvColumn, most: number, line: number): number {
    const value = this.#fields.integer(field, most);
    if (value >= 0 && value <= most) return value;
    throw this.#error(line, column, `expected an integer from 0 to ${most}, got ${this.#shown(field)}`);
  }

  #optional(field: number, column: CsvColumn, line: number): number {
    if (this.#fields.isEmpty(field) || this.#fields.integer(field, MOST_BYTES) === -1) return NO_OFFSET;
    return this.#integer(field, column, MOST_BYTES, line);
  }

  #alignmentOf(field: number, line: number): number {
    if (this.#fields.isEmpty(field)) return NO_ALIGNMENT;
    const value = this.#integer(field, 'alignment', MOST_BYTES, line);
    if (value > 0 && Number.isInteger(Math.log2(value))) return value;
    throw this.#error(line, 'alignment', `expected a power of two, got ${this.#shown(field)}`);
  }

  #gaps(field: number, buffer: GapsOf, line: number): void {
    const text = this.#fields.text(field);
    const parsed = parseGaps(text, this.#header.addend, buffer);
    if (typeof parsed === 'string') throw this.#error(line, 'gaps', `expected ${parsed}, got ${cut(text)}`);
    const {gaps, sizes} = parsed;
    for (let at = 0; at < gaps.length; at += 2) {
      this.#gapStart.push(gaps[at]!);
      this.#gapEnd.push(gaps[at + 1]!);
    }
    this.#sizes.add(this.#count, sizes);
  }

  #shown(field: number): string {
    const text = this.#fields.text(field);
    return text === '' ? 'nothing' : cut(text, 40);
  }

  #error(line: number, column: CsvColumn, message: string): ImportError {
    return new ImportError(`column ${column}: ${message}`, {format: 'csv', line});
  }
}

const ZERO = 48;

function isBlankLine(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 32 && bytes[at] !== 9) return false;
  return true;
}

/** stowage's own recording format: JSON Lines, specified in docs/event-log.md. */
import {ImportError} from '../../../model/errors.ts';
import {cut} from '../../../model/shown.ts';
import {uint32Column} from '../../columns/columns.ts';
import type {ByteSource} from '../../source/source.ts';
import {FREE, MALLOC, READ, RECORD, SYNC, type Trace, WAIT, WRITE} from '../../trace.ts';
import {TraceBuilder} from '../../trace-builder.ts';
import type {Head, ImportOptions, TraceImporter} from '../importer.ts';
import {readRecords} from '../text-lines.ts';
import {type JsonObject, LineFields} from './fields.ts';

export const EVENT_LOG_SCHEMA = 'stowage.events/1';

/** What an `AllocationPath` has beside the operation. */
export const PATH_FIELDS = ['module', 'forward', 'leaf'] as const;

const KINDS: Readonly<Record<string, number>> = {malloc: MALLOC, free: FREE, read: READ, write: WRITE};

const SYNC_KINDS: Readonly<Record<string, number>> = {record: RECORD, wait: WAIT, sync: SYNC};

export const eventLogImporter: TraceImporter = {
  format: 'event-log',
  kind: 'trace',
  description: "stowage's own event log, JSON Lines: docs/event-log.md",
  detect: ({text}: Head) => /^\s*\{[^\n]*"schema"\s*:\s*"stowage\.events\//.test(text),
  read: readEventLog,
};

async function readEventLog(source: ByteSource, options: ImportOptions): Promise<Trace> {
  const lines = new EventLines();
  return lines.build(
    await readRecords(source, 'event-log', options, (text, line) => lines.add(text, line), isCuttable),
  );
}

/** A whole object ends with its brace. */
const isCuttable = (text: string): boolean => !text.endsWith('}');

class EventLines {
  readonly #builder = new TraceBuilder('event-log');
  readonly #numbers = new Set<number>();
  /** Per memory event of the log: its row in the builder, where marks have rows, too. */
  readonly #rowOfEvent = uint32Column();
  #hasHeader = false;
  #device = 'cpu';
  #alignment = 1;
  /** Microseconds of the line before. */
  #time = 0;
  #nextNumber = 0;

  /** @throws {ImportError} with the line. */
  add(text: string, line: number): void {
    const fields = new LineFields(parseObject(text, line), line);
    if (!this.#hasHeader) this.#header(fields);
    else this.#event(fields);
  }

  build(warnings: readonly string[]): Trace {
    for (const warning of warnings) this.#builder.warn(warning);
    if (!this.#hasHeader) throw new ImportError('the log is empty', {format: 'event-log', line: 1});
    return this.#builder.build();
  }

  #header(fields: LineFields): void {
    const schema = fields.text('schema');
    if (schema !== EVENT_LOG_SCHEMA) throw fields.error('schema', EVENT_LOG_SCHEMA);
    this.#hasHeader = true;
    this.#device = fields.optionalText('device') ?? this.#device;
    this.#alignment = fields.optionalAlignment('alignment') ?? this.#alignment;
    for (const device of fields.optionalObjects('devices')) {
      this.#builder.device(device.text('name'), {
        alignment: device.optionalAlignment('alignment') ?? this.#alignment,
      });
    }
    for (const warning of fields.optionalTexts('warnings')) this.#builder.warn(warning);
    if (fields.optionalBoolean('inferred')) this.#builder.infer();
  }

  #event(fields: LineFields): void {
    const event = fields.text('event');
    const kind = KINDS[event];
    if (event === 'annotation') {
      this.#annotation(fields);
      return;
    }
    this.#time = fields.optionalTime('time') ?? this.#time;
    if (kind !== undefined) this.#memory(kind, fields);
    else if (SYNC_KINDS[event] !== undefined) this.#sync(SYNC_KINDS[event], fields);
    else if (event === 'iteration') this.#iteration(fields);
    else if (event === 'end') this.#builder.mark(null, this.#time);
    else
      throw fields.error(
        'event',
        'malloc, free, read, write, record, wait, sync, iteration, end or annotation',
      );
  }

  #memory(kind: number, fields: LineFields): void {
    const operation = fields.optionalText('operation') ?? '';
    const [module = '', forward = '', leaf = ''] = PATH_FIELDS.map(field => fields.optionalText(field));
    this.#rowOfEvent.push(this.#builder.count);
    this.#builder.add({
      kind,
      device: this.#deviceOf(fields),
      address: fields.address('address'),
      bytes: kind === MALLOC ? fields.bytes('size') : (fields.optionalBytes('size') ?? Number.NaN),
      time: this.#time,
      ...this.#streamOf(fields),
      pool: fields.optionalBytes('pool') ?? 0,
      ...this.#waitedFrom(kind, fields),
      operation: this.#builder.operation(operation),
      path: this.#builder.path({module, forward, operation, leaf}),
    });
  }

  #sync(kind: number, fields: LineFields): void {
    if (kind === RECORD) fields.address('stream');
    this.#builder.sync({
      kind,
      device: this.#deviceOf(fields),
      ...this.#streamOf(fields),
      ...(kind === SYNC ? {} : {fence: fields.address('fence')}),
      time: this.#time,
    });
  }

  #deviceOf(fields: LineFields): number {
    const name = fields.optionalText('device') ?? this.#device;
    return this.#builder.device(name, {alignment: this.#alignment});
  }

  #streamOf(fields: LineFields): {stream?: bigint} {
    const stream = fields.optionalAddress('stream');
    return stream === undefined ? {} : {stream};
  }

  /** The row of the event that followed the request of a free. */
  #waitedFrom(kind: number, fields: LineFields): {waitedFrom?: number} {
    const requested = fields.optionalBytes('requested');
    if (requested === undefined) return {};
    if (kind !== FREE) throw fields.error('requested', 'none: only a free has it');
    const last = this.#rowOfEvent.length - 1;
    if (requested > last) throw fields.error('requested', `an event from 0 to ${last}`);
    return {waitedFrom: this.#rowOfEvent.array[requested]!};
  }

  #iteration(fields: LineFields): void {
    const number = fields.optionalBytes('number') ?? this.#nextNumber;
    if (this.#numbers.has(number)) throw fields.error('number', 'a number that no iteration before has');
    this.#numbers.add(number);
    this.#nextNumber = number + 1;
    this.#builder.mark(number, this.#time);
  }

  #annotation(fields: LineFields): void {
    const start = fields.time('start');
    const end = fields.time('end');
    if (end < start) throw fields.error('end', `at least start (${start})`);
    this.#builder.annotate({
      name: fields.text('name'),
      start,
      end,
      thread: fields.optionalText('thread') ?? '',
    });
  }
}

function parseObject(text: string, line: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ImportError(`not a line of JSON: ${cause}`, {format: 'event-log', line});
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new ImportError(`expected an object, got ${cut(text, 40)}`, {format: 'event-log', line});
}

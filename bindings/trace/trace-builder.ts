/** Makes a `Trace` of events in any order: sorts them, pairs mallocs with frees, counts oddities. */
import {ImportError} from '../model/errors.ts';
import {cutMessage} from '../model/shown.ts';
import {
  type Float64Column,
  float64Column,
  orderByTime,
  type Uint32Column,
  uint8Column,
  uint32Column,
} from './columns/columns.ts';
import {WordTable} from './columns/word-table.ts';
import {
  checkMost,
  MOST_ANNOTATIONS,
  MOST_DEVICES,
  MOST_EVENTS,
  MOST_NAME_CHARACTERS,
  MOST_NAMES,
} from './limits.ts';
import {
  type AllocationPath,
  type Annotation,
  type Device,
  type IterationMark,
  NONE,
  type Trace,
} from './trace.ts';
import {MARK, SYNC_POINT, TraceReplay} from './trace-replay.ts';

/** One event as an importer found it. */
export interface RecordedEvent {
  /** `MALLOC`, `FREE`, `READ` or `WRITE`. */
  readonly kind: number;
  /** A number that `TraceBuilder.device` returned. */
  readonly device: number;
  /** Up to 64 bits; a bigint where a number would not be exact. */
  readonly address: bigint | number;
  /** NaN where the event names none. */
  readonly bytes: number;
  /** Microseconds. */
  readonly time: number;
  /** Orders events of equal time; the order of adding where absent, so all or none should have it. */
  readonly tie?: number;
  /** Of a read or write: where it is enqueued; the block's own where absent. Of another event: 0 where absent. */
  readonly stream?: bigint | number;
  /** The number of a private pool; the first event of a block decides. 0, the default pool, where absent. */
  readonly pool?: number;
  /** A free that waited for other streams: `TraceBuilder.count` when the program requested it. */
  readonly waitedFrom?: number;
  /** A number that `TraceBuilder.operation` returned; the first event of a block decides. */
  readonly operation?: number;
  /** A number that `TraceBuilder.path` returned; the first event of a block decides. */
  readonly path?: number;
}

/** An event whose address, stream and names are numbers of the builder. It is read at once, so one object serves all events. */
export interface NumberedEvent {
  kind: number;
  device: number;
  /** A number that `TraceBuilder.address` returned. */
  address: number;
  bytes: number;
  time: number;
  /** A number that `TraceBuilder.stream` returned. */
  stream: number;
  pool: number;
  waitedFrom: number | undefined;
  operation: number;
  path: number;
}

/** One sync point as an importer found it. */
export interface RecordedSync {
  /** `RECORD`, `WAIT` or `SYNC`. */
  readonly kind: number;
  /** A number that `TraceBuilder.device` returned. */
  readonly device: number;
  /** Up to 64 bits; for a `RECORD` there must be one. */
  readonly stream?: bigint | number;
  /** Up to 64 bits; 0 where absent. */
  readonly fence?: bigint | number;
  /** Microseconds. */
  readonly time: number;
  readonly tie?: number;
}

export interface DeviceOptions {
  /** As in `Device`; 1 where absent. */
  readonly alignment?: number;
  /**
   * Whether a free of a block never seen before is a block carried in (the default), or stale: a free that the
   * recorder got wrong, dropped with a warning.
   */
  readonly unknownFrees?: 'carried' | 'stale';
}

export class TraceBuilder {
  readonly #format: string;
  readonly #devices: Device[] = [];
  readonly #stale: boolean[] = [];
  readonly #deviceIndex = new Map<string, number>();
  readonly #operations: string[] = [''];
  readonly #operationIndex = new Map<string, number>([['', 0]]);
  readonly #paths: AllocationPath[] = [{module: '', forward: '', operation: '', leaf: ''}];
  readonly #pathIndex = new Map<string, number>();
  readonly #annotations: Annotation[] = [];
  readonly #warnings: string[] = [];
  readonly #marks: (number | null)[] = [];
  readonly #syncKind = uint8Column();
  /** Entry of `#streams`, or `NONE`. */
  readonly #syncStream = uint32Column();
  readonly #syncDevice = uint32Column();
  /** Entry of `#fences`. */
  readonly #syncFence = uint32Column();
  readonly #fences = new WordTable();
  #count = 0;
  readonly #kind = uint8Column();
  readonly #device = uint32Column();
  readonly #address = uint32Column();
  readonly #addresses = new WordTable();
  readonly #bytes = float64Column();
  readonly #time = float64Column();
  /** Absent while every event's is its row. */
  #tie: Float64Column | undefined;
  readonly #stream = uint32Column();
  readonly #streams = new WordTable();
  /** Absent while all are of the default pool. */
  #pool: Uint32Column | undefined;
  /** By row, for the few that have one. */
  readonly #waitedFrom = new Map<number, number>();
  readonly #operation = uint32Column();
  readonly #path = uint32Column();
  #inferred = false;
  #nameCharacters = 0;

  /** @param format the format being read, for messages. */
  constructor(format: string) {
    this.#format = format;
  }

  /** Events, marks and sync points added so far. */
  get count(): number {
    return this.#count;
  }

  /** Makes room for so many events, where the importer knows how many come. */
  reserve(events: number): void {
    this.#grow(Math.min(events, MOST_EVENTS));
  }

  /** The number of an address of a device, for `addNumbered`. */
  address(word: bigint | number, device: number): number {
    return this.#addresses.indexOf(word, device);
  }

  /** The number of a stream, for `addNumbered`. */
  stream(word: bigint | number): number {
    return this.#streams.indexOf(word);
  }

  /** The index of the device of that name, made when first asked for; the options count then. */
  device(name: string, options: DeviceOptions = {}): number {
    const known = this.#deviceIndex.get(name);
    if (known !== undefined) return known;
    checkMost(this.#devices.length + 1, MOST_DEVICES, 'devices');
    this.#deviceIndex.set(name, this.#devices.length);
    this.#stale.push(options.unknownFrees === 'stale');
    return this.#devices.push({name, alignment: options.alignment ?? 1}) - 1;
  }

  /** The index of the operation of that name; 0 for `''`. */
  operation(name: string): number {
    const known = this.#operationIndex.get(name);
    if (known !== undefined) return known;
    this.#checkNames(this.#operations.length, name.length);
    this.#operationIndex.set(name, this.#operations.length);
    return this.#operations.push(name) - 1;
  }

  /** The index of that path; 0 for one that says no more than the operation. */
  path(path: AllocationPath): number {
    if (path.module === '' && path.forward === '' && path.leaf === '') return 0;
    const key = [path.module, path.forward, path.operation, path.leaf].join('\n');
    const known = this.#pathIndex.get(key);
    if (known !== undefined) return known;
    this.#checkNames(this.#paths.length, key.length);
    this.#pathIndex.set(key, this.#paths.length);
    return this.#paths.push(path) - 1;
  }

  /** @throws {ImportError} for bytes that are no integer from 0 to 2^53 − 1, and for a time that is not finite. */
  add(event: RecordedEvent): void {
    this.#check(event);
    this.#push(event);
  }

  /** As `add`, for importers with millions of events. */
  addNumbered(event: NumberedEvent): void {
    this.#check(event);
    if (event.waitedFrom !== undefined) this.#waitedFrom.set(this.#count, event.waitedFrom);
    this.#set(this.#row(undefined, event.pool), event);
  }

  #check({bytes, time}: {readonly bytes: number; readonly time: number}): void {
    checkMost(this.#count + 1, MOST_EVENTS, 'events');
    if ((Number.isNaN(bytes) || (Number.isSafeInteger(bytes) && bytes >= 0)) && Number.isFinite(time)) return;
    const place = {format: this.#format, event: this.count};
    if (!Number.isNaN(bytes) && !(Number.isSafeInteger(bytes) && bytes >= 0)) {
      throw new ImportError(`event ${this.count}: expected bytes from 0 to 2^53 - 1, got ${bytes}`, place);
    }
    if (!Number.isFinite(time)) {
      throw new ImportError(`event ${this.count}: expected a time in microseconds, got ${time}`, place);
    }
  }

  /** An iteration begins here, or, with null, the last one ends. */
  mark(number: number | null, time: number, tie?: number): void {
    checkMost(this.count + 1, MOST_EVENTS, 'events');
    this.#push({
      kind: MARK,
      device: this.#marks.push(number) - 1,
      address: 0,
      bytes: 0,
      time,
      ...(tie === undefined ? {} : {tie}),
    });
  }

  /** A stream or the host waits, or a fence is recorded to be waited for. */
  sync({kind, device, stream, fence = 0, time, tie}: RecordedSync): void {
    checkMost(this.count + 1, MOST_EVENTS, 'events');
    this.#syncKind.push(kind);
    this.#syncDevice.push(device);
    this.#syncStream.push(stream === undefined ? NONE : this.#streams.indexOf(stream));
    this.#syncFence.push(this.#fences.indexOf(fence));
    this.#push({
      kind: SYNC_POINT,
      device: this.#syncKind.length - 1,
      address: 0,
      bytes: 0,
      time,
      ...(tie === undefined ? {} : {tie}),
    });
  }

  annotate(annotation: Annotation): void {
    checkMost(this.#annotations.length + 1, MOST_ANNOTATIONS, 'annotations');
    this.#annotations.push(annotation);
  }

  warn(text: string): void {
    this.#warnings.push(cutMessage(text));
  }

  /** Says that the pairing of mallocs and frees is a guess. */
  infer(): void {
    this.#inferred = true;
  }

  build(): Trace {
    const rows = <A extends Uint8Array | Uint32Array | Float64Array>({array}: {readonly array: A}) =>
      array.subarray(0, this.#count) as A;
    const time = rows(this.#time);
    const replay = new TraceReplay({
      order: orderByTime(time, this.#tie && rows(this.#tie)),
      kind: rows(this.#kind),
      device: rows(this.#device),
      address: rows(this.#address),
      addresses: this.#addresses,
      bytes: rows(this.#bytes),
      time,
      stream: rows(this.#stream),
      streams: this.#streams,
      syncs: {
        kind: this.#syncKind.view(),
        device: this.#syncDevice.view(),
        stream: this.#syncStream.view(),
        fence: this.#syncFence.view(),
        fences: this.#fences,
      },
      pool: this.#pool && rows(this.#pool),
      waitedFrom: this.#waitedFrom,
      operation: rows(this.#operation),
      path: this.#paths.length > 1 ? rows(this.#path) : undefined,
      stale: this.#stale,
    });
    const {events, blocks, operationsUsed, pathsUsed, marks, syncs, foreignUses} = replay.run();
    return {
      events,
      blocks,
      devices: this.#devices,
      operations: operationsUsed.map(index => this.#operations[index]!),
      ...(this.#paths.length > 1 ? {paths: pathsUsed.map(index => this.#paths[index]!)} : {}),
      annotations: this.#annotations,
      marks: marks.map(({mark, event, syncs: before}): IterationMark => {
        return {number: this.#marks[mark]!, event, ...(syncs ? {syncs: before} : {})};
      }),
      ...(syncs ? {syncs} : {}),
      ...(foreignUses ? {foreignUses} : {}),
      warnings: [...new Set([...this.#warnings, ...replay.warnings()])],
      inferred: this.#inferred,
    };
  }

  #checkNames(count: number, characters: number): void {
    this.#nameCharacters += characters;
    checkMost(count, MOST_NAMES, 'different names');
    checkMost(this.#nameCharacters, MOST_NAME_CHARACTERS, 'characters of different names');
  }

  #push(event: RecordedEvent): void {
    if (event.waitedFrom !== undefined) this.#waitedFrom.set(this.#count, event.waitedFrom);
    this.#set(this.#row(event.tie, event.pool ?? 0), {
      kind: event.kind,
      device: event.device,
      address: this.#addresses.indexOf(event.address, event.device),
      bytes: event.bytes,
      time: event.time,
      stream: event.stream === undefined ? NONE : this.#streams.indexOf(event.stream),
      operation: event.operation ?? 0,
      path: event.path ?? 0,
    });
  }

  /** A new row, with what few recordings have. */
  #row(tie: number | undefined, pool: number): number {
    const row = this.#count++;
    if (row === this.#kind.array.length) this.#grow(row * 2);
    if (tie !== undefined && !this.#tie) {
      this.#tie = float64Column(this.#kind.array.length);
      for (let before = 0; before < row; before++) this.#tie.array[before] = before;
    }
    if (this.#tie) this.#tie.array[row] = tie ?? row;
    if (pool !== 0) this.#pool ??= uint32Column(this.#kind.array.length);
    if (this.#pool) this.#pool.array[row] = pool;
    return row;
  }

  #set(row: number, event: Omit<NumberedEvent, 'pool' | 'waitedFrom'>): void {
    this.#kind.array[row] = event.kind;
    this.#device.array[row] = event.device;
    this.#address.array[row] = event.address;
    this.#bytes.array[row] = event.bytes;
    this.#time.array[row] = event.time;
    this.#stream.array[row] = event.stream;
    this.#operation.array[row] = event.operation;
    this.#path.array[row] = event.path;
  }

  #grow(events: number): void {
    const columns = [this.#device, this.#address, this.#bytes, this.#time, this.#stream, this.#operation];
    for (const column of [this.#kind, ...columns, this.#path, this.#tie, this.#pool]) column?.grow(events);
  }
}

/** The pass over the sorted events that gives each one its block, and the rules for events that do not fit. */
import {cutTo, float64Column, uint32Column} from './columns/columns.ts';
import type {WordTable} from './columns/word-table.ts';
import {type RecordedSyncs, SyncReplay} from './sync-replay.ts';
import {
  type ForeignUses,
  FREE,
  MALLOC,
  NONE,
  type SyncPoints,
  type TraceBlocks,
  type TraceEvents,
} from './trace.ts';

/** Internal kind of an iteration mark, which is sorted among the events. */
export const MARK = 4;
/** Internal kind of a sync point. */
export const SYNC_POINT = 5;

/** Unsorted rows, in order of adding. */
export interface RecordedRows {
  readonly order: Uint32Array;
  readonly kind: Uint8Array;
  readonly device: Uint32Array;
  /** Entry of `addresses`, whose spaces are the devices. */
  readonly address: Uint32Array;
  readonly addresses: WordTable;
  readonly bytes: Float64Array;
  readonly time: Float64Array;
  /** Entry of `streams`; `NONE` where the event names none. */
  readonly stream: Uint32Array;
  readonly streams: WordTable;
  readonly syncs: RecordedSyncs;
  /** Numbers of private pools; absent where all are of the default pool. */
  readonly pool: Uint32Array | undefined;
  /** By row, for the few frees that waited: the row that follows their request. */
  readonly waitedFrom: ReadonlyMap<number, number>;
  readonly operation: Uint32Array;
  readonly path: Uint32Array | undefined;
  /** Devices whose frees of unknown blocks are stale. */
  readonly stale: readonly boolean[];
}

export interface ReplayResult {
  readonly events: TraceEvents;
  readonly blocks: TraceBlocks;
  /** The builder's operation behind each of the trace's. */
  readonly operationsUsed: readonly number[];
  /** The builder's path behind each of the trace's. */
  readonly pathsUsed: readonly number[];
  /** In order; `mark` is the builder's. */
  readonly marks: readonly {readonly mark: number; readonly event: number; readonly syncs: number}[];
  readonly syncs: SyncPoints | undefined;
  readonly foreignUses: ForeignUses | undefined;
}

export class TraceReplay {
  readonly #rows: RecordedRows;
  /** Per address of a device: its latest block, or `NONE`. */
  readonly #latest: Uint32Array;
  /** Per address of a device: 1 after a malloc of 0 bytes, which is dropped with its free. */
  readonly #empty: Uint8Array;
  /** Columns of the events, with room for all rows. */
  #events = 0;
  readonly #kind: Uint8Array;
  readonly #block: Uint32Array;
  readonly #time: Float64Array;
  readonly #bytes = float64Column();
  readonly #address = uint32Column();
  readonly #allocation = uint32Column();
  readonly #device = uint32Column();
  readonly #stream = uint32Column();
  readonly #pool = uint32Column();
  readonly #operation = uint32Column();
  readonly #path = uint32Column();
  readonly #mallocEvent = uint32Column();
  readonly #freeEvent = uint32Column();
  readonly #waitedFrom = uint32Column();
  /** Per row: how many events are before it; empty where no free waited. */
  readonly #eventsBefore: Uint32Array;
  readonly #operationIndex = new Map<number, number>([[0, 0]]);
  readonly #pathIndex = new Map<number, number>([[0, 0]]);
  readonly #marks: {mark: number; event: number; syncs: number}[] = [];
  readonly #syncs: SyncReplay;
  readonly #useEvent = uint32Column();
  /** Entry of the streams. */
  readonly #useStream = uint32Column();
  /** Entry of stream 0. */
  readonly #defaultStream: number;
  readonly #odd = {
    emptyMallocs: 0,
    missingFrees: 0,
    carriedIn: 0,
    staleFrees: 0,
    sizelessFrees: 0,
    doubleFrees: 0,
    otherSizes: 0,
    lostAccesses: 0,
  };

  constructor(rows: RecordedRows) {
    this.#rows = rows;
    this.#syncs = new SyncReplay(rows.syncs, rows.streams);
    this.#defaultStream = rows.streams.indexOf(0);
    this.#latest = new Uint32Array(rows.addresses.count).fill(NONE);
    this.#empty = new Uint8Array(rows.addresses.count);
    const {length} = rows.order;
    this.#kind = new Uint8Array(length);
    this.#block = new Uint32Array(length);
    this.#time = new Float64Array(length);
    this.#eventsBefore = new Uint32Array(rows.waitedFrom.size > 0 ? rows.order.length : 0);
  }

  run(): ReplayResult {
    const {order, kind, device} = this.#rows;
    for (const row of order) {
      this.#eventsBefore[row] = this.#events;
      if (kind[row] === MARK) this.#mark(device[row]!);
      else if (kind[row] === SYNC_POINT) this.#syncs.add(device[row]!, this.#events);
      else if (kind[row] === MALLOC) this.#malloc(row);
      else if (kind[row] === FREE) this.#free(row);
      else this.#access(row);
    }
    const count = this.#events;
    return {
      events: {
        count,
        kind: cutTo(this.#kind, count),
        block: cutTo(this.#block, count),
        time: cutTo(this.#time, count),
      },
      blocks: this.#blocks(),
      operationsUsed: [...this.#operationIndex.keys()],
      pathsUsed: [...this.#pathIndex.keys()],
      marks: this.#marks,
      syncs: this.#syncs.points(),
      foreignUses: this.#foreignUses(),
    };
  }

  #mark(mark: number): void {
    this.#marks.push({mark, event: this.#events, syncs: this.#syncs.count});
  }

  #foreignUses(): ForeignUses | undefined {
    if (this.#useEvent.length === 0) return undefined;
    const stream = this.#rows.streams.select(this.#useStream.view());
    return {count: this.#useEvent.length, event: this.#useEvent.toArray(), stream};
  }

  warnings(): string[] {
    const odd = this.#odd;
    const texts: [number, string][] = [
      [odd.emptyMallocs, 'allocations of 0 bytes: dropped'],
      [
        odd.missingFrees,
        'allocations at an address that was still held: the free before is missing, that block stays carried out',
      ],
      [odd.carriedIn, 'blocks were allocated before the recording began: kept as carried in'],
      [
        odd.staleFrees,
        'frees of blocks whose allocation was not recorded, on a device that should not report them: dropped as stale',
      ],
      [
        odd.sizelessFrees,
        'frees or accesses of blocks whose allocation was not recorded, without a size: dropped',
      ],
      [odd.doubleFrees, 'frees of blocks already freed: dropped'],
      [odd.otherSizes, 'frees with another size than their allocation: the size of the allocation counts'],
      [odd.lostAccesses, 'reads or writes of blocks already freed: dropped'],
    ];
    return [...texts, this.#syncs.warning()]
      .filter(([count]) => count > 0)
      .map(([count, text]) => `${count} × ${text}`);
  }

  #malloc(row: number): void {
    const at = this.#rows.address[row]!;
    if (!(this.#rows.bytes[row]! > 0)) {
      this.#odd.emptyMallocs++;
      this.#empty[at] = 1;
      return;
    }
    this.#empty[at] = 0;
    const before = this.#latest[at]!;
    if (before !== NONE && this.#freeEvent.array[before] === NONE) this.#odd.missingFrees++;
    const block = this.#addBlock(row);
    this.#mallocEvent.array[block] = this.#addEvent(row, block);
  }

  #free(row: number): void {
    const {bytes, device, address, stale} = this.#rows;
    const at = address[row]!;
    const block = this.#latest[at]!;
    const size = bytes[row]!;
    if (block !== NONE && this.#freeEvent.array[block] === NONE) {
      if (size > 0 && size !== this.#bytes.array[block]) this.#odd.otherSizes++;
      this.#endBlock(row, block);
    } else if (this.#empty[at] === 1) {
      this.#empty[at] = 0; // counted at its malloc
    } else if (block !== NONE) this.#odd.doubleFrees++;
    else if (stale[device[row]!]) this.#odd.staleFrees++;
    else if (!(size > 0)) this.#odd.sizelessFrees++;
    else {
      this.#odd.carriedIn++;
      this.#endBlock(row, this.#addBlock(row));
    }
  }

  #endBlock(row: number, block: number): void {
    const from = this.#rows.waitedFrom.get(row);
    if (from !== undefined) this.#waitedFrom.array[block] = this.#eventsBefore[from]!;
    this.#freeEvent.array[block] = this.#addEvent(row, block);
  }

  #access(row: number): void {
    const {bytes, address} = this.#rows;
    const at = address[row]!;
    const block = this.#latest[at]!;
    if (block !== NONE && this.#freeEvent.array[block] === NONE) this.#use(row, block);
    else if (block !== NONE) this.#odd.lostAccesses++;
    else if (this.#empty[at] === 1) return;
    else if (!(bytes[row]! > 0)) this.#odd.sizelessFrees++;
    else {
      this.#odd.carriedIn++;
      this.#addEvent(row, this.#addBlock(row));
    }
  }

  #use(row: number, block: number): void {
    const stream = this.#rows.stream[row]!;
    const event = this.#addEvent(row, block);
    if (stream === NONE || stream === this.#stream.array[block]) return;
    this.#useEvent.push(event);
    this.#useStream.push(stream);
  }

  #addEvent(row: number, block: number): number {
    const event = this.#events++;
    this.#kind[event] = this.#rows.kind[row]!;
    this.#block[event] = block;
    this.#time[event] = this.#rows.time[row]!;
    return event;
  }

  #addBlock(row: number): number {
    const {bytes, device, address, stream, pool, operation, path} = this.#rows;
    const at = address[row]!;
    const before = this.#latest[at]!;
    const block = this.#bytes.length;
    this.#latest[at] = block;
    this.#bytes.push(bytes[row]!);
    this.#address.push(at);
    this.#allocation.push(before === NONE ? 0 : this.#allocation.array[before]! + 1);
    this.#device.push(device[row]!);
    this.#stream.push(stream[row] === NONE ? this.#defaultStream : stream[row]!);
    this.#pool.push(pool?.[row] ?? 0);
    this.#operation.push(numberOf(this.#operationIndex, operation[row]!));
    if (path) this.#path.push(numberOf(this.#pathIndex, path[row]!));
    this.#mallocEvent.push(NONE);
    this.#freeEvent.push(NONE);
    this.#waitedFrom.push(NONE);
    return block;
  }

  #blocks(): TraceBlocks {
    const {addresses, streams} = this.#rows;
    return {
      count: this.#bytes.length, // before the columns are taken
      bytes: this.#bytes.take(),
      address: addresses.select(this.#address.view()),
      allocation: this.#allocation.take(),
      device: this.#device.take(),
      stream: streams.select(this.#stream.view()),
      pool: this.#pool.take(),
      operation: this.#operation.take(),
      ...(this.#rows.path ? {path: this.#path.take()} : {}),
      mallocEvent: this.#mallocEvent.take(),
      freeEvent: this.#freeEvent.take(),
      waitedFrom: this.#waitedFrom.take(),
    };
  }
}

/** Operations and paths are numbered as blocks first name them, so that equal traces are equal whatever recorded them. */
function numberOf(known: Map<number, number>, index: number): number {
  const number = known.get(index) ?? known.size;
  if (number === known.size) known.set(index, number);
  return number;
}

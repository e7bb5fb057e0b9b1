/** The records of a snapshot as columns, in the order in which the pickle completes them. */
import {float64Column, uint8Column, uint32Column} from '../../columns/columns.ts';
import {WordTable} from '../../columns/word-table.ts';
import {FrameTable, StackTable} from './stacks.ts';

/** A number of a text, a word or a row that is not there. */
export const ABSENT = 0xffffffff;

/** Entries of device traces. */
export class EventRows {
  /** Text, or `ABSENT`. */
  readonly action = uint32Column();
  /** Word, or `ABSENT`. */
  readonly address = uint32Column();
  /** Bytes; NaN where absent. */
  readonly size = float64Column();
  readonly stream = uint32Column();
  /** Microseconds; NaN where absent. */
  readonly time = float64Column();
  readonly stack = uint32Column();
  readonly pool = uint32Column();
  /** Rows with `device_free`, and its bytes. */
  readonly freeRow = uint32Column();
  readonly freeBytes = float64Column();
  /** Rows with a category: only in snapshots made of a profile. */
  categories = 0;
  count = 0;

  /** Millions of rows come this way, so a row costs no call for each of its columns. */
  add(): number {
    const row = this.count++;
    if (row === this.action.array.length) this.#grow(row * 2);
    this.action.array[row] = ABSENT;
    this.address.array[row] = ABSENT;
    this.size.array[row] = Number.NaN;
    this.time.array[row] = Number.NaN;
    return row;
  }

  #grow(capacity: number): void {
    const {action, address, size, stream, time, stack, pool} = this;
    for (const column of [action, address, size, stream, time, stack, pool]) column.grow(capacity);
  }
}

export class SegmentRows {
  readonly device = uint32Column();
  readonly address = uint32Column();
  readonly total = float64Column();
  readonly stream = uint32Column();
  /** Text, or `ABSENT`. */
  readonly type = uint32Column();
  readonly pool = uint32Column();
  readonly isExpandable = uint8Column();
  readonly stack = uint32Column();
  readonly firstBlock = uint32Column();
  readonly blockCount = uint32Column();

  add(): number {
    this.device.push(0);
    this.address.push(ABSENT);
    this.total.push(Number.NaN);
    this.stream.push(0);
    this.type.push(ABSENT);
    this.pool.push(0);
    this.isExpandable.push(0);
    this.stack.push(0);
    this.firstBlock.push(0);
    this.blockCount.push(0);
    return this.device.length - 1;
  }
}

export class BlockRows {
  /** Word, or `ABSENT` in old files. */
  readonly address = uint32Column();
  readonly size = float64Column();
  /** NaN where absent. */
  readonly requested = float64Column();
  /** Text. */
  readonly state = uint32Column();
  readonly stack = uint32Column();
  /** Row of the latest part of its history, or `ABSENT`: only in snapshots of 2022. */
  readonly history = uint32Column();

  add(): number {
    this.address.push(ABSENT);
    this.size.push(Number.NaN);
    this.requested.push(Number.NaN);
    this.state.push(ABSENT);
    this.stack.push(0);
    this.history.push(ABSENT);
    return this.size.length - 1;
  }
}

/** Allocations that a block served, the latest first. */
export class HistoryRows {
  /** Bytes that were asked for; NaN where absent. */
  readonly size = float64Column();
  readonly stack = uint32Column();

  add(): number {
    this.size.push(Number.NaN);
    this.stack.push(0);
    return this.size.length - 1;
  }
}

/** Beginnings and ends of annotations. */
export class SpanRows {
  /** Texts. */
  readonly stage = uint32Column();
  readonly name = uint32Column();
  readonly device = uint32Column();
  readonly time = float64Column();

  add(): number {
    this.stage.push(ABSENT);
    this.name.push(ABSENT);
    this.device.push(0);
    this.time.push(Number.NaN);
    return this.stage.length - 1;
  }
}

/** Tuples of two integers; pair 0 is (0, 0). */
export class Pairs {
  readonly first: number[] = [];
  readonly second: number[] = [];
  readonly #index = new Map<string, number>();
  #last = 0;

  constructor() {
    this.indexOf(0, 0);
  }

  indexOf(first: number, second: number): number {
    if (this.first[this.#last] === first && this.second[this.#last] === second) return this.#last;
    const key = `${first} ${second}`;
    this.#last = this.#index.get(key) ?? this.first.length;
    if (this.#last === this.first.length) {
      this.#index.set(key, this.#last);
      this.first.push(first);
      this.second.push(second);
    }
    return this.#last;
  }
}

export class SnapshotColumns {
  readonly events = new EventRows();
  readonly segments = new SegmentRows();
  readonly blocks = new BlockRows();
  readonly history = new HistoryRows();
  readonly spans = new SpanRows();
  readonly frames = new FrameTable();
  readonly stacks = new StackTable();
  readonly pools = new Pairs();
  readonly addresses = new WordTable();
  readonly streams = new WordTable();

  constructor() {
    this.streams.indexOf(0);
  }
}

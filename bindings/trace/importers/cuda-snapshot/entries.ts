/** The entries of all device traces as one sequence in order of time. */
import {ImportError} from '../../../model/errors.ts';
import {type Column, cutTo} from '../../columns/columns.ts';
import {CUDA_ACTIONS, type CudaEntries, OOM} from '../../cuda.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {ABSENT, type EventRows} from './columns.ts';

/** The rows of one device's trace: `[next, end)`. */
export interface DeviceTrace {
  /** Index into `Trace.devices`. */
  readonly device: number;
  readonly first: number;
  readonly end: number;
  /** False where the few entries of memory say nothing, so that they are left out. */
  readonly hasEvents: boolean;
}

export interface MergedEntries {
  readonly entries: CudaEntries;
  /** Per entry of action `OOM`: its index, and its row. */
  readonly outOfMemory: readonly (readonly [entry: number, row: number])[];
  /** Oddities, with counts. */
  readonly warnings: readonly string[];
}

const FORMAT = 'cuda-snapshot';
const UNKNOWN = 255;

/** The rows' columns hold nothing afterwards. */
export function mergeEntries(
  rows: EventRows,
  traces: readonly DeviceTrace[],
  texts: PickleTexts,
): MergedEntries {
  const merger = new Merger(rows, traces, texts);
  return merger.run();
}

/** The entries of a trace that move memory: so many, or more where it has more than are asked for. */
export function countMemoryEntries(
  {action}: EventRows,
  {first, count}: {readonly first: number; readonly count: number},
  texts: PickleTexts,
  enough: number,
): number {
  let found = 0;
  for (let row = first; row < first + count && found < enough; row++) {
    const text = action.array[row]!;
    const index = text === ABSENT ? -1 : CUDA_ACTIONS.indexOf(texts.text(text));
    if (index >= 0 && index < OOM) found++;
  }
  return found;
}

class Merger {
  readonly #rows: EventRows;
  readonly #traces: readonly DeviceTrace[];
  readonly #texts: PickleTexts;
  readonly #next: number[];
  /** Per trace, the time of its entry before. */
  readonly #time: number[];
  /** Text → action. */
  readonly #actions = new Map<number, number>();
  readonly #unknown = new Map<number, number>();
  #timeless = 0;
  #backwards = 0;
  readonly #outOfMemory: [number, number][] = [];
  /** Of the entries so far, each one's row; columns are made of it one by one, so that only one is there twice. */
  readonly #row: Uint32Array;
  readonly #action: Uint8Array;
  readonly #device: Uint32Array;
  readonly #merged: Float64Array;
  #count = 0;

  constructor(rows: EventRows, traces: readonly DeviceTrace[], texts: PickleTexts) {
    this.#rows = rows;
    this.#traces = traces;
    this.#texts = texts;
    this.#next = traces.map(({first}) => first);
    this.#time = traces.map(() => 0);
    const most = traces.reduce((sum, {first, end}) => sum + end - first, 0);
    this.#row = new Uint32Array(most);
    this.#action = new Uint8Array(most);
    this.#device = new Uint32Array(most);
    this.#merged = new Float64Array(most);
  }

  run(): MergedEntries {
    for (let trace = this.#earliest(); trace >= 0; trace = this.#earliest()) {
      const row = this.#next[trace]!++;
      const time = this.#timeOf(trace, row);
      this.#time[trace] = time;
      this.#add(trace, row, time);
    }
    const rows = this.#rows;
    const own = this.#row.subarray(0, this.#count);
    rows.action.take();
    rows.time.take();
    const bytes = selected(rows.size, own, new Float64Array(own.length));
    for (let i = 0; i < bytes.length; i++) bytes[i] ||= 0; // NaN where the recorder did not say
    return {
      entries: {
        count: this.#count,
        action: cutTo(this.#action, this.#count),
        device: cutTo(this.#device, this.#count),
        address: selected(rows.address, own, new Uint32Array(own.length)),
        bytes,
        stream: selected(rows.stream, own, new Uint32Array(own.length)),
        pool: selected(rows.pool, own, new Uint32Array(own.length)),
        time: cutTo(this.#merged, this.#count),
        stack: selected(rows.stack, own, new Uint32Array(own.length)),
      },
      outOfMemory: this.#outOfMemory,
      warnings: this.#warnings(),
    };
  }

  /** The trace whose next entry is the first in time, the lowest device among equals; -1 at the end. */
  #earliest(): number {
    let best = -1;
    for (let trace = 0; trace < this.#traces.length; trace++) {
      const row = this.#next[trace]!;
      if (row === this.#traces[trace]!.end) continue;
      if (best < 0 || this.#timeOf(trace, row) < this.#timeOf(best, this.#next[best]!)) best = trace;
    }
    return best;
  }

  /** A device's entries keep their order, whatever their clock says: time does not go back. */
  #timeOf(trace: number, row: number): number {
    const time = this.#rows.time.array[row]!;
    const before = this.#time[trace]!;
    return Number.isNaN(time) ? before : Math.max(time, before);
  }

  #add(trace: number, row: number, time: number): void {
    const rows = this.#rows;
    const recorded = rows.time.array[row]!;
    if (Number.isNaN(recorded)) this.#timeless++;
    else if (recorded < time) this.#backwards++;
    const action = this.#actionOf(row);
    if (action === UNKNOWN || (action < OOM && !this.#traces[trace]!.hasEvents)) return;
    if (action < OOM) this.#check(row);
    const entry = this.#count++;
    if (action === OOM) this.#outOfMemory.push([entry, row]);
    this.#row[entry] = row;
    this.#action[entry] = action;
    this.#device[entry] = this.#traces[trace]!.device;
    this.#merged[entry] = time;
  }

  #actionOf(row: number): number {
    const text = this.#rows.action.array[row]!;
    let action = this.#actions.get(text);
    if (action === undefined) {
      const index = CUDA_ACTIONS.indexOf(this.#texts.text(text));
      action = index < 0 ? UNKNOWN : index;
      this.#actions.set(text, action);
    }
    if (action === UNKNOWN) this.#unknown.set(text, (this.#unknown.get(text) ?? 0) + 1);
    return action;
  }

  /** @throws {ImportError} where an entry that moves memory does not say which. */
  #check(row: number): void {
    const isWithout = this.#rows.address.array[row] === ABSENT ? 'addr' : 'size';
    if (isWithout === 'size' && !Number.isNaN(this.#rows.size.array[row]!)) return;
    const event = row - this.#traces[0]!.first;
    throw new ImportError(`entry ${event} of the device traces has no ${isWithout}`, {format: FORMAT, event});
  }

  #warnings(): string[] {
    const warnings: string[] = [];
    for (const [text, count] of this.#unknown)
      warnings.push(
        `${count} × entries ${JSON.stringify(this.#texts.text(text).slice(0, 40))}, which is no memory event that is known: skipped`,
      );
    if (this.#timeless > 0 && this.#time.some(time => time > 0))
      warnings.push(`${this.#timeless} × entries without a time: they got that of the entry before`);
    if (this.#backwards > 0)
      warnings.push(
        `${this.#backwards} × entries with an earlier time than the entry before: the order of the file counts`,
      );
    return warnings;
  }
}

/** The values of some rows; the column holds nothing afterwards. */
function selected<A extends Uint32Array | Float64Array>(column: Column<A>, rows: Uint32Array, into: A): A {
  const {array} = column;
  for (let i = 0; i < rows.length; i++) into[i] = array[rows[i]!]!;
  column.take();
  return into;
}

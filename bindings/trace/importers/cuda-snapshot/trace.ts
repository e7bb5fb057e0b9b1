/** Makes a trace of a snapshot's records: blocks from allocations and completed frees, and everything else beside. */
import {ImportError} from '../../../model/errors.ts';
import {
  ALLOC,
  type CudaDevice,
  type CudaEntries,
  type CudaFrame,
  type CudaRecording,
  type CudaSegment,
  FREE_COMPLETED,
  FREE_REQUESTED,
} from '../../cuda.ts';
import {FREE, MALLOC, NONE, type Trace} from '../../trace.ts';
import {TraceBuilder} from '../../trace-builder.ts';
import type {PickleTexts} from '../pickle/texts.ts';
import {DICT, LIST} from '../pickle/values.ts';
import {ABSENT, type SnapshotColumns} from './columns.ts';
import {type DeviceTrace, type MergedEntries, mergeEntries} from './entries.ts';
import {EVENT, SEGMENT, SPAN, wordOf} from './keys.ts';
import {isRound, LiveBlocks, reservedOver} from './live.ts';
import {operationOf} from './operations.ts';
import type {Kept, SnapshotRecords} from './records.ts';
import {readSpans} from './spans.ts';
import {readSegments} from './state.ts';

const FORMAT = 'cuda-snapshot';
/** Bytes: the allocator rounds every block up to a multiple (c10/cuda/CUDACachingAllocator.cpp, `kMinBlockSize`). */
const ALIGNMENT = 512;

interface RowRange {
  readonly first: number;
  readonly count: number;
}

export class SnapshotTrace {
  readonly #records: SnapshotRecords;
  readonly #columns: SnapshotColumns;
  readonly #texts: PickleTexts;
  readonly #builder = new TraceBuilder(FORMAT);
  /** By number in the program: index into `Trace.devices`. */
  readonly #deviceIndex = new Map<number, number>();
  readonly #ordinals: number[] = [];
  #frames: readonly CudaFrame[] = [];
  /** Per stack: the builder's operation, or `NONE`. */
  #operations = new Uint32Array(0);

  constructor(records: SnapshotRecords, texts: PickleTexts) {
    this.#records = records;
    this.#columns = records.columns;
    this.#texts = texts;
  }

  /**
   * @param top the whole of the pickle.
   * @throws {ImportError} where it is no snapshot, or one without events.
   */
  build(top: Kept): Trace {
    const segmentRows = this.#recordsOf(top, 'segments', SEGMENT);
    const traces = this.#deviceTraces(top, segmentRows);
    const merged = mergeEntries(this.#columns.events, traces, this.#texts);
    const segments = readSegments(this.#columns, this.#texts, segmentRows, ordinal => this.#device(ordinal));
    const isProfile = this.#columns.events.categories > 0;
    if (isProfile)
      this.#builder.warn('the snapshot was made of a profile, so its segments are not real: left out');
    this.#frames = this.#readFrames();
    this.#operations = new Uint32Array(this.#columns.stacks.count).fill(NONE);
    const live = this.#addEvents(merged.entries);
    for (const warning of merged.warnings) this.#builder.warn(warning);
    this.#annotate(top);
    return this.#finish(top, merged, isProfile ? [] : segments, live);
  }

  #deviceTraces(top: Kept, segments: RowRange): DeviceTrace[] {
    const traces = top.tag === DICT ? this.#records.entry(top.value, wordOf('device_traces')) : undefined;
    const lists = traces?.tag === LIST ? this.#records.items(traces.value) : undefined;
    if (!lists) throw new ImportError(this.#describe(top), {format: FORMAT});
    const found: (RowRange & {readonly ordinal: number})[] = [];
    for (const [ordinal, list] of lists.entries()) {
      const rows = list.tag === LIST ? this.#records.rows(list.value, EVENT) : undefined;
      if (!rows) {
        throw new ImportError(`device_traces[${ordinal}]: expected a list of entries, each once`, {
          format: FORMAT,
        });
      }
      if (rows.count > 0) found.push({...rows, ordinal});
    }
    this.#addDevices(
      found.map(({ordinal}) => ordinal),
      segments,
    );
    if (found.length > 0) {
      return found.map(({ordinal, first, count}) => ({
        device: this.#device(ordinal),
        first,
        end: first + count,
      }));
    }
    throw new ImportError(
      'the snapshot has no events, only the state at its end: call torch.cuda.memory._record_memory_history() before the program runs',
      {format: FORMAT},
    );
  }

  #describe(top: Kept): string {
    if (top.tag === LIST) {
      return 'the pickle is a list, as torch.cuda.memory_snapshot() gives: it has the state of the allocator, and no events; use torch.cuda.memory._dump_snapshot()';
    }
    const keys = top.tag === DICT ? [...this.#records.entries(top.value).keys()] : [];
    const names = keys.slice(0, 8).map(key => JSON.stringify(this.#texts.text(key).slice(0, 40)));
    const got =
      top.tag === DICT ? `a dictionary with ${names.join(', ') || 'nothing in it'}` : 'something else';
    return `not a memory snapshot: expected a dictionary with a list of device_traces, got ${got}`;
  }

  #recordsOf(top: Kept, key: string, kind: number): RowRange {
    const list = this.#records.entry(top.value, wordOf(key));
    const rows = list?.tag === LIST ? this.#records.rows(list.value, kind) : undefined;
    if (rows) return rows;
    if (list) this.#builder.warn(`${key}: not a list of what belongs there, left out`);
    return {first: 0, count: 0};
  }

  /** The devices that have entries or segments, in order of their numbers. */
  #addDevices(ordinals: readonly number[], {first, count}: RowRange): void {
    const all = new Set(ordinals);
    for (let row = first; row < first + count; row++) all.add(this.#columns.segments.device.array[row]!);
    for (const ordinal of [...all].sort((a, b) => a - b)) this.#device(ordinal);
  }

  #device(ordinal: number): number {
    const known = this.#deviceIndex.get(ordinal);
    if (known !== undefined) return known;
    const index = this.#builder.device(`cuda:${ordinal}`, {alignment: ALIGNMENT});
    this.#deviceIndex.set(ordinal, index);
    this.#ordinals[index] = ordinal;
    return index;
  }

  #readFrames(): CudaFrame[] {
    const {file, name, line} = this.#columns.frames;
    const text = (index: number): string => (index === ABSENT ? '' : this.#texts.text(index));
    return Array.from({length: file.length}, (_, frame) => ({
      file: text(file.array[frame]!),
      name: text(name.array[frame]!),
      line: line.array[frame]!,
    }));
  }

  #operation(stack: number): number {
    const known = this.#operations[stack]!;
    if (known !== NONE) return known;
    const {starts, frames} = this.#columns.stacks;
    const own = frames.array.subarray(starts.array[stack], starts.array[stack + 1]);
    const operation = this.#builder.operation(operationOf(Array.from(own, frame => this.#frames[frame]!)));
    this.#operations[stack] = operation;
    return operation;
  }

  /** @returns per device and address, 1 where a block is live at the end whose allocation was seen. */
  #addEvents(entries: CudaEntries): LiveBlocks {
    const {addresses, streams} = this.#columns;
    const live = new LiveBlocks(addresses.count);
    // some recorders leave one of the two frees out
    const freeAction = entries.action.includes(FREE_COMPLETED) ? FREE_COMPLETED : FREE_REQUESTED;
    for (let i = 0; i < entries.count; i++) {
      const action = entries.action[i]!;
      const device = entries.device[i]!;
      const address = entries.address[i]!;
      if (action === FREE_REQUESTED) live.request(device, address, i);
      if (action !== ALLOC && action !== freeAction) continue;
      if (action === ALLOC) live.add(device, address);
      else live.free(device, address, i, entries);
      this.#builder.add({
        kind: action === ALLOC ? MALLOC : FREE,
        device,
        address: addresses.wordOf(address),
        bytes: entries.bytes[i]!,
        time: entries.time[i]!,
        stream: streams.wordOf(entries.stream[i]!),
        operation: action === ALLOC ? this.#operation(entries.stack[i]!) : 0,
      });
    }
    return live;
  }

  #annotate(top: Kept): void {
    const rows = this.#recordsOf(top, 'external_annotations', SPAN);
    const {annotations, unpaired} = readSpans(this.#columns.spans, this.#texts, rows);
    for (const annotation of annotations) this.#builder.annotate(annotation);
    if (unpaired > 0)
      this.#builder.warn(`${unpaired} × annotations without their beginning or end: left out`);
  }

  #finish(top: Kept, merged: MergedEntries, segments: readonly CudaSegment[], live: LiveBlocks): Trace {
    const {entries} = merged;
    const devices = this.#ordinals.map((ordinal, device) =>
      this.#cudaDevice(ordinal, device, entries, segments, live),
    );
    const {addresses, streams, pools, stacks, events} = this.#columns;
    const outOfMemory = merged.outOfMemory.map(([entry, row]) => {
      const at = events.freeRow.view().indexOf(row);
      const deviceFree = at < 0 ? 0 : events.freeBytes.array[at]!;
      return {entry, bytes: entries.bytes[entry]!, deviceFree};
    });
    for (const {entry, bytes, deviceFree} of outOfMemory.slice(0, 3)) {
      const name = `cuda:${this.#ordinals[entries.device[entry]!]}`;
      this.#builder.warn(
        `${name} ran out of memory: ${bytes} bytes were asked for, the device had ${deviceFree} free`,
      );
    }
    if (outOfMemory.length > 3) this.#builder.warn(`${outOfMemory.length} × ran out of memory in all`);
    if (live.pending > 0)
      this.#builder.warn(
        `${live.pending} × frees completed later than they were requested: blocks count as live until then`,
      );
    this.#warnOfKeys(top);
    const settings = this.#records.plain(this.#records.entry(top.value, wordOf('allocator_settings')));
    const cuda: CudaRecording = {
      entries,
      segments,
      devices,
      outOfMemory,
      addresses: addresses.words(),
      streams: streams.words(),
      pools: pools.first.map((first, index) => [first, pools.second[index]!] as const),
      stackStarts: stacks.starts.take(),
      stackFrames: stacks.frames.take(),
      frames: this.#frames,
      settings:
        typeof settings === 'object' && settings !== null ? (settings as Record<string, unknown>) : {},
    };
    return {...this.#builder.build(), cuda};
  }

  #cudaDevice(
    ordinal: number,
    device: number,
    entries: CudaEntries,
    segments: readonly CudaSegment[],
    live: LiveBlocks,
  ): CudaDevice {
    const own = segments.filter(segment => segment.device === device);
    const persistent = {count: 0, bytes: 0};
    for (const {state, address, bytes} of own.flatMap(({blocks}) => blocks)) {
      if (state === 'inactive' || live.has(device, address)) continue;
      persistent.count++;
      persistent.bytes += bytes;
    }
    const name = `cuda:${ordinal}`;
    if (persistent.count > 0) {
      this.#builder.warn(
        `${persistent.count} × blocks of ${name} were allocated before the recording began and are live at its end: kept apart as persistent, ${persistent.bytes} bytes`,
      );
    }
    const count = entries.device.reduce((sum, one) => sum + (one === device ? 1 : 0), 0);
    const unknown = live.unknownFrees(device);
    // who records from the beginning has no block from before it; the recorder's limit is a round number
    const isTruncated = isRound(count) && unknown + persistent.count > 0;
    if (isTruncated) {
      this.#builder.warn(
        `${name} has exactly ${count} entries: the ring buffer of the recorder was probably full, so that the beginning is lost; record with a larger max_entries`,
      );
    }
    const end = own.reduce((sum, {bytes}) => sum + bytes, 0);
    return {ordinal, persistent, isTruncated, reserved: {...reservedOver(entries, device, end), end}};
  }

  #warnOfKeys(top: Kept): void {
    const known = new Set(
      ['segments', 'device_traces', 'allocator_settings', 'external_annotations'].map(wordOf),
    );
    const others = [...this.#records.entries(top.value).keys()].filter(key => !known.has(key));
    if (others.length === 0) return;
    const names = others.slice(0, 8).map(key => this.#texts.text(key).slice(0, 40));
    this.#builder.warn(`not read: ${names.join(', ')}`);
  }
}

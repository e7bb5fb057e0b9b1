/**
 * Waits between streams, from the category `cuda_sync` of a trace (Kineto of 2023 and later). They name streams; when the host made them is
 * known by the calls of the CUDA runtime with the same `correlation`. A record counts from the beginning of its call, a wait from the end
 * of its own, so that neither orders more than it did. What is not known is left out, which loses waits alone: streams of −1
 * (CUDA 12.9 and later), calls that the file lacks, waits on streams without a kernel so far.
 *
 * Blocks of these traces name no stream, so their plans do not rely on these waits; `stowage convert` writes them.
 */
import {checkMost, MOST_EVENTS} from '../../limits.ts';
import {RECORD, SYNC, WAIT} from '../../trace.ts';
import type {RecordedSync, TraceBuilder} from '../../trace-builder.ts';
import {argumentsOf, type KinetoEvent, numberOf} from './fields.ts';

/** A call of the runtime on the host, microseconds. */
interface Call {
  readonly start: number;
  readonly end: number;
}

interface Found {
  readonly name: string;
  readonly device: number;
  readonly stream: number;
  readonly correlation: number;
  /** The `correlation` of the record that it waits for, and that record's stream. */
  readonly record: number;
  readonly recordStream: number;
}

/** What the names of calls begin with that record events, or wait for them, for streams or for the device. */
export const ORDERING_CALL_NAMES = [
  'cudaEventRecord',
  'cudaStreamWaitEvent',
  'cudaEventSynchronize',
  'cudaStreamSynchronize',
  'cudaDeviceSynchronize',
];

export class KinetoSyncs {
  readonly #calls = new Map<number, Call>();
  readonly #found: Found[] = [];

  /** A call whose name begins with one of `ORDERING_CALL_NAMES`. */
  addCall(event: KinetoEvent): void {
    const correlation = numberOf(argumentsOf(event).correlation);
    const start = numberOf(event.ts);
    const duration = numberOf(event.dur);
    if (!Number.isSafeInteger(correlation) || !Number.isFinite(start)) return;
    checkMost(this.#calls.size + 1, MOST_EVENTS, 'calls of the runtime');
    this.#calls.set(correlation, {
      start,
      end: start + (Number.isFinite(duration) ? Math.max(0, duration) : 0),
    });
  }

  /** An event of the category `cuda_sync`. */
  add(event: KinetoEvent): void {
    if (typeof event.name !== 'string') return;
    const args = argumentsOf(event);
    checkMost(this.#found.length + 1, MOST_EVENTS, 'waits between streams');
    this.#found.push({
      name: event.name,
      device: numberOf(args.device),
      stream: numberOf(args.stream),
      correlation: numberOf(args.correlation),
      record: numberOf(args.wait_on_cuda_event_record_corr_id),
      recordStream: numberOf(args.wait_on_stream),
    });
  }

  /** @param deviceOf the builder's number of a device of CUDA; undefined where it has no memory events. */
  toBuilder(builder: TraceBuilder, deviceOf: (id: number) => number | undefined): void {
    const recorded = new Set<number>();
    for (const sync of this.#found) {
      // files of one device may leave it out
      const device = deviceOf(Number.isFinite(sync.device) ? sync.device : 0);
      const call = this.#calls.get(sync.correlation);
      if (device === undefined || !call) continue;
      for (const point of this.#pointsOf(sync, call, recorded)) builder.sync({...point, device});
    }
  }

  #pointsOf(
    {name, stream, record, recordStream}: Found,
    {end}: Call,
    recorded: Set<number>,
  ): Omit<RecordedSync, 'device'>[] {
    if (name === 'Context Sync') return [{kind: SYNC, time: end}];
    if (name === 'Stream Sync') return isKnown(stream) ? [{kind: SYNC, stream, time: end}] : [];
    if (name !== 'Stream Wait Event' && name !== 'Event Sync') return [];
    const call = this.#calls.get(record);
    if (!call || !isKnown(recordStream) || (name === 'Stream Wait Event' && !isKnown(stream))) return [];
    const points: Omit<RecordedSync, 'device'>[] = [];
    if (!recorded.has(record))
      points.push({kind: RECORD, fence: record, stream: recordStream, time: call.start});
    recorded.add(record);
    points.push({kind: WAIT, fence: record, time: end, ...(name === 'Event Sync' ? {} : {stream})});
    return points;
  }
}

const isKnown = (stream: number): boolean => Number.isSafeInteger(stream) && stream >= 0;

/** The `[memory]` events of a Kineto trace, collected, attributed and handed to the builder. */
import {float64Column, orderByTime, uint32Column} from '../../columns/columns.ts';
import {checkMost, MOST_EVENTS, MOST_NAMES} from '../../limits.ts';
import {FREE, MALLOC} from '../../trace.ts';
import {type DeviceOptions, TraceBuilder} from '../../trace-builder.ts';
import type {ScannedElement} from '../json/element.ts';
import {assumedAlignment, deviceOf} from './devices.ts';
import {
  argumentsOf,
  fieldError,
  type KinetoEvent,
  optionalAddress,
  optionalInteger,
  requiredNumber,
  threadOf,
} from './fields.ts';
import type {KinetoOperations} from './operations.ts';
import {pairBySize} from './pairing.ts';

export class KinetoMemory {
  readonly #time = float64Column();
  readonly #tie = float64Column();
  /** Negative for a free. */
  readonly #bytes = float64Column();
  readonly #device = uint32Column();
  readonly #thread = uint32Column();
  readonly #address: (bigint | undefined)[] = [];
  readonly #devices: {readonly name: string; readonly options: DeviceOptions}[] = [];
  readonly #deviceIndex = new Map<string, number>();
  readonly #threads: string[] = [];
  readonly #threadIndices = new Map<string, number>();
  /** Devices whose alignment is not known. */
  readonly #assumed: string[] = [];
  #withAddress = 0;

  get count(): number {
    return this.#time.length;
  }

  /** @throws {ImportError} where a field is missing or not of its kind. */
  add(event: KinetoEvent, element: ScannedElement): void {
    const args = argumentsOf(event);
    const bytes = optionalInteger(args, 'Bytes', element);
    if (bytes === undefined) throw fieldError(args, 'Bytes', 'an integer', element);
    checkMost(this.count + 1, MOST_EVENTS, 'events');
    const address = optionalAddress(args, element);
    this.#time.push(requiredNumber(event, 'ts', element));
    this.#tie.push(optionalInteger(args, 'Ev Idx', element) ?? this.count);
    this.#bytes.push(bytes);
    this.#device.push(this.#deviceOf(args, element));
    this.#thread.push(this.#threadIndex(threadOf(event)));
    this.#address.push(address);
    if (address !== undefined) this.#withAddress++;
  }

  /** The builder's number of a device of CUDA; undefined where it has no memory events. */
  deviceOfCuda(id: number): number | undefined {
    return this.#deviceIndex.get(`cuda:${id}`);
  }

  /** Microseconds of the latest event. */
  lastTime(): number {
    return this.#time.view().reduce((last, time) => Math.max(last, time), Number.NEGATIVE_INFINITY);
  }

  /** Whether the file has its memory events in order of time. */
  isInOrder(): boolean {
    const times = this.#time.view();
    return times.every((time, i) => i === 0 || time >= times[i - 1]!);
  }

  toBuilder(operations: KinetoOperations): TraceBuilder {
    const builder = new TraceBuilder('kineto');
    const devices = this.#devices.map(({name, options}) => builder.device(name, options));
    if (this.#assumed.length > 0) builder.warn(assumedAlignment(this.#assumed));
    const time = this.#time.toArray();
    const order = orderByTime(time, this.#tie.toArray());
    const addresses = this.#addresses(order, builder);
    const bytes = this.#bytes.array;
    for (const row of order) {
      const address = addresses[row];
      if (address === undefined) continue;
      builder.add({
        kind: bytes[row]! < 0 ? FREE : MALLOC,
        device: devices[this.#device.array[row]!]!,
        address,
        bytes: Math.abs(bytes[row]!),
        time: time[row]!,
        ...(bytes[row]! > 0 ? this.#pathAt(operations, row, builder) : {}),
      });
    }
    return builder;
  }

  /** The recorded addresses; made-up ones where there are none at all. */
  #addresses(order: Uint32Array, builder: TraceBuilder): readonly (bigint | undefined)[] {
    if (this.#withAddress > 0) {
      const without = this.count - this.#withAddress;
      if (without > 0) builder.warn(`${without} × memory events without an address: dropped`);
      return this.#address;
    }
    builder.infer();
    builder.warn(
      'the recording has no addresses (PyTorch before 1.10): frees were matched with the latest allocation of their size, so the load is exact and the lifetimes are a guess',
    );
    return pairBySize(order, this.#bytes.array, this.#device.array);
  }

  /** Where an allocation comes from, as fields of an event. */
  #pathAt(
    operations: KinetoOperations,
    row: number,
    builder: TraceBuilder,
  ): {operation: number; path: number} {
    const path = operations.at(this.#threads[this.#thread.array[row]!]!, this.#time.array[row]!);
    return {operation: builder.operation(path.operation), path: builder.path(path)};
  }

  #deviceOf(args: KinetoEvent, element: ScannedElement): number {
    const type = optionalInteger(args, 'Device Type', element) ?? 0;
    const id = optionalInteger(args, 'Device Id', element) ?? -1;
    const {name, alignment, isAssumed} = deviceOf(type, id);
    const known = this.#deviceIndex.get(name);
    if (known !== undefined) return known;
    this.#deviceIndex.set(name, this.#devices.length);
    if (isAssumed) this.#assumed.push(name);
    const options: DeviceOptions = {alignment, unknownFrees: type === 0 ? 'stale' : 'carried'};
    return this.#devices.push({name, options}) - 1;
  }

  #threadIndex(thread: string): number {
    const known = this.#threadIndices.get(thread);
    if (known !== undefined) return known;
    checkMost(this.#threads.length + 1, MOST_NAMES, 'threads');
    this.#threadIndices.set(thread, this.#threads.length);
    return this.#threads.push(thread) - 1;
  }
}

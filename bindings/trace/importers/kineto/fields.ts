/** Checked fields of a Kineto event. */
import {ImportError} from '../../../model/errors.ts';
import {show} from '../../../model/shown.ts';
import type {ScannedElement} from '../json/element.ts';
import {ObjectReader} from '../json/object-reader.ts';

/** One event as JSON.parse returns it, or those of its fields that are used; any may be missing or of another type. */
export type KinetoEvent = Readonly<Record<string, unknown>>;

/** Fields that choose the events that are read. */
export const FIELDS = ['ph', 'cat', 'name'];

/** A reader of all fields that are used, `FIELDS` first. */
export function eventReader(): ObjectReader {
  return new ObjectReader([
    ...FIELDS,
    'ts',
    'dur',
    'tid',
    'id',
    'args.Bytes',
    'args.Addr',
    'args.Ev Idx',
    'args.Device Type',
    'args.Device Id',
    'args.Sequence number',
    'args.Fwd thread id',
    'args.correlation',
    'args.device',
    'args.stream',
    'args.wait_on_stream',
    'args.wait_on_cuda_event_record_corr_id',
  ]);
}

/** The event that the reader of `eventReader` has read. */
export function readEvent(reader: ObjectReader): KinetoEvent {
  return {
    ph: reader.value(0),
    cat: reader.value(1),
    name: reader.value(2),
    ts: reader.value(3),
    dur: reader.value(4),
    tid: reader.value(5),
    id: reader.value(6),
    args: {
      Bytes: reader.value(7),
      Addr: reader.value(8),
      'Ev Idx': reader.value(9),
      'Device Type': reader.value(10),
      'Device Id': reader.value(11),
      'Sequence number': reader.value(12),
      'Fwd thread id': reader.value(13),
      correlation: reader.value(14),
      device: reader.value(15),
      stream: reader.value(16),
      wait_on_stream: reader.value(17),
      wait_on_cuda_event_record_corr_id: reader.value(18),
    },
  };
}

/** Numbers, and strings of numbers, which some versions write; NaN for all else. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** @throws {ImportError} where it is not a finite number. */
export function requiredNumber(event: KinetoEvent, field: string, element: ScannedElement): number {
  const value = numberOf(event[field]);
  if (Number.isFinite(value)) return value;
  throw fieldError(event, field, 'a number', element);
}

/** @throws {ImportError} where it is neither absent nor an integer. */
export function optionalInteger(
  event: KinetoEvent,
  field: string,
  element: ScannedElement,
): number | undefined {
  if (event[field] === undefined) return undefined;
  const value = numberOf(event[field]);
  if (Number.isSafeInteger(value)) return value;
  throw fieldError(event, field, 'an integer', element);
}

/** `args`; an empty one where it is absent. */
export function argumentsOf(event: KinetoEvent): KinetoEvent {
  const {args} = event;
  return typeof args === 'object' && args !== null ? (args as KinetoEvent) : {};
}

/**
 * The address, exact beyond 2^53 also.
 * @throws {ImportError} where it is neither absent nor an unsigned integer of 64 bits.
 */
export function optionalAddress(args: KinetoEvent, element: ScannedElement): bigint | undefined {
  const {Addr: value} = args;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt.asUintN(64, BigInt(value));
  // JSON.parse has rounded it, the text has not
  const digits = /"Addr"\s*:\s*"?(-?\d{1,20}|0x[0-9a-fA-F]{1,16})(?![\w.])/.exec(element.text())?.[1];
  if (digits === undefined) throw fieldError(args, 'Addr', 'an address', element);
  return BigInt.asUintN(64, BigInt(digits));
}

/** A thread as the same text, whether it was written as a number or as a string. */
export function threadOf(event: KinetoEvent): string {
  const {tid} = event;
  return typeof tid === 'string' || typeof tid === 'number' ? String(tid) : '';
}

export function fieldError(
  event: KinetoEvent,
  field: string,
  expected: string,
  element: ScannedElement,
): ImportError {
  const got = event[field] === undefined ? 'nothing' : show(event[field]);
  const message = `event at byte ${element.offset}: ${field}: expected ${expected}, got ${got}`;
  return new ImportError(message, {format: 'kineto', byte: element.offset});
}

/** Bytes, ticks and counts as numbers, and the checks of them. */
import {UsageError} from './errors.ts';
import {show} from './shown.ts';

export {show} from './shown.ts';

/** A size, offset or alignment: integer bytes, 0 … 2^53 − 1. */
export type Bytes = number;
/** A point of logical time: integer, 0 … 2^32 − 1. */
export type Tick = number;

const MAX_TICK = 2 ** 32 - 1;
/** 2^53 − 1. */
export const MAX_BYTES: Bytes = Number.MAX_SAFE_INTEGER;

/** @throws UsageError unless `value` is an integer of bytes, 0 … 2^53 − 1. */
export function checkBytes(value: unknown, field: string): asserts value is Bytes {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new UsageError(
      `${field}: expected an integer number of bytes from 0 to 2^53 - 1, got ${show(value)}`,
    );
  }
}

/** @throws UsageError unless `value` is a power of two of bytes, at most 2^52. */
export function checkAlignment(value: unknown, field: string): asserts value is Bytes {
  if (!isPowerOfTwo(value))
    throw new UsageError(`${field}: expected a power of two of bytes, got ${show(value)}`);
}

/** @throws UsageError unless `value` is an integer from `least` to 2^53 − 1. */
export function checkCount(value: unknown, field: string, least = 0): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw new UsageError(`${field}: expected an integer from ${least}, got ${show(value)}`);
}

/** @throws UsageError unless `value` is true or false. */
export function checkBoolean(value: unknown, field: string): asserts value is boolean {
  if (typeof value !== 'boolean')
    throw new UsageError(`${field}: expected true or false, got ${show(value)}`);
}

/** @throws UsageError unless `value` is a tick. */
export function checkTick(value: unknown, field: string): asserts value is Tick {
  if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > MAX_TICK) {
    throw new UsageError(`${field}: expected a tick, an integer from 0 to 2^32 - 1, got ${show(value)}`);
  }
}

/** @throws UsageError unless `value` is an object with no other fields than these. */
export function checkFields(
  value: unknown,
  fields: ReadonlySet<string>,
  place: string,
): asserts value is object {
  if (typeof value !== 'object' || value === null)
    throw new UsageError(`${place}: expected an object, got ${show(value)}`);
  for (const field of Object.keys(value)) {
    if (!fields.has(field)) throw new UsageError(`${place}: unknown field ${show(field)}`);
  }
}

/** Whether `value` is a power of two, from 1 to 2^52. */
export function isPowerOfTwo(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0 && Number.isInteger(Math.log2(value as number));
}

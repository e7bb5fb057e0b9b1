/**
 * A value of plain data with typed arrays, as bytes: the length of a text, the text (JSON, in which arrays are replaced by
 * their numbers), the arrays. An array that occurs twice is written once.
 */
import {LimitError, UsageError} from '../../model/errors.ts';

type Column = Float64Array | Uint32Array;

/** A larger message is refused on both sides, bytes. */
export const MOST_MESSAGE_BYTES = 256 << 20;
const TYPES = {f64: Float64Array, u32: Uint32Array} as const;
/** Numbers that JSON has no word for. */
const SPECIAL: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};
const ALIGNMENT = 8;

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** @throws LimitError for a value that is too large. */
export function packMessage(value: unknown): Uint8Array {
  const arrays = new Map<Column, number>();
  const text = JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Float64Array || part instanceof Uint32Array) {
      const number = arrays.get(part) ?? arrays.size;
      arrays.set(part, number);
      return {'#': number, type: part instanceof Float64Array ? 'f64' : 'u32', length: part.length};
    }
    if (typeof part === 'number' && !Number.isFinite(part))
      return {'#': Number.isNaN(part) ? 'nan' : part > 0 ? 'inf' : '-inf'};
    return part;
  });
  const head = new TextEncoder().encode(text);
  let size = padded(4 + head.length);
  for (const array of arrays.keys()) size += padded(array.byteLength);
  checkSize(size);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  let at = padded(4 + head.length);
  for (const array of arrays.keys()) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += padded(array.byteLength);
  }
  return bytes;
}

/** @throws UsageError for bytes that are no such message; LimitError for too many. */
export function unpackMessage(message: Uint8Array): unknown {
  checkSize(message.length);
  // a copy begins at an address that arrays may begin at
  const bytes = message.slice();
  const {buffer} = bytes;
  const length = bytes.length >= 4 ? new DataView(buffer).getUint32(0, true) : Number.NaN;
  if (!(padded(4 + length) <= bytes.length)) throw damaged('it is cut short');
  const arrays: Column[] = [];
  let at = padded(4 + length);
  const arrayOf = ({'#': number, type, length: count}: Placeholder): Column => {
    const known = arrays[number as number];
    if (known) return known;
    const Type = TYPES[type as keyof typeof TYPES];
    const isNext = number === arrays.length && Number.isSafeInteger(count) && count! >= 0;
    if (!Type || !isNext || at + count! * Type.BYTES_PER_ELEMENT > bytes.length)
      throw damaged('it names an array that it lacks');
    const array = new Type(buffer, at, count);
    at += padded(array.byteLength);
    arrays.push(array);
    return array;
  };
  try {
    return JSON.parse(
      new TextDecoder('utf-8', {fatal: true}).decode(bytes.subarray(4, 4 + length)),
      (_, part) => {
        if (typeof part !== 'object' || part === null || !Object.hasOwn(part, '#')) return part;
        const name = (part as Placeholder)['#'];
        if (typeof name === 'string' && Object.hasOwn(SPECIAL, name)) return SPECIAL[name];
        return arrayOf(part);
      },
    );
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw damaged(`its text is damaged (${(error as Error).message})`);
  }
}

interface Placeholder {
  readonly '#': unknown;
  readonly type?: unknown;
  readonly length?: number;
}

function damaged(how: string): UsageError {
  return new UsageError(`the message cannot be read: ${how}`);
}

function checkSize(bytes: number): void {
  if (bytes > MOST_MESSAGE_BYTES)
    throw new LimitError(
      `a message of ${bytes} bytes is larger than a seat takes, ${MOST_MESSAGE_BYTES}: plan without seats`,
    );
}

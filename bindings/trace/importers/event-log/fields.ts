/** Checked fields of one line of an event log. */
import {ImportError} from '../../../model/errors.ts';
import {show} from '../../../model/shown.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Every getter throws an ImportError with the line where the field is invalid; null counts as absent. */
export class LineFields {
  readonly #object: JsonObject;
  readonly #line: number;

  constructor(object: JsonObject, line: number) {
    this.#object = object;
    this.#line = line;
  }

  text(field: string): string {
    return this.optionalText(field) ?? this.#absent(field, 'a string');
  }

  optionalText(field: string): string | undefined {
    return this.#optional(field, 'a string', value => (typeof value === 'string' ? value : undefined));
  }

  bytes(field: string): number {
    return this.optionalBytes(field) ?? this.#absent(field, 'an integer');
  }

  /** An integer from 0 to 2^53 − 1. */
  optionalBytes(field: string): number | undefined {
    return this.#optional(field, 'an integer from 0 to 2^53 - 1', value =>
      typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined,
    );
  }

  time(field: string): number {
    return this.optionalTime(field) ?? this.#absent(field, 'microseconds');
  }

  /** Microseconds. */
  optionalTime(field: string): number | undefined {
    return this.#optional(field, 'microseconds', value =>
      typeof value === 'number' && Number.isFinite(value) ? value : undefined,
    );
  }

  address(field: string): bigint {
    return this.optionalAddress(field) ?? this.#absent(field, 'an address');
  }

  /** An unsigned integer of 64 bits: a number up to 2^53 − 1, or a string, decimal or 0x…. */
  optionalAddress(field: string): bigint | undefined {
    return this.#optional(field, 'an integer up to 2^53 - 1, or a string such as "0x7f00"', value => {
      if (typeof value === 'number')
        return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
      if (typeof value !== 'string' || !/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(value)) return undefined;
      const address = BigInt(value.toLowerCase());
      return address < 1n << 64n ? address : undefined;
    });
  }

  /** Bytes, a power of two. */
  optionalAlignment(field: string): number | undefined {
    return this.#optional(field, 'a power of two', value => {
      const isPower = typeof value === 'number' && value >= 1 && Number.isInteger(Math.log2(value));
      return isPower && Number.isSafeInteger(value) ? value : undefined;
    });
  }

  optionalBoolean(field: string): boolean | undefined {
    return this.#optional(field, 'true or false', value => (typeof value === 'boolean' ? value : undefined));
  }

  optionalTexts(field: string): readonly string[] {
    const isText = (value: unknown): boolean => typeof value === 'string';
    const texts = this.#optional(field, 'a list of strings', value =>
      Array.isArray(value) && value.every(isText) ? (value as string[]) : undefined,
    );
    return texts ?? [];
  }

  optionalObjects(field: string): readonly LineFields[] {
    const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
    const objects = this.#optional(field, 'a list of objects', value =>
      Array.isArray(value) && value.every(isObject) ? (value as JsonObject[]) : undefined,
    );
    return (objects ?? []).map(object => new LineFields(object, this.#line));
  }

  error(field: string, expected: string): ImportError {
    const value = this.#object[field];
    const got = value === undefined ? 'nothing' : show(value);
    return new ImportError(`${field}: expected ${expected}, got ${got}`, {
      format: 'event-log',
      line: this.#line,
    });
  }

  #optional<T>(field: string, expected: string, check: (value: unknown) => T | undefined): T | undefined {
    const value = this.#object[field];
    if (value === undefined || value === null) return undefined;
    const checked = check(value);
    if (checked === undefined) throw this.error(field, expected);
    return checked;
  }

  #absent(field: string, expected: string): never {
    throw this.error(field, expected);
  }
}

/**
 * What a value of JSON must be, and the error that names the field where it is not. Further fields are let through. A run
 * has millions of values, so a place is put into words only where something is wrong.
 */
import {ImportError} from '../model/errors.ts';
import {cut, show} from '../model/shown.ts';

/** What is wrong with a value. */
interface Refusal {
  /** `recording.peak.bytes`, from the value on. */
  field: string;
  readonly expected: string;
  readonly value: unknown;
}

/** @returns undefined where the value fits. */
export type Shape = (value: unknown) => Refusal | undefined;

function shapeOf(expected: string, fits: (value: unknown) => boolean): Shape {
  return value => (fits(value) ? undefined : {field: '', expected, value});
}

/** The refusal of a value's part. */
function within(part: string, refusal: Refusal): Refusal {
  const joint = refusal.field === '' || refusal.field.startsWith('[') ? '' : '.';
  refusal.field = `${part}${joint}${refusal.field}`;
  return refusal;
}

export const text = shapeOf('a text', value => typeof value === 'string');
export const flag = shapeOf('true or false', value => typeof value === 'boolean');
export const count = shapeOf('an integer from 0', isCount);
export const bytesOrReason = shapeOf('bytes or a text', value => isCount(value) || typeof value === 'string');
export const duration = shapeOf('a number from 0', value => Number.isFinite(value) && (value as number) >= 0);
export const digest = shapeOf(
  'a SHA-256 in hexadecimal',
  value => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value),
);
export const anything: Shape = () => undefined;

/** From 1. */
export function numberTo(most: number): Shape {
  return shapeOf(
    `an integer from 1 to ${most}`,
    value => isCount(value) && value !== 0 && (value as number) <= most,
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function oneOf(...allowed: readonly string[]): Shape {
  const expected = allowed.map(one => JSON.stringify(one)).join(' or ');
  return shapeOf(expected, value => allowed.includes(value as string));
}

export function nullable(shape: Shape): Shape {
  return value => (value === null ? undefined : shape(value));
}

export function optional(shape: Shape): Shape {
  return value => (value === undefined ? undefined : shape(value));
}

export function listOf(shape: Shape, most = Number.POSITIVE_INFINITY): Shape {
  return value => {
    if (!Array.isArray(value)) return {field: '', expected: 'a list', value};
    if (value.length > most) return {field: '', expected: `at most ${most} values`, value};
    for (let i = 0; i < value.length; i++) {
      const refusal = shape(value[i]);
      if (refusal) return within(`[${i}]`, refusal);
    }
    return undefined;
  };
}

export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(fields);
  return value => {
    if (!isObject(value)) return {field: '', expected: 'an object', value};
    for (const [name, shape] of shapes) {
      // what an object inherits is no field of it
      const refusal = shape(Object.hasOwn(value, name) ? value[name] : undefined);
      if (refusal) return within(name, refusal);
    }
    return undefined;
  };
}

/** Names are those of the input. */
export function recordOf(shape: Shape): Shape {
  return value => {
    if (!isObject(value)) return {field: '', expected: 'an object', value};
    for (const [name, own] of Object.entries(value)) {
      const refusal = shape(own);
      if (refusal) return within(cut(name), refusal);
    }
    return undefined;
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON of one schema.
 * @param file its name, with which every error begins.
 * @throws ImportError that names file and field.
 */
export function parseAs<T>(content: string, file: string, schema: string, shape: Shape): T {
  const value = parsed(content, file);
  const refusal = object({schema: oneOf(schema)})(value) ?? shape(value);
  if (!refusal) return value as T;
  const got = refusal.value === undefined ? 'nothing' : show(refusal.value);
  throw new ImportError(
    `${file}: ${refusal.field || 'the content'}: expected ${refusal.expected}, got ${got}`,
  );
}

function parsed(content: string, file: string): unknown {
  if (content === '') throw new ImportError(`${file}: the file is empty`);
  try {
    return JSON.parse(content);
  } catch {
    throw new ImportError(`${file}: the file is damaged or cut short: it is not one whole JSON value`);
  }
}

/** Texts of arguments as values. @throws InvalidArgumentError naming the expected value. */
import {InvalidArgumentError} from 'commander';
import type {Pool} from '../../index.ts';
import type {DimensionRange} from '../../trace.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `1048576`, `1MiB`, `1.5GB` → bytes. */
export function parseBytes(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const factor = UNITS[(unit ?? '').toLowerCase()];
  const bytes = Number(digits) * (factor ?? Number.NaN);
  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError('expected a whole number of bytes such as 1048576, 1MiB or 1.5GB.');
  }
  return bytes;
}

/** `10s`, `500ms`, `2m`, `3` (seconds) → milliseconds. */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  const factor = {ms: 1, s: 1e3, m: 6e4, h: 3.6e6}[unit ?? 's'];
  const ms = Number(digits) * (factor ?? Number.NaN);
  if (!(ms > 0)) throw new InvalidArgumentError('expected a duration such as 10s, 500ms or 2m.');
  return ms;
}

/** `5%`, `0.5`, `5` → percent. */
export function parsePercent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim()) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('expected a percentage such as 5% or 0.5%.');
  return Number(digits);
}

/** An integer of at least `least`. */
export function parseInteger(least: number): (text: string) => number {
  return text => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`expected a whole number of at least ${least}.`);
    }
    return value;
  };
}

export function parseIteration(text: string): number | 'auto' | 'all' | 'window' {
  if (text === 'auto' || text === 'all' || text === 'window') return text;
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('expected a number, auto, all or window.');
  return Number(text);
}

export function parseAlignment(text: string): number {
  const bytes = parseBytes(text);
  if (bytes === 0 || !Number.isInteger(Math.log2(bytes)))
    throw new InvalidArgumentError('expected a power of two.');
  return bytes;
}

/** Adds one `NAME=SIZE`, `NAME=MIN:MAX` or `NAME=MIN:MAX:MULTIPLE` to those before it. */
export function parseDimension(
  text: string,
  before: Readonly<Record<string, number | DimensionRange>> = {},
): Record<string, number | DimensionRange> {
  const [, name, size, largest, multiple] =
    /^(.+)=(\d{1,15})(?::(\d{1,15})(?::(\d{1,15}))?)?$/.exec(text) ?? [];
  if (name === undefined)
    throw new InvalidArgumentError(
      'expected NAME=SIZE, e.g. batch=4, or a range NAME=MIN:MAX[:MULTIPLE], e.g. seq=32:512:32.',
    );
  if (largest === undefined) return {...before, [name]: Number(size)};
  const range = {min: Number(size), max: Number(largest)};
  return {...before, [name]: multiple === undefined ? range : {...range, multipleOf: Number(multiple)}};
}

/** Adds one `NAME[=CAPACITY]` to those before it. */
export function parsePool(text: string, before: readonly Pool[] = []): Pool[] {
  const [, name, capacity] = /^([^=\s",]+)(?:=(.+))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected NAME or NAME=BYTES, e.g. sram=64KiB.');
  return [...before, {name, ...(capacity === undefined ? {} : {capacity: parseBytes(capacity)})}];
}

/** Bytes and durations, in and out. */
import {InvalidArgumentError} from 'commander';

import {formatBytes} from '../model/quantities.ts';

export {formatBytes, formatCount, formatShortBytes, plural} from '../model/quantities.ts';

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

/** `5%`, `0.5`, `5` → per cent. */
export function parsePercent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text.trim()) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('expected per cent such as 5% or 0.5%.');
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

/** With its sign: `+4,096 B (4.0 KiB)`, `−1 B`, `0 B`. */
export function formatChange(bytes: number): string {
  const sign = bytes < 0 ? '−' : bytes > 0 ? '+' : '';
  return `${sign}${formatBytes(Math.abs(bytes))}`;
}

/** `5 %`, `0.125 %`: three decimals at most, and never shown as less than it is. */
export function formatPercent(percent: number): string {
  const rounded = Math.ceil(percent * 1000 - 1e-6) / 1000;
  return `${rounded} %`;
}

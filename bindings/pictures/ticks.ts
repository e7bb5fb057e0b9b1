/** The numbers at an axis: their choice and their format. */
import {byteUnit, formatCount, formatShortBytes} from '../model/quantities.ts';
import {type Scale, scaleOf} from './d3/scales.ts';
import type {Axis, Unit} from './picture.ts';

export interface TickLabel {
  readonly value: number;
  readonly text: string;
}

/** A value as it is written where room is scarce. */
export function formatShort(value: number, unit: Unit | undefined): string {
  if (unit === 'bytes') return formatShortBytes(value);
  if (unit === 'microseconds') return formatDuration(value);
  if (unit === 'percent') return `${rounded(value)} %`;
  return formatCount(rounded(value));
}

/** `12 µs`, `3.4 ms`, `2.5 s`. */
export function formatDuration(microseconds: number): string {
  const size = Math.abs(microseconds);
  if (size >= 1e6) return `${rounded(microseconds / 1e6)} s`;
  if (size >= 1e3) return `${rounded(microseconds / 1e3)} ms`;
  return `${rounded(microseconds)} µs`;
}

/** Three digits; whole numbers in full. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(3));
}

/** Names of categories, for each tick that an axis of numbers would have. */
const NAMES_PER_TICK = 3;

/** About `count` ticks of an axis. Categories have theirs in their middles: of many, every second, fourth, eighth … */
export function ticksOf(axis: Axis, count: number): TickLabel[] {
  const {unit, scale, categories, domain} = axis;
  if (categories) {
    let every = 1;
    while ((domain[1] - domain[0]) / every > NAMES_PER_TICK * count) every *= 2;
    return categories.flatMap((text, i) => (i % every === 0 ? [{value: i + 0.5, text}] : []));
  }
  const values = scale === 'linear' ? linearTicks(axis, count) : powers(axis, count);
  const written = scale === 'linear' ? textsTogether(axis, values) : undefined;
  return values.map((value, i) => ({value, text: written?.[i] ?? formatShort(value, unit)}));
}

/** Round in the unit that they are written in: of bytes, in MiB rather than in millions. */
function linearTicks({unit, domain: [from, to]}: Axis, count: number): number[] {
  const factor = unit === 'bytes' ? byteUnit(to).bytes : 1;
  const values = scaleOf('linear', [from / factor, to / factor], [0, 1]).ticks(count);
  const isWhole = unit !== 'microseconds' && unit !== 'percent' && factor === 1;
  return values.filter(value => !isWhole || Number.isInteger(value)).map(value => value * factor);
}

function textsTogether(axis: Axis, values: readonly number[]): string[] | undefined {
  if (axis.unit === 'bytes') return byteTexts(axis, values);
  return axis.unit === 'microseconds' ? durationTexts(axis, values) : undefined;
}

const DURATIONS = [
  {name: 's', microseconds: 1e6},
  {name: 'ms', microseconds: 1e3},
  {name: 'µs', microseconds: 1},
] as const;
/** So many digits after the point are read at a glance; more ask for a smaller unit. */
const MOST_DIGITS = 3;

/** All in the largest unit that the axis reaches and that tells them apart, with as many digits as the finest needs. */
function durationTexts({domain}: Axis, values: readonly number[]): string[] {
  const most = Math.max(Math.abs(domain[0]), Math.abs(domain[1]));
  const reached = DURATIONS.filter(({microseconds}) => microseconds <= most);
  const digitsIn = (microseconds: number) =>
    Math.max(
      0,
      ...values.map(value => String(Number((value / microseconds).toFixed(9))).split('.')[1]?.length ?? 0),
    );
  const unit =
    reached.find(({microseconds}) => digitsIn(microseconds) <= MOST_DIGITS) ?? reached.at(-1) ?? DURATIONS[2];
  const digits = digitsIn(unit.microseconds);
  return values.map(value =>
    value === 0 ? '0' : `${formatDigits(value / unit.microseconds, digits)} ${unit.name}`,
  );
}

/** Thousands apart, and so many digits after the point. */
function formatDigits(value: number, digits: number): string {
  const [whole = '', part] = Math.abs(value).toFixed(digits).split('.');
  return `${value < 0 ? '-' : ''}${formatCount(Number(whole))}${part === undefined ? '' : `.${part}`}`;
}

/** All in the same unit, with as many digits as the finest of them needs. */
function byteTexts({domain}: Axis, values: readonly number[]): string[] {
  const unit = byteUnit(domain[1]);
  const written = values.map(value => String(Number((value / unit.bytes).toPrecision(6))));
  const digits = Math.max(0, ...written.map(text => text.split('.')[1]?.length ?? 0));
  return values.map(value => (value === 0 ? '0' : `${formatFixed(value / unit.bytes, digits)} ${unit.name}`));
}

function formatFixed(value: number, digits: number): string {
  return digits === 0 ? formatCount(Math.round(value)) : value.toFixed(digits);
}

/** Powers of a base, every so many of them, and 0 where the axis has it. */
function powers({unit, domain: [from, to]}: Axis, count: number): number[] {
  const base = unit === 'bytes' ? 2 : 10;
  const least = Math.max(from, unit === 'microseconds' ? 1e-3 : 1);
  const first = Math.ceil(Math.log(least) / Math.log(base) - 1e-9);
  const last = Math.floor(Math.log(Math.max(to, least)) / Math.log(base) + 1e-9);
  const wanted = (last - first + 1) / Math.max(1, count);
  const step =
    base === 2 ? (wanted > 5 ? 10 : wanted > 2 ? 5 : wanted > 1 ? 2 : 1) : Math.max(1, Math.ceil(wanted));
  const values = from <= 0 ? [0] : [];
  for (let power = first; power <= last; power++) if (power % step === 0) values.push(base ** power);
  return values;
}

/** The scale of an axis over pixels; categories go from the first pixel on. */
export function axisScale({scale, domain}: Axis, range: readonly [from: number, to: number]): Scale {
  return scaleOf(scale, domain, range);
}

/** What is said of places in a picture, and of stretches between two. */
import {formatBytes, plural} from '../../bindings/model/quantities.ts';
import type {Axis} from '../../bindings/pictures/picture.ts';
import {formatShort} from '../../bindings/pictures/ticks.ts';
import type {Face} from '../canvas/face.ts';
import type {Sketch} from '../canvas/sketch.ts';

/** Of values of the x axis. */
export interface PlaceWords {
  /** E.g. `event 1,234, 5.6 ms`. */
  at(x: number): string;
  /** E.g. `34 events, 5.6 ms`; from the lower to the higher value. */
  stretch(from: number, to: number): string;
  /** What lies between the two, in a sentence; asked for where a measurement ends. */
  between?(from: number, to: number): Promise<string>;
}

/** In the unit of the axis alone. */
export function wordsOf({x}: Pick<Face, 'x'>): PlaceWords {
  return {at: value => placeOf(x, value), stretch: (from, to) => lengthOf(x, to - from)};
}

function placeOf({unit, categories}: Axis, value: number): string {
  if (categories) return categories[Math.floor(value)] ?? '';
  const names: Readonly<Record<string, string>> = {events: 'event ', ticks: 'tick '};
  return `${names[unit] ?? ''}${formatShort(isWhole(unit) ? Math.round(value) : value, unit)}`;
}

function lengthOf({unit}: Axis, length: number): string {
  if (unit === 'bytes') return formatBytes(Math.round(length));
  if (unit === 'events' || unit === 'ticks') return plural(Math.round(length), unit.slice(0, -1));
  return formatShort(length, unit);
}

const isWhole = (unit: Axis['unit']) => unit !== 'microseconds' && unit !== 'percent';

const HELP = {
  box: 'arrows move a corner, Space the other one, Enter zooms, Esc cancels',
  ruler: 'arrows move an end, Space the other one, M ends, Esc cancels',
};

/** A ruler: bytes and time between its ends. A box: its sides. */
export function describeSketch(
  {kind, from, to, isOpen, isByKeys}: Sketch,
  face: Pick<Face, 'x' | 'y'>,
  words: PlaceWords,
): string {
  const {y} = face;
  const help = isOpen && isByKeys ? `; ${HELP[kind]}` : '';
  const [left, right] = from.x <= to.x ? [from.x, to.x] : [to.x, from.x];
  const [low, high] = from.y <= to.y ? [from.y, to.y] : [to.y, from.y];
  if (kind === 'ruler') {
    const height = y.categories ? '' : `${lengthOf(y, high - low)}, `;
    return `${height}${words.stretch(left, right)}${help}`;
  }
  const sides = y.categories ? '' : `, ${placeOf(y, low)} to ${placeOf(y, high)}`;
  return `${words.at(left)} to ${words.at(right)}${sides}${help}`;
}

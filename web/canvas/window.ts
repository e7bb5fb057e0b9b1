/** The shown part of a picture, and the positions of its values on the screen. */

import {scaleOf} from '../../bindings/pictures/d3/scales.ts';
import type {Axis} from '../../bindings/pictures/picture.ts';

export type Range = readonly [from: number, to: number];

/** The values at the edges of the shown part, on both axes. */
export interface Window {
  readonly x: Range;
  readonly y: Range;
}

/** A function to pixels and back, of one axis. */
export interface Mapping {
  position(value: number): number;
  value(position: number): number;
}

/** Linear axes are a multiplication and an addition: a million boxes are mapped for each frame. */
export function mappingOf(scale: Axis['scale'], [from, to]: Range, [low, high]: Range): Mapping {
  if (scale !== 'linear') return scaleOf(scale, [from, to], [low, high]);
  const factor = (high - low) / (to - from || 1);
  const base = low - from * factor;
  return {position: value => value * factor + base, value: position => (position - base) / factor};
}

/** The least stretch of an axis that can be zoomed to, as a part of its domain. */
const DEEPEST = 1e-7;

/** Zoomed around a value: a factor below 1 shows less. Never beyond the domain. Of a log scale, in its powers. */
export function zoomed(
  axis: Pick<Axis, 'scale' | 'domain'>,
  range: Range,
  factor: number,
  around: number,
): Range {
  const unit = mappingOf(axis.scale, axis.domain, [0, 1]);
  const [from, to] = [unit.position(range[0]), unit.position(range[1])];
  const length = Math.min(1, Math.max(DEEPEST, (to - from) * factor));
  const centre = unit.position(around);
  const part = to > from ? (centre - from) / (to - from) : 0.5;
  return within(unit, centre - part * length, length);
}

/** Moved by a fraction of the shown part. */
export function panned(axis: Pick<Axis, 'scale' | 'domain'>, range: Range, part: number): Range {
  const unit = mappingOf(axis.scale, axis.domain, [0, 1]);
  const [from, to] = [unit.position(range[0]), unit.position(range[1])];
  return within(unit, from + part * (to - from), to - from);
}

/** Around a stretch, with as much again on both sides. */
export function around(axis: Pick<Axis, 'scale' | 'domain'>, [from, to]: Range): Range {
  const unit = mappingOf(axis.scale, axis.domain, [0, 1]);
  const [low, high] = [unit.position(from), unit.position(to)];
  const length = Math.min(1, Math.max(DEEPEST, (high - low) * 3));
  return within(unit, (low + high) / 2 - length / 2, length);
}

/** From one of two values to the other, in whatever order they are. */
export function between(axis: Pick<Axis, 'scale' | 'domain'>, a: number, b: number): Range {
  const unit = mappingOf(axis.scale, axis.domain, [0, 1]);
  const [low, high] = [unit.position(Math.min(a, b)), unit.position(Math.max(a, b))];
  const length = Math.min(1, Math.max(DEEPEST, high - low));
  return within(unit, (low + high) / 2 - length / 2, length);
}

/** The part of a range that an axis has; undefined where that is all of the axis, or nothing. */
export function clipped(range: Range | undefined, [low, high]: Range): Range | undefined {
  if (!range) return undefined;
  const [from, to] = [Math.max(low, range[0]), Math.min(high, range[1])];
  return from < to && (from > low || to < high) ? [from, to] : undefined;
}

function within(unit: Mapping, from: number, length: number): Range {
  const start = Math.min(1 - length, Math.max(0, from));
  const isWhole = length >= 1;
  return isWhole ? [unit.value(0), unit.value(1)] : [unit.value(start), unit.value(start + length)];
}

export const isSameRange = (a: Range, b: Range) => a[0] === b[0] && a[1] === b[1];

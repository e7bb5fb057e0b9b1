/** Finds the mark under the pointer, in the columns of a picture rather than in its pixels. */

import {formatBytes, formatCount} from '../../bindings/model/quantities.ts';
import type {Frame} from '../../bindings/pictures/cells.ts';
import type {BoxLayer, LineLayer, Picture, PointLayer, StackLayer} from '../../bindings/pictures/picture.ts';
import {formatShort} from '../../bindings/pictures/ticks.ts';

export interface Probed {
  /** All facts, in one line. */
  readonly detail: string;
  /** The item that it is a part of; absent for a mark without one, e.g. a line. */
  readonly item?: number;
  /** In the units of the picture's x axis. */
  readonly x: number;
}

/** Pixels beside a mark that still count as on it. */
const NEAR = 4;

/** The uppermost mark at a point, in pixels. */
export function probe(picture: Picture, frame: Frame, x: number, y: number): Probed | undefined {
  for (const layer of [...picture.layers].reverse()) {
    const found =
      layer.kind === 'boxes'
        ? probeBoxes(layer, frame, x, y)
        : layer.kind === 'points'
          ? probePoints(layer, frame, x, y)
          : layer.kind === 'stack'
            ? probeStack(picture, layer, frame, x, y)
            : layer.kind === 'line'
              ? probeLine(picture, layer, frame, x, y)
              : undefined;
    if (found) return found;
  }
  return undefined;
}

/** The box that holds the point; of those that are too thin for that, the nearest one. */
function probeBoxes(layer: BoxLayer, frame: Frame, x: number, y: number): Probed | undefined {
  let best = -1;
  let least = NEAR;
  for (let i = 0; i < layer.count; i++) {
    const [left, right] = [frame.x(layer.x0[i]!), frame.x(layer.x1[i]!)];
    const aside = x < left ? left - x : x > right ? x - right : 0;
    if (aside > least) continue;
    const [a, b] = [frame.y(layer.y0[i]!), frame.y(layer.y1[i]!)];
    const above = y < Math.min(a, b) ? Math.min(a, b) - y : y > Math.max(a, b) ? y - Math.max(a, b) : 0;
    const distance = Math.max(aside, above);
    if (distance > least || (distance === least && best >= 0 && distance > 0)) continue;
    [best, least] = [i, distance];
  }
  if (best < 0) return undefined;
  const item = layer.item?.[best] ?? best;
  return {detail: layer.detail?.(best) ?? layer.label?.(best) ?? '', item, x: layer.x0[best]!};
}

function probePoints(layer: PointLayer, frame: Frame, x: number, y: number): Probed | undefined {
  let best = -1;
  let least = NEAR + 3;
  for (let i = 0; i < layer.count; i++) {
    const distance = Math.max(Math.abs(frame.x(layer.x[i]!) - x), Math.abs(frame.y(layer.y[i]!) - y));
    if (distance >= least) continue;
    [best, least] = [i, distance];
  }
  if (best < 0) return undefined;
  const item = layer.item?.[best];
  return {detail: layer.detail?.(best) ?? '', x: layer.x[best]!, ...(item === undefined ? {} : {item})};
}

function probeStack(
  picture: Picture,
  {x, bands, series}: StackLayer,
  frame: Frame,
  px: number,
  py: number,
): Probed | undefined {
  const at = placeOf(x, frame, px);
  if (at < 0 || at >= x.length - 1) return undefined;
  let below = 0;
  for (const [band, values] of bands.entries()) {
    const top = below + values[at]!;
    if (py <= frame.y(below) && py >= frame.y(top) && top > below) {
      const name = picture.series[series[band]!]!.name || picture.y.label;
      const total = bands.reduce((sum, one) => sum + one[at]!, 0);
      const rest = bands.length > 1 ? `, of ${valueText(picture, total)}` : '';
      return {
        detail: `${name}: ${valueText(picture, values[at]!)}${rest}, at ${placeText(picture, x[at]!)}`,
        x: x[at]!,
      };
    }
    below = top;
  }
  return undefined;
}

function probeLine(
  picture: Picture,
  {x, y, series}: LineLayer,
  frame: Frame,
  px: number,
  py: number,
): Probed | undefined {
  const at = placeOf(x, frame, px);
  if (at < 0 || Math.abs(frame.y(y[at]!) - py) > NEAR) return undefined;
  const {name} = picture.series[series]!;
  const value = valueText(picture, y[at]!);
  return {detail: `${name || picture.y.label}: ${value}, at ${placeText(picture, x[at]!)}`, x: x[at]!};
}

/** Index of the last value at or before a pixel; −1 where there is none. */
function placeOf(x: Float64Array, frame: Frame, px: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (frame.x(x[middle]!) <= px) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function valueText({y}: Picture, value: number): string {
  return y.unit === 'bytes' ? formatBytes(Math.round(value)) : formatShort(value, y.unit);
}

function placeText({x}: Picture, value: number): string {
  const unit = {events: 'event ', ticks: 'tick '}[x.unit as string] ?? '';
  return unit === '' ? formatShort(value, x.unit) : `${unit}${formatCount(Math.round(value))}`;
}

/** x0, x1, y0, y1 of each box, or of each point twice the same, that belongs to items. */
export function highlightOf(picture: Picture, isWanted: (item: number) => boolean): Float64Array {
  const found: number[] = [];
  for (const layer of picture.layers) {
    if (layer.kind === 'boxes') {
      for (let i = 0; i < layer.count; i++)
        if (isWanted(layer.item?.[i] ?? i))
          found.push(layer.x0[i]!, layer.x1[i]!, layer.y0[i]!, layer.y1[i]!);
    } else if (layer.kind === 'points' && layer.item) {
      for (let i = 0; i < layer.count; i++)
        if (isWanted(layer.item[i]!)) found.push(layer.x[i]!, layer.x[i]!, layer.y[i]!, layer.y[i]!);
    }
  }
  return Float64Array.from(found);
}

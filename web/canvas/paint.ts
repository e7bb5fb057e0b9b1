/** The marks of a picture on a canvas. `bindings/pictures/marks.ts` has the part that SVG shares, and says why there are two renderers. */
import type {Frame} from '../../bindings/pictures/cells.ts';
import {shapePath} from '../../bindings/pictures/d3/shapes.ts';
import {reduceBoxes, reduceLine, reducePoints, reduceStack} from '../../bindings/pictures/detail.ts';
import {cellRuns, fittingLabel, LEAST_HATCHED} from '../../bindings/pictures/marks.ts';
import {INK, PALETTE, PAPER} from '../../bindings/pictures/palette.ts';
import {
  type BoxLayer,
  type LineLayer,
  type Mark,
  type Picture,
  type PointLayer,
  SHAPES,
  type StackLayer,
} from '../../bindings/pictures/picture.ts';
import {patternOf} from './hatch.ts';
import type {Context, Theme} from './theme.ts';

/** Boxes drawn one by one; all others are cells of so many pixels. */
const MOST_BOXES = 6000;
const CELL = 2;
const FONT_SIZE = 12;
/** Names cut to fewer letters say nothing; zooming in shows them. */
const LEAST_LETTERS = 6;
const POINT_CELL = 3;
/** Square pixels. */
const POINT_SIZE = 28;

/** The input of every function that draws marks. The context counts in CSS pixels, at any pixel ratio. */
export interface Painting {
  readonly context: Context;
  readonly picture: Picture;
  readonly frame: Frame;
  readonly theme: Theme;
}

/** Labels are centred at their position. */
export function preparePaint(context: Context): void {
  context.font = '12px system-ui, sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
}

/** Marks only; `frame.ts` draws axes, rules and texts around and over them. */
export function paint(painting: Painting): void {
  for (const layer of painting.picture.layers) {
    if (layer.kind === 'boxes') paintBoxes(painting, layer);
    else if (layer.kind === 'stack') paintStack(painting, layer);
    else if (layer.kind === 'line') paintLine(painting, layer);
    else if (layer.kind === 'points') paintPoints(painting, layer);
    else if (layer.kind === 'texts') for (const text of layer.texts) paintText(painting, text);
  }
}

function colourOf({picture, theme}: Painting, series: number): string {
  return PALETTE[picture.series[series]!.colour]![theme];
}

function fillOf(painting: Painting, series: number): string | CanvasPattern {
  const {context, picture, theme} = painting;
  return patternOf(context, picture.series[series]!.colour, theme) ?? colourOf(painting, series);
}

/** As SVG writes it: lengths with spaces between. */
function dashOf({picture}: Painting, series: number): number[] {
  const {dash} = PALETTE[picture.series[series]!.colour]!;
  return dash === '' ? [] : dash.split(' ').map(Number);
}

function paintBoxes(painting: Painting, layer: BoxLayer): void {
  const {context, frame, theme} = painting;
  const {single, corners, cells} = reduceBoxes(layer, frame, {most: MOST_BOXES, cell: CELL});
  paintCells(painting, cells);
  const large: number[] = [];
  for (const [k, index] of single.entries()) {
    const [x, y] = [corners[4 * k]!, corners[4 * k + 1]!];
    const [width, height] = [corners[4 * k + 2]! - x, corners[4 * k + 3]! - y];
    if (width >= LEAST_HATCHED && height >= LEAST_HATCHED) {
      large.push(k);
      continue;
    }
    context.fillStyle = colourOf(painting, layer.series[index]!);
    // a seam between neighbours, where there is room for one
    context.fillRect(x, y, Math.max(width - 0.25, 0.75), Math.max(height - 0.25, 0.75));
  }
  context.strokeStyle = PAPER[theme];
  context.lineWidth = 1;
  for (const k of large) paintBox(painting, layer, single[k]!, corners.subarray(4 * k, 4 * k + 4));
}

function paintBox(painting: Painting, layer: BoxLayer, index: number, corners: Float64Array): void {
  const {context} = painting;
  const [x, y, right, bottom] = corners as unknown as [number, number, number, number];
  const [width, height] = [right - x, bottom - y];
  context.fillStyle = fillOf(painting, layer.series[index]!);
  context.fillRect(x, y, width, height);
  context.strokeRect(x, y, width, height);
  const shown = fittingLabel(layer.label?.(index) ?? '', width, height, FONT_SIZE, LEAST_LETTERS);
  if (shown !== '') paintLabel(painting, layer, index, shown, corners);
}

/** Right of its place, or left of it where there is no room. */
function paintText({context, frame, theme}: Painting, {x, y, text}: Mark): void {
  const {width} = context.measureText(text);
  const at = frame.x(x);
  const isLeft = at + 6 + width > frame.right;
  const left = isLeft ? at - 6 - width : at + 6;
  context.textAlign = 'left';
  context.globalAlpha = isLeft ? 0.9 : 0;
  context.fillStyle = PAPER[theme];
  context.fillRect(left - 2, frame.y(y) - 8, width + 4, 16);
  context.globalAlpha = 1;
  context.fillStyle = INK[theme];
  context.fillText(text, left, frame.y(y));
  context.textAlign = 'center';
}

/** On a plate of the colour where the colour has a hatch. */
function paintLabel(
  {context, picture, theme}: Painting,
  layer: BoxLayer,
  index: number,
  text: string,
  [left, top, right, bottom]: Float64Array,
): void {
  const {hatch, light, dark, inkOnLight, inkOnDark} = PALETTE[picture.series[layer.series[index]!]!.colour]!;
  const [x, y] = [(left! + right!) / 2, (top! + bottom!) / 2];
  if (hatch !== 'none') {
    const width = context.measureText(text).width + 6;
    context.fillStyle = theme === 'light' ? light : dark;
    context.fillRect(x - width / 2, y - FONT_SIZE / 2 - 2, width, FONT_SIZE + 4);
  }
  context.fillStyle = theme === 'light' ? inkOnLight : inkOnDark;
  context.fillText(text, x, y);
}

function paintCells(painting: Painting, cells: ReturnType<typeof reduceBoxes>['cells']): void {
  const {context, frame} = painting;
  for (const {series, strength, row, column, length} of cellRuns(cells, strengthOf)) {
    context.globalAlpha = strength;
    context.fillStyle = colourOf(painting, series);
    context.fillRect(
      frame.left + column * cells.size,
      frame.top + row * cells.size,
      length * cells.size,
      cells.size,
    );
  }
  context.globalAlpha = 1;
}

/** In eighths, and never so little that it is not seen. */
const strengthOf = (filled: number) => Math.max(0.25, Math.min(1, Math.ceil(filled * 8) / 8));

function paintStack(painting: Painting, layer: StackLayer): void {
  const {context, frame} = painting;
  const {x, moments} = reduceStack(layer, frame);
  const below = new Float64Array(moments.length);
  for (const [band, values] of layer.bands.entries()) {
    const heights = Float64Array.from(moments, moment => values[moment]!);
    context.beginPath();
    for (let from = 0; from < heights.length; from++) {
      if (heights[from] === 0) continue;
      let to = from;
      while (to < heights.length && heights[to] !== 0) to++;
      outlineColumns(painting, x, below, heights, from, to);
      from = to;
    }
    for (let k = 0; k < heights.length; k++) below[k]! += heights[k]!;
    context.fillStyle = fillOf(painting, layer.series[band]!);
    context.fill();
  }
}

/** Columns side by side as one polygon: a path of a thousand rectangles takes eight times as long to fill, and shows seams. */
function outlineColumns(
  {context, frame}: Painting,
  x: ArrayLike<number>,
  below: Float64Array,
  heights: Float64Array,
  from: number,
  to: number,
): void {
  context.moveTo(x[from]!, frame.y(below[from]!));
  for (let k = from; k < to; k++) {
    const high = frame.y(below[k]! + heights[k]!);
    context.lineTo(x[k]!, high);
    context.lineTo(x[k + 1]!, high);
  }
  for (let k = to - 1; k >= from; k--) {
    const low = frame.y(below[k]!);
    context.lineTo(x[k + 1]!, low);
    context.lineTo(x[k]!, low);
  }
  context.closePath();
}

function paintLine(painting: Painting, layer: LineLayer): void {
  const {context, frame} = painting;
  const points = reduceLine(layer, frame);
  context.beginPath();
  for (let i = 0; i < points.length; i += 2) context.lineTo(points[i]!, points[i + 1]!);
  context.strokeStyle = colourOf(painting, layer.series);
  context.setLineDash(dashOf(painting, layer.series));
  context.lineWidth = 1.6;
  context.lineJoin = 'round';
  context.stroke();
  context.setLineDash([]);
}

function paintPoints(painting: Painting, layer: PointLayer): void {
  const {context, frame} = painting;
  const {index} = reducePoints(layer, frame, POINT_CELL);
  const shapes = SHAPES.map((_, shape) => new Path2D(shapePath(shape, POINT_SIZE)));
  for (const i of index) {
    const series = layer.series[i]!;
    context.fillStyle = colourOf(painting, series);
    context.translate(frame.x(layer.x[i]!), frame.y(layer.y[i]!));
    context.fill(shapes[layer.shapes[series] ?? 0]!);
    context.translate(-frame.x(layer.x[i]!), -frame.y(layer.y[i]!));
  }
}

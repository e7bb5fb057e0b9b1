/** The frame around and over the marks of a picture on the page: grid, axes, rules, the moment and the selection. */
import {FAINT, GRID, INK, PALETTE, PAPER} from '../../bindings/pictures/palette.ts';
import {shortened} from '../../bindings/pictures/text.ts';
import {ticksOf} from '../../bindings/pictures/ticks.ts';
import type {Face} from './face.ts';
import type {Theme} from './theme.ts';
import {type Mapping, mappingOf, type Range, type Window} from './window.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels around the marks, whose area has whole ones: a bitmap is not stretched by less than one. */
export interface Margins {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const FONT = '12px system-ui, sans-serif';
const MOST_CATEGORY = 34;

export function marginsOf({y}: Face, {width, height}: Size): Margins {
  const longest = y.categories?.reduce(
    (most, text) => Math.max(most, Math.min(MOST_CATEGORY, text.length)),
    0,
  );
  const left = longest === undefined ? 66 : Math.min(width * 0.35, 14 + longest * 7);
  return {left: Math.round(left), right: 12 + (width % 1), top: 24, bottom: 36 + (height % 1)};
}

export interface FrameDrawing {
  readonly context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  readonly face: Face;
  readonly window: Window;
  readonly size: Size;
  readonly margins: Margins;
  readonly theme: Theme;
}

/** Mappings from values to pixels of the whole canvas. */
export function mappings({face, window, size, margins}: Omit<FrameDrawing, 'context' | 'theme'>): {
  x: Mapping;
  y: Mapping;
} {
  const [left, right] = [margins.left, size.width - margins.right];
  const [top, bottom] = [margins.top, size.height - margins.bottom];
  const down: Range = face.y.categories ? [top, bottom] : [bottom, top];
  return {x: mappingOf(face.x.scale, window.x, [left, right]), y: mappingOf(face.y.scale, window.y, down)};
}

/** Grid, axes and their numbers. */
export function drawAxes(drawing: FrameDrawing): void {
  const {context, face, window, size, margins, theme} = drawing;
  const {x, y} = mappings(drawing);
  const [left, right] = [margins.left, size.width - margins.right];
  const [top, bottom] = [margins.top, size.height - margins.bottom];
  context.font = FONT;
  context.lineWidth = 1;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const {value, text} of yTicks(drawing)) {
    const at = y.position(value);
    if (!face.y.categories) line(context, GRID[theme], left, at, right, at);
    context.fillStyle = FAINT[theme];
    context.fillText(shortened(text, MOST_CATEGORY), left - 6, at, left - 8);
  }
  context.textAlign = 'center';
  let end = Number.NEGATIVE_INFINITY;
  for (const {value, text} of ticksOf(
    {...face.x, domain: window.x},
    Math.max(2, Math.round((right - left) / 90)),
  )) {
    const at = x.position(value);
    const half = context.measureText(text).width / 2;
    if (at < left - 1 || at > right + 1 || at - half < end + 8) continue;
    end = at + half;
    line(context, GRID[theme], at, top, at, bottom);
    context.fillStyle = FAINT[theme];
    context.fillText(text, Math.min(at, size.width - half - 2), bottom + 11);
  }
  line(context, FAINT[theme], left, bottom, right, bottom);
  context.fillStyle = FAINT[theme];
  context.textAlign = 'right';
  context.fillText(face.x.label, right, bottom + 26);
  context.textAlign = 'left';
  context.fillText(face.y.label, 4, 10);
}

function yTicks({face, window, size, margins}: FrameDrawing) {
  const height = size.height - margins.top - margins.bottom;
  const ticks = ticksOf({...face.y, domain: window.y}, Math.max(2, Math.round(height / 48)));
  const [from, to] = window.y;
  const seen = ticks.filter(({value}) => value >= from && value <= to);
  // of many rows as many names as there is room for
  const every = Math.max(1, Math.ceil((seen.length * 15) / height));
  return face.y.categories ? seen.filter((_, i) => i % every === 0) : seen;
}

/** Lines of the picture with their texts, each where there is room. */
export function drawRules(drawing: FrameDrawing): void {
  const {context, face, size, margins, theme} = drawing;
  const {x, y} = mappings(drawing);
  const [left, right] = [margins.left, size.width - margins.right];
  const [top, bottom] = [margins.top, size.height - margins.bottom];
  const taken: [number, number, number][] = [];
  for (const {axis, at, text, series} of face.rules) {
    const colour = series === undefined ? INK[theme] : PALETTE[face.series[series]!.colour]![theme];
    context.setLineDash([5, 3]);
    const position = axis === 'x' ? x.position(at) : y.position(at);
    if (axis === 'x' && position >= left - 0.5 && position <= right + 0.5) {
      line(context, colour, position, top, position, bottom);
      placeText(drawing, taken, text, position + 4, top + 9);
    } else if (axis === 'y' && position >= top - 0.5 && position <= bottom + 0.5) {
      line(context, colour, left, position, right, position);
      placeText(drawing, taken, text, right - context.measureText(text).width - 4, position - 8);
    }
    context.setLineDash([]);
  }
  for (const mark of face.marks) drawMark(drawing, taken, x.position(mark.x), y.position(mark.y), mark.text);
}

function drawMark(
  drawing: FrameDrawing,
  taken: [number, number, number][],
  x: number,
  y: number,
  text: string,
): void {
  const {context, size, margins, theme} = drawing;
  if (x < margins.left || x > size.width - margins.right || y < 0 || y > size.height - margins.bottom) return;
  context.fillStyle = INK[theme];
  context.beginPath();
  context.arc(x, y, 4, 0, 2 * Math.PI);
  context.fill();
  const width = context.measureText(text).width;
  const left = x + 8 + width > size.width - margins.right ? x - 8 - width : x + 8;
  placeText(drawing, taken, text, left, y - 8);
}

/** On a plate of paper; moved down a few lines if another text is there, and left out if that does not help. */
function placeText(
  {context, size, margins, theme}: FrameDrawing,
  taken: [number, number, number][],
  text: string,
  x: number,
  y: number,
): void {
  if (text === '') return;
  const width = context.measureText(text).width;
  const left = Math.max(margins.left + 2, Math.min(x, size.width - margins.right - width));
  const isFree = (at: number) =>
    taken.every(([from, to, row]) => Math.abs(row - at) >= 14 || left >= to + 4 || left + width <= from - 4);
  const row = [y, y + 15, y + 30].find(at => at > 6 && at < size.height - margins.bottom && isFree(at));
  if (row === undefined) return;
  taken.push([left, left + width, row]);
  context.textAlign = 'left';
  context.setLineDash([]);
  context.globalAlpha = 0.85;
  context.fillStyle = PAPER[theme];
  context.fillRect(left - 2, row - 7, width + 4, 14);
  context.globalAlpha = 1;
  context.fillStyle = INK[theme];
  context.fillText(text, left, row);
}

/** Cuts all that follows to the area of the marks. */
export function insideOf({context, size, margins}: FrameDrawing): void {
  const [width, height] = [
    size.width - margins.left - margins.right,
    size.height - margins.top - margins.bottom,
  ];
  context.beginPath();
  context.rect(margins.left, margins.top, width, height);
  context.clip();
}

/** The chosen moment, and the boxes or points of the selection. */
export function drawFocus(drawing: FrameDrawing, moment: number | undefined, boxes: Float64Array): void {
  const {context, size, margins, theme} = drawing;
  const {x, y} = mappings(drawing);
  const [top, bottom] = [margins.top, size.height - margins.bottom];
  context.save();
  insideOf(drawing);
  for (let i = 0; i + 3 < boxes.length; i += 4) {
    const [a, b] = [x.position(boxes[i]!), x.position(boxes[i + 1]!)];
    const [c, d] = [y.position(boxes[i + 2]!), y.position(boxes[i + 3]!)];
    outline(context, theme, Math.min(a, b), Math.min(c, d), Math.abs(b - a), Math.abs(d - c));
  }
  if (moment !== undefined) {
    const at = x.position(moment);
    context.lineWidth = 4;
    line(context, PAPER[theme], at, top, at, bottom);
    context.lineWidth = 2;
    line(context, INK[theme], at, top, at, bottom);
  }
  context.restore();
}

function outline(
  context: FrameDrawing['context'],
  theme: Theme,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const [w, h] = [Math.max(3, width), Math.max(3, height)];
  context.lineWidth = 4;
  context.strokeStyle = PAPER[theme];
  context.strokeRect(x - 1, y - 1, w + 2, h + 2);
  context.lineWidth = 2;
  context.strokeStyle = INK[theme];
  context.strokeRect(x - 1, y - 1, w + 2, h + 2);
}

function line(
  context: FrameDrawing['context'],
  colour: string,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  context.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  context.stroke();
}

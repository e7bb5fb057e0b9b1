/** The frame around the marks: the picture's size, heading, legend, axes and grid. */
import type {Frame} from '../cells.ts';
import type {Scale} from '../d3/scales.ts';
import {shapePath} from '../d3/shapes.ts';
import {HATCH_PATHS} from '../marks.ts';
import {FAINT, GRID, INK, PALETTE} from '../palette.ts';
import type {Axis, Picture} from '../picture.ts';
import {escaped, px, shortened, widthOf} from '../text.ts';
import {axisScale, type TickLabel, ticksOf} from '../ticks.ts';
import {FONT_SIZE} from './style.ts';

const LINE = 18;
const SWATCH = 14;
const LEGEND_SHAPE = 50;
const CATEGORY_HEIGHT = 24;
const MOST_CATEGORY = 38;
const MOST_LEGEND = 44;

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly frame: Frame;
  readonly xTicks: readonly TickLabel[];
  readonly yTicks: readonly TickLabel[];
  /** Per series of the legend: where its entry begins. */
  readonly legend: readonly {
    readonly series: number;
    readonly x: number;
    readonly y: number;
    readonly text: string;
  }[];
  readonly hasTitle: boolean;
}

export interface LayoutOptions {
  readonly width: number;
  /** Height of the part with the marks; depends on the number of categories where there are some. */
  readonly plotHeight: number;
  readonly hasTitle: boolean;
}

export function layOut(picture: Picture, {width, plotHeight, hasTitle}: LayoutOptions): Layout {
  const legendTop = hasTitle ? 30 : 8;
  const legend = layOutLegend(picture, width, legendTop);
  const legendBottom = legend.length === 0 ? legendTop : legend.at(-1)!.y + LINE;
  const {categories} = picture.y;
  const height = categories ? Math.max(1, categories.length) * CATEGORY_HEIGHT : plotHeight;
  const yTicks = ticksOf(picture.y, Math.max(2, Math.round(height / 55)));
  const shownTicks = yTicks.map(({value, text}) => ({value, text: shortened(text, MOST_CATEGORY)}));
  const left = 12 + Math.max(24, ...shownTicks.map(({text}) => widthOf(text, FONT_SIZE)));
  // a line for the name of the y axis, and for the texts of the rules
  const top = legendBottom + LINE + 4;
  // the last number below may be at the very end
  const xTexts = ticksOf(picture.x, Math.max(2, Math.round((width - left) / 90)));
  const half = Math.max(0, ...xTexts.map(({text}) => widthOf(text, FONT_SIZE) / 2));
  const right = width - Math.max(18, endRoom(picture), half + 4);
  const x = axisScale(picture.x, [left, right]);
  const y = axisScale(picture.y, categories ? [top, top + height] : [top + height, top]);
  const frame = {left, right, top, bottom: top + height, x: x.position, y: y.position};
  return {
    width,
    height: frame.bottom + 2 * LINE + 10,
    frame,
    xTicks: withoutCollisions(xTexts, x, left, right),
    yTicks: shownTicks,
    legend,
    hasTitle,
  };
}

/** Room at the right for texts behind their bars. */
function endRoom({layers}: Picture): number {
  const texts = layers.flatMap(layer => (layer.kind === 'texts' ? layer.texts : []));
  return Math.max(0, ...texts.map(({text}) => widthOf(text, FONT_SIZE) + 12));
}

function layOutLegend({series}: Picture, width: number, top: number): Layout['legend'] {
  const named = series.flatMap(({name}, index) =>
    name === '' ? [] : [{index, text: shortened(name, MOST_LEGEND)}],
  );
  if (named.length < 2) return [];
  let [x, y] = [12, top];
  return named.map(({index, text}) => {
    const room = SWATCH + 6 + widthOf(text, FONT_SIZE) + 16;
    if (x > 12 && x + room > width) [x, y] = [12, y + LINE];
    const entry = {series: index, x, y, text};
    x += room;
    return entry;
  });
}

/** Leaves out texts that would overlap the one before. */
function withoutCollisions(ticks: TickLabel[], scale: Scale, left: number, right: number): TickLabel[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.filter(({value, text}) => {
    const half = widthOf(text, FONT_SIZE) / 2;
    const at = scale.position(value);
    if (at < left - 1 || at > right + 1 || at - half < end + 8) return false;
    end = at + half;
    return true;
  });
}

/** Title, legend, grid, axes. @param id prefix of all ids. */
export function* drawFrame(picture: Picture, layout: Layout, id: string): Generator<string, void, undefined> {
  const {frame, width, height} = layout;
  if (layout.hasTitle) {
    yield `<text class="ink" fill="${INK.light}" x="12" y="20" font-size="14" font-weight="600">${escaped(shortened(picture.title, 90))}</text>`;
  }
  for (const {series, x, y, text} of layout.legend) {
    yield swatch(picture, series, id, x, y);
    yield `<text class="ink" fill="${INK.light}" x="${px(x + SWATCH + 6)}" y="${px(y + 10)}">${escaped(text)}</text>`;
  }
  yield* drawGrid(picture, layout);
  const label = (axis: Axis) => escaped(axis.label);
  yield `<text class="faint" fill="${FAINT.light}" x="12" y="${px(frame.top - 8)}">${label(picture.y)}</text>`;
  yield `<text class="faint" fill="${FAINT.light}" x="${px(Math.min(width - 12, frame.right))}" y="${px(height - 8)}" text-anchor="end">${label(picture.x)}</text>`;
}

/** As the series is drawn: a piece of its line, its shape, or a filled box. */
function swatch(picture: Picture, series: number, id: string, x: number, y: number): string {
  const {colour} = picture.series[series]!;
  const [line, points] = [
    picture.layers.some(layer => layer.kind === 'line' && layer.series === series),
    picture.layers.find(layer => layer.kind === 'points'),
  ];
  if (line) return `<path ${strokeOf(colour)} d="M${px(x - 4)} ${px(y + 5)}h${SWATCH + 6}"/>`;
  if (points?.kind === 'points' && points.series.includes(series)) {
    const shape = shapePath(points.shapes[series] ?? 0, LEGEND_SHAPE);
    return `<path ${plainFill(colour)} transform="translate(${px(x + SWATCH / 2)} ${px(y + 5)})" d="${shape}"/>`;
  }
  return `<rect x="${px(x)}" y="${px(y)}" width="${SWATCH}" height="10" ${fillOf(picture, series, id)}/>`;
}

function* drawGrid({x, y}: Picture, {frame, xTicks, yTicks}: Layout): Generator<string, void, undefined> {
  const {left, right, top, bottom} = frame;
  const across = y.categories
    ? []
    : yTicks.map(({value}) => `M${px(left)} ${px(frame.y(value))}H${px(right)}`);
  const down = x.categories ? [] : xTicks.map(({value}) => `M${px(frame.x(value))} ${px(top)}V${px(bottom)}`);
  yield `<path class="grid" stroke="${GRID.light}" fill="none" d="${[...across, ...down].join('')}"/>`;
  yield `<path class="axis" stroke="${FAINT.light}" fill="none" d="M${px(left)} ${px(top)}V${px(bottom)}H${px(right)}"/>`;
  yield `<g class="faint" fill="${FAINT.light}" text-anchor="end">`;
  for (const {value, text} of yTicks)
    yield `<text x="${px(left - 6)}" y="${px(frame.y(value) + 4)}">${escaped(text)}</text>`;
  yield `</g><g class="faint" fill="${FAINT.light}" text-anchor="middle">`;
  for (const {value, text} of xTicks)
    yield `<text x="${px(frame.x(value))}" y="${px(bottom + 17)}">${escaped(text)}</text>`;
  yield '</g>';
}

/** Attributes that fill a mark as its series is: a pattern where it has a hatch. @param also classes of the mark. */
export function fillOf({series}: Picture, index: number, id: string, also = ''): string {
  const {colour} = series[index]!;
  if (PALETTE[colour]!.hatch === 'none') return plainFill(colour, also);
  return `${also === '' ? '' : `class="${also}" `}fill="url(#${id}-${colour})"`;
}

export function plainFill(colour: number, also = ''): string {
  return `class="f${colour}${also === '' ? '' : ` ${also}`}" fill="${PALETTE[colour]!.light}"`;
}

/** Attributes of a line: dashed as its series is. */
export function strokeOf(colour: number): string {
  const {light, dash} = PALETTE[colour]!;
  return `class="l${colour}" stroke="${light}" stroke-width="1.8"${dash === '' ? '' : ` stroke-dasharray="${dash}"`} stroke-linejoin="round" fill="none"`;
}

/** The patterns of the hatches that the picture's series have. */
export function hatches({series}: Picture, id: string): string {
  const colours = [...new Set(series.map(({colour}) => colour))].sort((a, b) => a - b);
  return colours
    .filter(colour => PALETTE[colour]!.hatch !== 'none')
    .map(colour => {
      const {hatch, inkOnLight} = PALETTE[colour]!;
      const stroke = hatch === 'dots' ? 'stroke-width="2" stroke-linecap="round"' : 'stroke-width="1"';
      return `<pattern id="${id}-${colour}" width="8" height="8" patternUnits="userSpaceOnUse"><rect width="8" height="8" ${plainFill(colour)}/><path class="h${colour}" stroke="${inkOnLight}" stroke-opacity=".5" fill="none" ${stroke} d="${HATCH_PATHS[hatch]}"/></pattern>`;
    })
    .join('');
}

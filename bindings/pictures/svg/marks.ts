/** The marks of a picture in SVG. `../marks.ts` has the part that the canvas shares, and says why there are two. */
import type {Cells, Frame} from '../cells.ts';
import {linePath, shapePath} from '../d3/shapes.ts';
import {reduceBoxes, reduceLine, reducePoints, reduceStack} from '../detail.ts';
import {cellRuns, fittingLabel, LEAST_HATCHED} from '../marks.ts';
import {FAINT, INK, PALETTE, PAPER} from '../palette.ts';
import type {BoxLayer, LineLayer, Mark, Picture, PointLayer, Rule, StackLayer} from '../picture.ts';
import {escaped, px, widthOf} from '../text.ts';
import {fillOf, plainFill, strokeOf} from './frame.ts';
import {FONT_SIZE} from './style.ts';

/** Boxes drawn one by one; those with a text of their own that appears under the pointer. */
const MOST_BOXES = 4000;
const MOST_DETAILS = 400;
const CELL = 3;
const POINT_CELL = 4;
const POINT_SIZE = 28;
const LEAST_LETTERS = 3;
/** Cells are drawn in so many strengths. */
const STRENGTHS = [0.3, 0.55, 0.8, 1] as const;

/** The input of every function that draws marks. */
export interface Drawing {
  readonly picture: Picture;
  readonly frame: Frame;
  readonly id: string;
  readonly labels: Labels;
}

/** Texts that have been placed, so that none covers another. */
export class Labels {
  readonly #placed: [left: number, top: number, right: number, bottom: number][] = [];

  /** Whether there was room; then the place is taken. @param x of the left end. @param y of the base line. */
  place(text: string, x: number, y: number): boolean {
    const box = [x - 2, y - FONT_SIZE, x + widthOf(text, FONT_SIZE) + 2, y + 3] as const;
    const isFree = this.#placed.every(
      ([left, top, right, bottom]) => box[2] <= left || box[0] >= right || box[3] <= top || box[1] >= bottom,
    );
    if (isFree) this.#placed.push([...box]);
    return isFree;
  }
}

export function* drawLayer(
  drawing: Drawing,
  layer: Picture['layers'][number],
): Generator<string, void, undefined> {
  if (layer.kind === 'boxes') yield* drawBoxes(drawing, layer);
  else if (layer.kind === 'stack') yield* drawStack(drawing, layer);
  else if (layer.kind === 'line') yield drawLine(drawing, layer);
  else if (layer.kind === 'points') yield* drawPoints(drawing, layer);
  else if (layer.kind === 'rules') for (const rule of layer.rules) yield drawRule(drawing, rule);
  else if (layer.kind === 'marks') for (const mark of layer.marks) yield drawMark(drawing, mark);
  else for (const text of layer.texts) yield drawText(drawing, text);
}

function* drawBoxes({picture, frame, id}: Drawing, layer: BoxLayer): Generator<string, void, undefined> {
  const {single, corners, cells} = reduceBoxes(layer, frame, {most: MOST_BOXES, cell: CELL});
  yield* drawCells(picture, frame, cells);
  const small = new Map<number, string[]>();
  const large: {readonly index: number; readonly area: number; readonly at: number}[] = [];
  for (const [k, index] of single.entries()) {
    const [x0, y0, x1, y1] = cornersAt(corners, k);
    const [width, height] = [x1 - x0, y1 - y0];
    if (width >= LEAST_HATCHED && height >= LEAST_HATCHED) large.push({index, area: width * height, at: k});
    else {
      const path = `M${px(x0)} ${px(y0)}H${px(x1)}V${px(y1)}H${px(x0)}Z`;
      const paths = small.get(layer.series[index]!);
      if (paths) paths.push(path);
      else small.set(layer.series[index]!, [path]);
    }
  }
  for (const [series, paths] of [...small].sort(([a], [b]) => a - b))
    yield `<path ${plainFill(picture.series[series]!.colour, 'edge')} stroke="${PAPER.light}" stroke-width=".3" d="${paths.join('')}"/>`;
  large.sort((a, b) => b.area - a.area || a.index - b.index);
  for (const [rank, {index, at}] of large.entries())
    yield drawBox(picture, layer, index, cornersAt(corners, at), id, rank < MOST_DETAILS);
}

const cornersAt = (corners: Float64Array, k: number) =>
  [corners[4 * k]!, corners[4 * k + 1]!, corners[4 * k + 2]!, corners[4 * k + 3]!] as const;

function drawBox(
  picture: Picture,
  {label, detail, series}: BoxLayer,
  index: number,
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  id: string,
  isDetailed: boolean,
): string {
  const own = series[index]!;
  const {colour} = picture.series[own]!;
  const shape = `x="${px(x0)}" y="${px(y0)}" width="${px(x1 - x0)}" height="${px(y1 - y0)}" stroke="${PAPER.light}" stroke-width=".8"`;
  const edged = fillOf(picture, own, id, 'edge');
  const title = isDetailed && detail ? `<title>${escaped(detail(index))}</title>` : '';
  const box = title === '' ? `<rect ${edged} ${shape}/>` : `<rect ${edged} ${shape}>${title}</rect>`;
  const shown = fittingLabel(label?.(index) ?? '', x1 - x0, y1 - y0, FONT_SIZE, LEAST_LETTERS);
  if (shown === '') return box;
  return `${box}${labelOn(colour, shown, (x0 + x1) / 2, Number(px((y0 + y1) / 2 + 4)))}`;
}

/** In the ink of the colour, on a plate of the colour where it has a hatch. */
function labelOn(colour: number, text: string, x: number, y: number): string {
  const {hatch, inkOnLight} = PALETTE[colour]!;
  const width = widthOf(text, FONT_SIZE) + 6;
  const plate =
    hatch === 'none'
      ? ''
      : `<rect ${plainFill(colour)} x="${px(x - width / 2)}" y="${px(y - FONT_SIZE)}" width="${px(width)}" height="${FONT_SIZE + 4}"/>`;
  return `${plate}<text class="t${colour}" fill="${inkOnLight}" x="${px(x)}" y="${px(y)}" text-anchor="middle">${escaped(text)}</text>`;
}

function* drawCells(picture: Picture, {left, top}: Frame, cells: Cells): Generator<string, void, undefined> {
  const {size} = cells;
  const paths = new Map<number, string[]>();
  for (const {series, strength, row, column, length} of cellRuns(cells, strengthOf)) {
    const key = series * STRENGTHS.length + strength;
    const path = `M${px(left + column * size)} ${px(top + row * size)}h${length * size}v${size}h-${length * size}z`;
    const list = paths.get(key);
    if (list) list.push(path);
    else paths.set(key, [path]);
  }
  for (const [key, list] of [...paths].sort(([a], [b]) => a - b)) {
    const {colour} = picture.series[Math.floor(key / STRENGTHS.length)]!;
    yield `<path ${plainFill(colour)} fill-opacity="${STRENGTHS[key % STRENGTHS.length]}" d="${list.join('')}"/>`;
  }
}

/** Index into `STRENGTHS`. */
const strengthOf = (filled: number) => Math.min(STRENGTHS.length - 1, Math.floor(filled * STRENGTHS.length));

function* drawStack({picture, frame, id}: Drawing, layer: StackLayer): Generator<string, void, undefined> {
  const {x, moments} = reduceStack(layer, frame);
  let low = new Float64Array(moments.length).fill(frame.y(0));
  const sums = new Float64Array(moments.length);
  for (const [band, values] of layer.bands.entries()) {
    const high = Float64Array.from(moments, (moment, k) => {
      sums[k]! += values[moment]!;
      return frame.y(sums[k]!);
    });
    yield `<path ${fillOf(picture, layer.series[band]!, id)} d="${stepAreaPath(x, low, high)}"/>`;
    low = high;
  }
}

/** The outline of the area between two step lines; `x` has one boundary more than they have values. */
function stepAreaPath(x: Float64Array, low: Float64Array, high: Float64Array): string {
  const count = low.length;
  if (count === 0) return '';
  const parts = [`M${px(x[0]!)} ${px(low[0]!)}`];
  for (let k = 0; k < count; k++) {
    // a step of nothing goes on as one line
    if (k === 0 || px(high[k]!) !== px(high[k - 1]!)) parts.push(`V${px(high[k]!)}`);
    if (k === count - 1 || px(high[k + 1]!) !== px(high[k]!)) parts.push(`H${px(x[k + 1]!)}`);
  }
  for (let k = count - 1; k >= 0; k--) {
    if (k === count - 1 || px(low[k]!) !== px(low[k + 1]!)) parts.push(`V${px(low[k]!)}`);
    if (k > 0 && px(low[k - 1]!) !== px(low[k]!)) parts.push(`H${px(x[k]!)}`);
  }
  return `${parts.join('')}Z`;
}

function drawLine({picture, frame}: Drawing, layer: LineLayer): string {
  const {colour} = picture.series[layer.series]!;
  return `<path ${strokeOf(colour)} d="${linePath(reduceLine(layer, frame))}"/>`;
}

function* drawPoints({picture, frame, id}: Drawing, layer: PointLayer): Generator<string, void, undefined> {
  const {index, count} = reducePoints(layer, frame, POINT_CELL);
  const used = [...new Set(layer.series.slice(0, layer.count))].sort((a, b) => a - b);
  for (const series of used) {
    const {colour} = picture.series[series]!;
    const name = `${id}-p${series}`;
    yield `<defs><path id="${name}" d="${shapePath(layer.shapes[series] ?? 0, POINT_SIZE)}"/></defs><g ${plainFill(colour, 'edge')} stroke="${PAPER.light}" stroke-width=".5">`;
    for (const [k, i] of index.entries()) {
      if (layer.series[i] !== series) continue;
      const place = `href="#${name}" x="${px(frame.x(layer.x[i]!))}" y="${px(frame.y(layer.y[i]!))}"`;
      const detail = k < MOST_DETAILS ? layer.detail?.(i) : undefined;
      const more = count[k]! > 1 ? ` and ${count[k]! - 1} more here` : '';
      yield detail === undefined
        ? `<use ${place}/>`
        : `<use ${place}><title>${escaped(detail + more)}</title></use>`;
    }
    yield '</g>';
  }
}

function drawRule({picture, frame, labels}: Drawing, {axis, at, text, series, isFaint}: Rule): string {
  const {left, right, top, bottom} = frame;
  const position = axis === 'x' ? frame.x(at) : frame.y(at);
  const [low, high] = axis === 'x' ? [left, right] : [top, bottom];
  if (position < low - 0.5 || position > high + 0.5) return '';
  const colour = series === undefined ? undefined : picture.series[series]!.colour;
  const stroke =
    colour === undefined
      ? `class="${isFaint ? 'axis' : 'rule'}" stroke="${isFaint ? FAINT.light : INK.light}"`
      : `class="l${colour}" stroke="${PALETTE[colour]!.light}"`;
  const path =
    axis === 'x' ? `M${px(position)} ${px(top)}V${px(bottom)}` : `M${px(left)} ${px(position)}H${px(right)}`;
  return `<path ${stroke} stroke-width="${isFaint ? 0.7 : 1.2}" stroke-dasharray="5 3" fill="none" d="${path}"/>${ruleText(frame, labels, axis, position, text)}`;
}

/** Beside its line where there is room, else at the next place along it; nowhere where there is none. */
function ruleText(frame: Frame, labels: Labels, axis: 'x' | 'y', position: number, text: string): string {
  if (text === '') return '';
  const width = widthOf(text, FONT_SIZE);
  const places: [x: number, y: number][] =
    axis === 'y'
      ? [
          [frame.right - width - 4, position - 5],
          [frame.right - width - 4, position + FONT_SIZE + 3],
          [frame.left + 6, position - 5],
          [frame.left + 6, position + FONT_SIZE + 3],
        ]
      : [
          [position + 5, frame.top + FONT_SIZE],
          [position - width - 5, frame.top + FONT_SIZE],
        ];
  const inside = places.filter(
    ([x, y]) => x >= frame.left && x + width <= frame.right + 12 && y > frame.top - 4 && y <= frame.bottom,
  );
  const place = inside.find(([x, y]) => labels.place(text, x, y));
  return place ? halo(text, ...place) : '';
}

function drawMark({frame, labels}: Drawing, {x, y, text}: Mark): string {
  const [atX, atY] = [frame.x(x), frame.y(y)];
  const width = widthOf(text, FONT_SIZE);
  const point = `<circle class="ink halo" fill="${INK.light}" stroke="${PAPER.light}" cx="${px(atX)}" cy="${px(atY)}" r="4"/>`;
  const places: [number, number][] = [atY - 8, atY + 18].flatMap((base): [number, number][] => [
    [atX + 7, base],
    [atX - width - 7, base],
    [Math.max(frame.left + 4, Math.min(frame.right - width - 4, atX - width / 2)), base],
  ]);
  const inside = places.filter(
    ([left, base]) => left >= frame.left && left + width <= frame.right + 12 && base >= frame.top - 8,
  );
  const place = inside.find(([left, base]) => labels.place(text, left, base));
  return `${point}${place ? halo(text, ...place) : ''}`;
}

function drawText({frame}: Drawing, {x, y, text}: Mark): string {
  return `<text class="ink" fill="${INK.light}" x="${px(frame.x(x) + 6)}" y="${px(frame.y(y) + 4)}">${escaped(text)}</text>`;
}

function halo(text: string, x: number, y: number): string {
  return `<text class="ink halo" fill="${INK.light}" stroke="${PAPER.light}" stroke-width="3" paint-order="stroke" x="${px(x)}" y="${px(y)}">${escaped(text)}</text>`;
}

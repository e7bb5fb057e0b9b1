/** The pictures of one file: painted for a window, probed at a point, read row by row. Their columns stay in its worker. */
import type {Frame} from '../../bindings/pictures/cells.ts';
import type {Picture} from '../../bindings/pictures/picture.ts';
import {type Face, faceOf} from './face.ts';
import {paint, preparePaint} from './paint.ts';
import {highlightOf, type Probed, probe} from './probe.ts';
import type {Theme} from './theme.ts';
import {mappingOf, type Range, type Window} from './window.ts';

export interface PaintRequest {
  readonly key: string;
  readonly window: Window;
  /** Pixels of the page, and how many of the screen each has. */
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly theme: Theme;
}

export interface Painted {
  readonly image: ImageBitmap;
  readonly window: Window;
}

export interface ProbeRequest {
  readonly key: string;
  readonly window: Window;
  readonly width: number;
  readonly height: number;
  /** Pixels. */
  readonly x: number;
  readonly y: number;
}

export interface HighlightRequest {
  readonly key: string;
  readonly item: number;
}

/** Boxes of many items that are outlined at most, the largest: more are a pattern of lines. */
const MOST_OUTLINES = 400;

export interface RowsRequest {
  readonly key: string;
  readonly from: number;
  readonly count: number;
}

/** Some rows of a picture's table. */
export interface TableRows {
  readonly from: number;
  readonly rows: readonly (readonly (string | number)[])[];
}

export class Board {
  readonly #pictures = new Map<string, Picture>();
  #canvas: OffscreenCanvas | undefined;

  /** Paints nothing, so that the host has its canvas and its font ready for the first picture. */
  prepare(): void {
    const context = this.#context(1, 1);
    preparePaint(context);
    context.fillText('stowage', 0, 0);
  }

  set(key: string, picture: Picture): Face {
    this.#pictures.set(key, picture);
    return faceOf(picture);
  }

  get(key: string): Picture {
    const picture = this.#pictures.get(key);
    if (!picture) throw new Error(`there is no picture ${key}`);
    return picture;
  }

  paint({key, window, width, height, ratio, theme}: PaintRequest): Painted {
    const picture = this.get(key);
    const context = this.#context(Math.round(width * ratio), Math.round(height * ratio));
    context.scale(ratio, ratio);
    preparePaint(context);
    paint({context, picture, frame: frameOf(picture, window, width, height), theme});
    return {image: this.#canvas!.transferToImageBitmap(), window};
  }

  /** Of the canvas that all pictures are painted on, now of this size. */
  #context(width: number, height: number): OffscreenCanvasRenderingContext2D {
    this.#canvas ??= new OffscreenCanvas(1, 1);
    this.#canvas.width = Math.max(1, width);
    this.#canvas.height = Math.max(1, height);
    return this.#canvas.getContext('2d')!;
  }

  probe({key, window, width, height, x, y}: ProbeRequest): Probed | undefined {
    const picture = this.get(key);
    return probe(picture, frameOf(picture, window, width, height), x, y);
  }

  /** Where an item of a picture is: x0, x1, y0, y1 of each of its boxes or points. */
  highlight({key, item}: HighlightRequest): Float64Array {
    return highlightOf(this.get(key), one => one === item);
  }

  /** Where the largest boxes of many items are. */
  highlightAll(key: string, isWanted: (item: number) => boolean): Float64Array {
    const corners = highlightOf(this.get(key), isWanted);
    const areaOf = (k: number) =>
      (corners[4 * k + 1]! - corners[4 * k]!) * (corners[4 * k + 3]! - corners[4 * k + 2]!);
    const areas = Float64Array.from({length: corners.length / 4}, (_, k) => areaOf(k));
    if (areas.length <= MOST_OUTLINES) return corners;
    const least = areas.slice().sort()[areas.length - MOST_OUTLINES]!;
    const kept = [...areas.keys()].filter(k => areas[k]! >= least).slice(0, MOST_OUTLINES);
    return Float64Array.from(kept.flatMap(k => [...corners.subarray(4 * k, 4 * k + 4)]));
  }

  rows({key, from, count}: RowsRequest): TableRows {
    const {table} = this.get(key);
    const end = Math.min(table.count, from + count);
    return {from, rows: Array.from({length: Math.max(0, end - from)}, (_, k) => table.row(from + k))};
  }
}

export function frameOf(picture: Picture, window: Window, width: number, height: number): Frame {
  const x = mappingOf(picture.x.scale, window.x, [0, width]);
  // categories are read from the top
  const down: Range = picture.y.categories ? [0, height] : [height, 0];
  const y = mappingOf(picture.y.scale, window.y, down);
  return {left: 0, right: width, top: 0, bottom: height, x: x.position, y: y.position};
}

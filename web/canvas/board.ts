/** The pictures of a session: drawn for a window, asked about a point, read row by row. Their columns never leave. */
import type {Frame} from '../../bindings/pictures/cells.ts';
import type {Column, Mark, Picture, Rule} from '../../bindings/pictures/picture.ts';
import {giving} from '../rpc.ts';
import {paint, preparePaint} from './paint.ts';
import {type Found, highlightOf, probe} from './probe.ts';
import type {Theme} from './theme.ts';
import {mappingOf, type Range, type Window} from './window.ts';

/** What the page must know of a picture to stand around it. */
export interface Face
  extends Pick<Picture, 'name' | 'title' | 'description' | 'x' | 'y' | 'series' | 'notes'> {
  readonly rules: readonly Rule[];
  readonly marks: readonly Mark[];
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly isEmpty: boolean;
}

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

/** A stretch of a picture's table. */
export interface Rows {
  readonly from: number;
  readonly rows: readonly (readonly (string | number)[])[];
}

export class Board {
  readonly #pictures = new Map<string, Picture>();
  #canvas: OffscreenCanvas | undefined;

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
    this.#canvas ??= new OffscreenCanvas(1, 1);
    const canvas = this.#canvas;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    const context = canvas.getContext('2d')!;
    context.scale(ratio, ratio);
    preparePaint(context);
    paint({context, picture, frame: frameOf(picture, window, width, height), theme});
    const image = canvas.transferToImageBitmap();
    return giving({image, window}, [image]);
  }

  probe({key, window, width, height, x, y}: ProbeRequest): Found | undefined {
    const picture = this.get(key);
    return probe(picture, frameOf(picture, window, width, height), x, y);
  }

  /** Where an item of a picture is: x0, x1, y0, y1 of each of its boxes or points. */
  highlight({key, item}: {readonly key: string; readonly item: number}): Float64Array {
    return highlightOf(this.get(key), item);
  }

  rows({key, from, count}: {readonly key: string; readonly from: number; readonly count: number}): Rows {
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

export function faceOf(picture: Picture): Face {
  const {name, title, description, x, y, series, layers, notes, table} = picture;
  return {
    name,
    title,
    description,
    x,
    y,
    series,
    rules: layers.flatMap(layer => (layer.kind === 'rules' ? layer.rules : [])),
    marks: layers.flatMap(layer => (layer.kind === 'marks' ? layer.marks : [])),
    notes,
    columns: table.columns,
    rows: table.count,
    isEmpty: layers.every(layer => {
      if (layer.kind === 'boxes' || layer.kind === 'points') return layer.count === 0;
      return layer.kind === 'stack' || layer.kind === 'line' ? layer.x.length === 0 : true;
    }),
  };
}

/**
 * A picture as data: marks in the units of their axes, not in pixels. Views make pictures, renderers draw them: `svg/` as
 * text, the page on a canvas. All numbers of a picture are in its table, too.
 */

import type {ScaleKind} from './d3/scales.ts';

export type Unit = 'bytes' | 'ticks' | 'events' | 'microseconds' | 'percent' | 'count' | 'category';

export interface Axis {
  readonly label: string;
  readonly unit: Unit;
  readonly scale: ScaleKind;
  readonly domain: readonly [from: number, to: number];
  /** For the unit `category`: entry i takes `[i, i + 1)` of the domain, from the left or from the top. */
  readonly categories?: readonly string[];
}

/** A group of marks with one colour: an entry of the legend. */
export interface Series {
  /** Empty for a series that the legend leaves out. */
  readonly name: string;
  /** Index into `PALETTE`; it also gives the hatch, which distinguishes the series without colour. */
  readonly colour: number;
}

/** Rectangles. */
export interface BoxLayer {
  readonly kind: 'boxes';
  readonly count: number;
  readonly x0: Float64Array;
  readonly x1: Float64Array;
  readonly y0: Float64Array;
  readonly y1: Float64Array;
  /** Index into `Picture.series`. */
  readonly series: Uint8Array;
  /** Per box: the item that it is a part of, e.g. the index of its buffer; its own index where absent. */
  readonly item?: Uint32Array;
  /** A short name of box i. */
  readonly label?: (index: number) => string;
  /** All facts about box i, in one line. */
  readonly detail?: (index: number) => string;
}

/**
 * Values that hold from one boundary to the next, stacked: band k is on top of the bands before it. Between
 * `x[i]` and `x[i + 1]` the values are `bands[k][i]`.
 */
export interface StackLayer {
  readonly kind: 'stack';
  /** One more than each band has values; ascending. */
  readonly x: Float64Array;
  readonly bands: readonly Float64Array[];
  /** Per band: index into `Picture.series`. */
  readonly series: readonly number[];
}

/** A line. With steps, `y[i]` holds until `x[i + 1]`. */
export interface LineLayer {
  readonly kind: 'line';
  readonly isStepped: boolean;
  /** Equally long; x ascends. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly series: number;
}

export const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross'] as const;

export interface PointLayer {
  readonly kind: 'points';
  readonly count: number;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly series: Uint8Array;
  /** Per series of the picture: index into `SHAPES`. */
  readonly shapes: readonly number[];
  readonly item?: Uint32Array;
  readonly detail?: (index: number) => string;
}

/** Straight through the picture, at a value of one axis. */
export interface Rule {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly text: string;
  /** Index into `Picture.series`; the colour of text where absent. */
  readonly series?: number;
  /** For rules that only divide the picture. */
  readonly isFaint?: boolean;
}

export interface RuleLayer {
  readonly kind: 'rules';
  readonly rules: readonly Rule[];
}

/** A point with a text beside it. */
export interface Mark {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface MarkLayer {
  readonly kind: 'marks';
  readonly marks: readonly Mark[];
}

/** Texts without a point: each begins right of its place, as the totals behind bars do. */
export interface TextLayer {
  readonly kind: 'texts';
  readonly texts: readonly Mark[];
}

/** Drawn in order: later ones cover earlier ones. */
export type Layer = BoxLayer | StackLayer | LineLayer | PointLayer | RuleLayer | MarkLayer | TextLayer;

export interface Column {
  readonly name: string;
  /** The unit of its numbers; absent for a column of texts. */
  readonly unit?: Unit;
}

/** The same facts as rows; made one by one, since there may be a million. */
export interface Table {
  readonly columns: readonly Column[];
  readonly count: number;
  readonly row: (index: number) => readonly (string | number)[];
}

export interface Picture {
  /** Lower-case letters and hyphens: the name in options, and the anchor in a report. */
  readonly name: string;
  readonly title: string;
  /** The content in a sentence or two, for readers who cannot see it. */
  readonly description: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly layers: readonly Layer[];
  /** Notes below the picture that are needed to read it correctly. */
  readonly notes: readonly string[];
  readonly table: Table;
}

/** Whether it has no marks. */
export function isEmpty({layers}: Picture): boolean {
  return layers.every(layer => {
    if (layer.kind === 'boxes' || layer.kind === 'points') return layer.count === 0;
    return layer.kind === 'stack' || layer.kind === 'line' ? layer.x.length === 0 : true;
  });
}

/** All rows of a table of a few. */
export function tableOf(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): Table {
  return {columns, count: rows.length, row: index => rows[index]!};
}

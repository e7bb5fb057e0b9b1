/**
 * Decisions about marks that both renderers share: SVG (`svg/marks.ts`) and the page's canvas (`web/canvas/paint.ts`).
 *
 * They are two because they do not issue the same commands. SVG is a file: it joins all marks of a series in one path,
 * names colours by classes so that light and dark are one file, and measures text without fonts. The canvas paints some
 * thousand marks per frame in one theme, at any zoom, with the fonts of the browser. What is drawn, they share: level of
 * detail (`detail.ts`), colours (`palette.ts`), ticks, shapes, hatches, and when a box has a hatch and a label.
 */
import {type Cells, NO_SERIES} from './cells.ts';
import type {Hatch} from './palette.ts';
import {shortened, widthOf} from './text.ts';

/** A box of so many pixels in both directions shows its hatch and an edge. */
export const LEAST_HATCHED = 8;

/** Pixels of the square that a hatch repeats. */
export const HATCH_TILE = 8;

/** The lines of a hatch in its square, as a path of SVG; a canvas reads it as a `Path2D`. */
export const HATCH_PATHS: Readonly<Record<Hatch, string>> = {
  none: '',
  rising: 'M-2 2L2 -2M0 8L8 0M6 10L10 6',
  falling: 'M-2 6L2 10M0 0L8 8M6 -2L10 2',
  horizontal: 'M0 2H8M0 6H8',
  vertical: 'M2 0V8M6 0V8',
  grid: 'M0 4H8M4 0V8',
  dots: 'M2 2h.1M6 6h.1',
  diamonds: 'M4 0L8 4L4 8L0 4Z',
};

/** The label that fits a box of so many pixels; `''` for none. @param least letters below which a cut name says nothing. */
export function fittingLabel(
  text: string,
  width: number,
  height: number,
  fontSize: number,
  least: number,
): string {
  if (height < fontSize + 2) return '';
  const room = Math.floor((width - 8) / (fontSize * 0.56));
  if (room < least && room < text.length) return '';
  const shown = shortened(text, room);
  return widthOf(shown, fontSize) <= width - 4 ? shown : '';
}

/** A stretch of cells in a row that look the same. */
export interface CellRun {
  readonly series: number;
  readonly strength: number;
  readonly row: number;
  readonly column: number;
  /** Cells. */
  readonly length: number;
}

/** Every run of filled cells. @param strengthOf how strongly a filled part, 0 … 1, is drawn. */
export function* cellRuns(
  {columns, rows, series, filled}: Cells,
  strengthOf: (filled: number) => number,
): Generator<CellRun, void, undefined> {
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    for (let column = 0; column < columns; ) {
      const own = series[first + column]!;
      const strength = strengthOf(filled[first + column]!);
      let end = column + 1;
      while (
        end < columns &&
        series[first + end] === own &&
        (own === NO_SERIES || strengthOf(filled[first + end]!) === strength)
      )
        end++;
      if (own !== NO_SERIES) yield {series: own, strength, row, column, length: end - column};
      column = end;
    }
  }
}

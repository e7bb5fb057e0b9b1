/** The frame that marks are drawn in, and a grid of cells over it that sums up boxes smaller than a pixel. */

/** From values to pixels, y downward; only marks within `left … right`, `top … bottom` are visible. */
export interface Frame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** A grid over the frame from its left upper corner, row by row. */
export interface Cells {
  /** Pixels. */
  readonly size: number;
  readonly columns: number;
  readonly rows: number;
  /** The series that fills most of the cell; `NO_SERIES` where it is empty. */
  readonly series: Uint8Array;
  /** Which part of the cell is filled, by all series together, 0 … 1. */
  readonly filled: Float32Array;
}

export const NO_SERIES = 255;
/** Parts of a cell below this are noise of the additions. */
const LEAST = 1e-6;

/**
 * Adds boxes to cells exactly, in time of the rows that each touches: along a row a box is a change where it begins and
 * one where it ends, and the missing parts in its first and last cell.
 */
export class CellGrid {
  readonly #frame: Frame;
  readonly #size: number;
  readonly #columns: number;
  readonly #rows: number;
  /** Per series, row and column (and one more): changes of the height that is filled from there on, pixels. */
  readonly #changes: Float64Array[];
  readonly #corrections: Float64Array[];

  constructor(frame: Frame, size: number, series: number) {
    this.#frame = frame;
    this.#size = size;
    this.#columns = Math.max(1, Math.ceil((frame.right - frame.left) / size));
    this.#rows = Math.max(1, Math.ceil((frame.bottom - frame.top) / size));
    const length = this.#rows * (this.#columns + 1);
    this.#changes = Array.from({length: series}, () => new Float64Array(length));
    this.#corrections = Array.from({length: series}, () => new Float64Array(length));
  }

  /** @param box where its corners begin. */
  add(corners: Float64Array, box: number, series: number): void {
    const size = this.#size;
    const x0 = (corners[box]! - this.#frame.left) / size;
    const x1 = (corners[box + 2]! - this.#frame.left) / size;
    const y0 = (corners[box + 1]! - this.#frame.top) / size;
    const y1 = (corners[box + 3]! - this.#frame.top) / size;
    const changes = this.#changes[series]!;
    const corrections = this.#corrections[series]!;
    const first = Math.floor(x0);
    const last = Math.min(this.#columns - 1, Math.ceil(x1) - 1);
    const lastRow = Math.min(this.#rows - 1, Math.ceil(y1) - 1);
    for (let row = Math.floor(y0); row <= lastRow; row++) {
      const height = Math.min(y1, row + 1) - Math.max(y0, row);
      const at = row * (this.#columns + 1);
      changes[at + first]! += height;
      changes[at + last + 1]! -= height;
      corrections[at + first]! -= height * (x0 - first);
      corrections[at + last]! -= height * (last + 1 - x1);
    }
  }

  cells(): Cells {
    const [columns, rows] = [this.#columns, this.#rows];
    const series = new Uint8Array(columns * rows).fill(NO_SERIES);
    const filled = new Float32Array(columns * rows);
    const largest = new Float64Array(columns * rows);
    for (const [k, changes] of this.#changes.entries()) {
      const corrections = this.#corrections[k]!;
      for (let row = 0; row < rows; row++) {
        let height = 0;
        for (let column = 0; column < columns; column++) {
          const at = row * (columns + 1) + column;
          height += changes[at]!;
          const part = height + corrections[at]!;
          const cell = row * columns + column;
          if (part < LEAST) continue;
          filled[cell]! += part;
          if (part <= largest[cell]!) continue;
          largest[cell] = part;
          series[cell] = k;
        }
      }
    }
    return {size: this.#size, columns, rows, series, filled};
  }
}

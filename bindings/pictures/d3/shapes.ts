/** Paths of lines and points, by d3-shape. The build bundles this file with the package. */
import {line, symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolTriangle} from 'd3-shape';

/** Pairs x, y in pixels. */
export type Pairs = ArrayLike<number>;

/** In the order of `SHAPES`. */
const SYMBOLS = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross];
const DIGITS = 1;

/** The path through points, or `''` where there are none. */
export function linePath(points: Pairs): string {
  const path = line<number>()
    .x(i => points[2 * i]!)
    .y(i => points[2 * i + 1]!)
    .digits(DIGITS);
  return path(indices(points.length / 2)) ?? '';
}

/** The path of a shape around 0, 0. @param shape index into `SHAPES`. @param size its area, square pixels. */
export function shapePath(shape: number, size: number): string {
  return symbol(SYMBOLS[shape % SYMBOLS.length]!, size).digits(DIGITS)() ?? '';
}

function indices(count: number): number[] {
  return Array.from({length: count}, (_, i) => i);
}

/** Pictures as data, the views that make them, and what draws them as SVG. */
export {
  type BoxDetail,
  type Cells,
  type Frame,
  NO_SERIES,
  type ReducedBoxes,
  type ReducedPoints,
  type ReducedStack,
  reduceBoxes,
  reduceLine,
  reducePoints,
  reduceStack,
} from './detail.ts';
export {type FootprintInput, footprintPicture, loadPicture} from './footprint.ts';
export {type PackingInput, packingPicture} from './packing.ts';
export {
  type Colours,
  FAINT,
  GRID,
  type Hatch,
  INK,
  PALETTE,
  PAPER,
  REST,
  type SeriesColours,
} from './palette.ts';
export * from './picture.ts';
export type {Scale} from './scales.ts';
export {renderSvg, type SvgOptions} from './svg.ts';
export {pictureStyle} from './svg-style.ts';
export {escaped} from './text.ts';
export {axisScale, formatDuration, formatShort, type TickLabel, ticksOf} from './ticks.ts';

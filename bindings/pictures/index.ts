/** Pictures as data, the views that make them, and the SVG renderer. */

export {type AddressLine, addressLine, recordedLine} from './address-line.ts';
export {type Cells, type Frame, NO_SERIES} from './cells.ts';
export type {Scale} from './d3/scales.ts';
export {
  type BoxDetail,
  type ReducedBoxes,
  type ReducedPoints,
  type ReducedStack,
  reduceBoxes,
  reduceLine,
  reducePoints,
  reduceStack,
} from './detail.ts';
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
export {pictureStyle} from './svg/style.ts';
export {renderSvg, type SvgOptions} from './svg/svg.ts';
export {escaped} from './text.ts';
export {axisScale, formatDuration, formatShort, type TickLabel, ticksOf} from './ticks.ts';
export {activeBuffersPicture, activePicture} from './views/active.ts';
export {addressesPicture} from './views/addresses.ts';
export {type Need, needsPicture} from './views/allocators.ts';
export {type BreakdownRow, groupsPicture, stackedPicture} from './views/breakdown.ts';
export {endGroupsPicture} from './views/end-groups.ts';
export {
  amountOf,
  type FlameColours,
  type FlamesInput,
  flameColours,
  flamesPicture,
  nameOf as nameOfNode,
  nodeOfBox,
} from './views/flames.ts';
export {type FootprintInput, footprintPicture, loadPicture} from './views/footprint.ts';
export {type IntervalUnit, intervalCdfPicture, intervalSizesPicture} from './views/intervals.ts';
export {leaksPicture} from './views/leaks.ts';
export {type ModelledInput, modelledPicture} from './views/modelled.ts';
export {type PackingInput, packingPicture} from './views/packing.ts';
export {BLOCK_STATES, type BlockState, type SegmentState, segmentsPicture} from './views/segments.ts';
export {type WaitsInput, waitsPicture} from './views/waits.ts';

/** Sizes of the panes beside and below the picture, and what of them fits. */

/** Pixels, as chosen; absent where the page decides. */
export interface PaneSizes {
  readonly side?: number | undefined;
  readonly bottom?: number | undefined;
}

export type PaneName = keyof PaneSizes;

/** Pixels: of a border, of each pane at least, and where none is chosen. */
export const BORDER = 9;
const LEAST_MAIN = {side: 360, bottom: 300};
const LEAST = {side: 200, bottom: 120};
const FIRST = {side: 288, bottom: 160};

export interface PaneRange {
  readonly min: number;
  readonly max: number;
  readonly value: number;
}

/** @param room pixels of all panes together, in the direction of this one. */
export function rangeOf(name: PaneName, wanted: number | undefined, room: number): PaneRange {
  const min = LEAST[name];
  const max = Math.max(min, Math.floor(room) - BORDER - LEAST_MAIN[name]);
  return {min, max, value: Math.round(Math.min(max, Math.max(min, wanted ?? FIRST[name])))};
}

/** As in the address: `side-bottom`, either left out where the page decides. */
export function writePanes({side, bottom}: PaneSizes): string | undefined {
  if (side === undefined && bottom === undefined) return undefined;
  return `${side ?? ''}-${bottom ?? ''}`;
}

/** @returns undefined for any other text. */
export function readPanes(text: string | null): PaneSizes | undefined {
  const [, side, bottom] = /^(\d{0,5})-(\d{0,5})$/.exec(text ?? '') ?? [];
  if (!side && !bottom) return undefined;
  return {...(side ? {side: Number(side)} : {}), ...(bottom ? {bottom: Number(bottom)} : {})};
}

/** The hatches of the palette as patterns of a canvas. */
import {type Hatch, PALETTE} from '../../bindings/pictures/palette.ts';
import type {Context, Theme} from './theme.ts';

const TILE = 8;

/** Lines of a tile: pairs of points. */
const LINES: Readonly<Record<Hatch, readonly (readonly [number, number, number, number])[]>> = {
  none: [],
  rising: [
    [-2, 2, 2, -2],
    [0, 8, 8, 0],
    [6, 10, 10, 6],
  ],
  falling: [
    [-2, 6, 2, 10],
    [0, 0, 8, 8],
    [6, -2, 10, 2],
  ],
  horizontal: [
    [0, 2, 8, 2],
    [0, 6, 8, 6],
  ],
  vertical: [
    [2, 0, 2, 8],
    [6, 0, 6, 8],
  ],
  grid: [
    [0, 4, 8, 4],
    [4, 0, 4, 8],
  ],
  dots: [
    [1, 2, 3, 2],
    [5, 6, 7, 6],
  ],
  diamonds: [
    [4, 0, 8, 4],
    [8, 4, 4, 8],
    [4, 8, 0, 4],
    [0, 4, 4, 0],
  ],
};

const made = new Map<string, OffscreenCanvas>();

/** Undefined for a colour that has none. */
export function patternOf(context: Context, colour: number, theme: Theme): CanvasPattern | undefined {
  if (PALETTE[colour]!.hatch === 'none') return undefined;
  const key = `${colour} ${theme}`;
  const tile = made.get(key) ?? makeTile(colour, theme);
  made.set(key, tile);
  return context.createPattern(tile, 'repeat') ?? undefined;
}

function makeTile(colour: number, theme: Theme): OffscreenCanvas {
  const {hatch, light, dark, inkOnLight, inkOnDark} = PALETTE[colour]!;
  const tile = new OffscreenCanvas(TILE, TILE);
  const context = tile.getContext('2d')!;
  context.fillStyle = theme === 'light' ? light : dark;
  context.fillRect(0, 0, TILE, TILE);
  context.strokeStyle = theme === 'light' ? inkOnLight : inkOnDark;
  context.globalAlpha = 0.4;
  for (const [x0, y0, x1, y1] of LINES[hatch]) {
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  }
  return tile;
}

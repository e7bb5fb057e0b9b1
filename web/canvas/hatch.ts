/** The hatches of the palette as patterns of a canvas. */
import {HATCH_PATHS, HATCH_TILE} from '../../bindings/pictures/marks.ts';
import {PALETTE} from '../../bindings/pictures/palette.ts';
import type {Context, Theme} from './theme.ts';

const made = new Map<string, OffscreenCanvas>();

/** Undefined for a colour without a hatch. */
export function patternOf(context: Context, colour: number, theme: Theme): CanvasPattern | undefined {
  if (PALETTE[colour]!.hatch === 'none') return undefined;
  const key = `${colour} ${theme}`;
  const tile = made.get(key) ?? makeTile(colour, theme);
  made.set(key, tile);
  return context.createPattern(tile, 'repeat') ?? undefined;
}

function makeTile(colour: number, theme: Theme): OffscreenCanvas {
  const {hatch, light, dark, inkOnLight, inkOnDark} = PALETTE[colour]!;
  const tile = new OffscreenCanvas(HATCH_TILE, HATCH_TILE);
  const context = tile.getContext('2d')!;
  context.fillStyle = theme === 'light' ? light : dark;
  context.fillRect(0, 0, HATCH_TILE, HATCH_TILE);
  context.strokeStyle = theme === 'light' ? inkOnLight : inkOnDark;
  context.globalAlpha = 0.4;
  if (hatch === 'dots') [context.lineWidth, context.lineCap] = [2, 'round'];
  context.stroke(new Path2D(HATCH_PATHS[hatch]));
  return tile;
}

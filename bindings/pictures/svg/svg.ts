/**
 * A picture as SVG: the same text for the same picture, everywhere. Colours are variables for light and dark with
 * literal ones behind them, so that it looks right alone, in a page, and where nothing knows variables.
 */

import {PAPER} from '../palette.ts';
import type {Picture} from '../picture.ts';
import {escaped, px} from '../text.ts';
import {drawFrame, hatches, layOut} from './frame.ts';
import {drawLayer, Labels} from './marks.ts';
import {FONT_SIZE, pictureStyle} from './style.ts';

export interface SvgOptions {
  /** Pixels; 760 where absent. */
  readonly width?: number;
  /** Pixels of the part with the marks; 300 where absent, and not used where the y axis has categories. */
  readonly plotHeight?: number;
  /** Whether the file is complete: with its title, style and background. Default true. */
  readonly isAlone?: boolean;
  /** Before every id in it, for a page with several of the same name. */
  readonly idPrefix?: string;
}

export function renderSvg(picture: Picture, options: SvgOptions = {}): string {
  const {width = 760, plotHeight = 300, isAlone = true, idPrefix = ''} = options;
  const id = `${idPrefix}${picture.name}`;
  const layout = layOut(picture, {width, plotHeight, hasTitle: isAlone});
  const {frame} = layout;
  const size = `width="${px(layout.width)}" height="${px(layout.height)}"`;
  const drawing = {picture, frame, id, labels: new Labels()};
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" class="picture" ${size} viewBox="0 0 ${px(layout.width)} ${px(layout.height)}" font-family="system-ui, sans-serif" font-size="${FONT_SIZE}" role="img" aria-labelledby="${id}-title ${id}-description">`,
    `<title id="${id}-title">${escaped(picture.title)}</title><desc id="${id}-description">${escaped(picture.description)}</desc>`,
    isAlone ? `<style>${pictureStyle()}</style>` : '',
    `<defs>${hatches(picture, id)}<clipPath id="${id}-clip"><rect x="${px(frame.left)}" y="${px(frame.top - 1)}" width="${px(frame.right - frame.left + 1)}" height="${px(frame.bottom - frame.top + 1)}"/></clipPath></defs>`,
    isAlone ? `<rect class="paper" fill="${PAPER.light}" ${size}/>` : '',
    ...drawFrame(picture, layout, id),
  ];
  for (const layer of picture.layers) {
    const isText = layer.kind === 'rules' || layer.kind === 'marks' || layer.kind === 'texts';
    const drawn = [...drawLayer(drawing, layer)].join('\n');
    parts.push(isText ? `<g>${drawn}</g>` : `<g clip-path="url(#${id}-clip)">${drawn}</g>`);
  }
  parts.push('</svg>');
  return `${parts.filter(part => part !== '').join('\n')}\n`;
}

/** The state in the page's address: view, window and selection, never the opened files. */

import type {Theme} from '../canvas/theme.ts';
import type {Range} from '../canvas/window.ts';
import type {Colouring} from '../views/colouring.ts';
import {type PaneSizes, readPanes, writePanes} from './panes.ts';
import {VIEWS, type View} from './view-names.ts';

export interface Wanted {
  readonly view?: View | undefined;
  readonly theme?: Theme | undefined;
  readonly colouring?: Colouring | undefined;
  readonly moment?: number | undefined;
  readonly item?: number | undefined;
  /** Moments that are shown. */
  readonly window?: Range | undefined;
  readonly panes?: PaneSizes | undefined;
}

const COLOURINGS = ['operation', 'source', 'size'] as const;

/** Leaves out fields that it cannot read. */
export function readHash(hash: string): Wanted {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const whole = (name: string) => {
    const text = fields.get(name);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const [from, to] = (fields.get('window') ?? '').split('-').map(Number);
  return {
    view: VIEWS.find(view => view === fields.get('view')),
    theme: (['light', 'dark'] as const).find(theme => theme === fields.get('theme')),
    colouring: COLOURINGS.find(colouring => colouring === fields.get('colours')),
    moment: whole('moment'),
    item: whole('item'),
    panes: readPanes(fields.get('panes')),
    window: from !== undefined && to !== undefined && from < to ? [from, to] : undefined,
  };
}

export function writeHash({view, theme, colouring, moment, item, window, panes}: Wanted): string {
  const fields = new URLSearchParams();
  if (view) fields.set('view', view);
  if (colouring && colouring !== 'operation') fields.set('colours', colouring);
  if (window) fields.set('window', window.map(value => Math.round(value)).join('-'));
  if (moment !== undefined) fields.set('moment', String(Math.round(moment)));
  if (item !== undefined) fields.set('item', String(item));
  const sizes = writePanes(panes ?? {});
  if (sizes) fields.set('panes', sizes);
  if (theme) fields.set('theme', theme);
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}

/** The state in the page's address: view, window and selection, never the opened files. */

import type {Theme} from '../canvas/theme.ts';
import type {Range} from '../canvas/window.ts';
import type {TimeAxis} from '../document/clock.ts';
import type {Colouring} from '../views/colouring.ts';
import {type FlamesState, readFlames, writeFlames} from './flames.ts';
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
  /** Values of the vertical axis that are shown, of the view's picture. */
  readonly y?: Range | undefined;
  /** What time is shown by. */
  readonly axis?: TimeAxis | undefined;
  /** Of the run that is open: the rank that is shown, by its index. */
  readonly rank?: number | undefined;
  readonly flames?: FlamesState | undefined;
}

const COLOURINGS = ['operation', 'source', 'size'] as const;

/** Leaves out fields that it cannot read. */
export function readHash(hash: string): Wanted {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const whole = (name: string) => {
    const text = fields.get(name);
    return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  return {
    view: VIEWS.find(view => view === fields.get('view')),
    theme: (['light', 'dark'] as const).find(theme => theme === fields.get('theme')),
    colouring: COLOURINGS.find(colouring => colouring === fields.get('colours')),
    moment: whole('moment'),
    item: whole('item'),
    rank: whole('rank'),
    window: rangeOf(fields.get('window')),
    y: rangeOf(fields.get('y')),
    panes: readPanes(fields.get('panes')),
    axis: fields.get('axis') === 'clock' ? 'clock' : undefined,
    flames: readFlames(fields.get('flames')),
  };
}

export function writeHash({
  view,
  theme,
  colouring,
  moment,
  item,
  window,
  y,
  axis,
  panes,
  rank,
  flames,
}: Wanted): string {
  const fields = new URLSearchParams();
  if (view) fields.set('view', view);
  if (rank !== undefined) fields.set('rank', String(rank));
  if (colouring && colouring !== 'operation') fields.set('colours', colouring);
  if (axis === 'clock') fields.set('axis', axis);
  if (window) fields.set('window', textOf(window));
  if (y) fields.set('y', textOf(y));
  if (moment !== undefined) fields.set('moment', String(Math.round(moment)));
  if (item !== undefined) fields.set('item', String(item));
  const calls = flames && writeFlames(flames);
  if (calls) fields.set('flames', calls);
  const sizes = writePanes(panes ?? {});
  if (sizes) fields.set('panes', sizes);
  if (theme) fields.set('theme', theme);
  const text = fields.toString();
  return text === '' ? '' : `#${text}`;
}

const RANGE = /^(\d{1,16}(?:\.\d{1,16})?)-(\d{1,16}(?:\.\d{1,16})?)$/;

function rangeOf(text: string | null): Range | undefined {
  const [, from, to] = RANGE.exec(text ?? '') ?? [];
  return from !== undefined && Number(from) < Number(to) ? [Number(from), Number(to)] : undefined;
}

/** With as many digits as a thousandth of the range needs: less is not seen. */
function textOf([from, to]: Range): string {
  const digits = Math.min(16, Math.max(0, -Math.floor(Math.log10((to - from) / 1000))));
  return [from, to].map(value => Number(Math.max(0, value).toFixed(digits))).join('-');
}

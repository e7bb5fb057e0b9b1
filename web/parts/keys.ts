/** The keys of the page. */

import type {Page} from '../state/page.ts';
import {VIEWS} from '../state/view-names.ts';
import {chooseAxis} from './axis-choice.tsx';
import {steered} from './picture-steering.ts';
import {goToPeak} from './picture-tools.tsx';

const PAN = 0.2;
const ZOOM = 0.7;

/** @returns a function that ends it. */
export function listenToKeys(page: Page, openFiles: () => void): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    if (act(page, event, openFiles)) event.preventDefault();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

/** Where a key means a letter or another choice. */
function isTyping({target, key}: KeyboardEvent): boolean {
  const element = target as HTMLElement;
  if (element.closest('dialog')) return true;
  if (element.matches('input, textarea') && key === 'Escape') {
    element.blur();
    return true;
  }
  return element.matches('input, textarea, select, [contenteditable]');
}

/** @returns whether the key means something. */
function act(page: Page, event: KeyboardEvent, openFiles: () => void): boolean {
  const {key, shiftKey, target} = event;
  if (isOfPicture(target as HTMLElement) && steered.current?.key(key, shiftKey)) return true;
  if (key === '?') page.toggleHelp();
  else if (key === 'o') openFiles();
  else if (key === '/') searchField()?.focus();
  else if (/^[1-9]$/.test(key) && Number(key) <= VIEWS.length) page.show(VIEWS[Number(key) - 1]!);
  else if (key === 'Escape') forget(page);
  else if (key === 't' && page.current)
    void chooseAxis(page, page.current, page.current.store.state.axis === 'clock' ? 'event' : 'clock');
  else if (page.store.state.run && actOnRun(page, key, target as HTMLElement)) return true;
  else if ((key === '[' || key === ']') && page.current)
    void goToPeak(page, page.current, key === '[' ? -1 : 1);
  else return steer(key.length === 1 ? key.toLowerCase() : key, shiftKey, target as HTMLElement);
  return true;
}

/** @returns whether the key means something to the open run. */
function actOnRun(page: Page, key: string, target: HTMLElement): boolean {
  const {run, isRunShown} = page.store.state;
  const {chosen} = run!.store.state;
  if (key === 'n' || key === '>') page.ranks.step(1);
  else if (key === 'p' || key === '<') page.ranks.step(-1);
  else if (key === 'r' && !isRunShown) page.showRun();
  else if (key === 'Enter' && isRunShown && chosen !== undefined && !target.closest('button, summary, a'))
    page.ranks.open(chosen);
  else return false;
  return true;
}

/** Whether nothing else has the arrows, Enter and Space. */
const isOfPicture = (target: HTMLElement) => target.matches('body, .plot');

/** Of the view of calls their own. */
function searchField(): HTMLElement | null {
  return document.getElementById('search-calls') ?? document.getElementById('search');
}

/** First what is drawn over the picture, then the moment, the item and the call. */
function forget(page: Page): void {
  if (steered.current?.cancel()) return;
  page.current?.setItem(undefined);
  page.current?.setMoment(undefined);
  page.current?.setCall(undefined);
}

/** Arrows also scroll lists and walk along tabs: they are the picture's where nothing else has them. */
function steer(key: string, isVertical: boolean, target: HTMLElement): boolean {
  const picture = steered.current;
  if (!picture) return false;
  if (key.startsWith('Arrow') && !isOfPicture(target)) return false;
  if (key.startsWith('Page') && !target.matches('.plot')) return false;
  const axis = isVertical ? 'y' : 'x';
  const actions: Readonly<Record<string, () => void>> = {
    w: () => picture.zoom(ZOOM, axis),
    ArrowUp: () => picture.zoom(ZOOM, axis),
    s: () => picture.zoom(1 / ZOOM, axis),
    ArrowDown: () => picture.zoom(1 / ZOOM, axis),
    a: () => picture.pan(-PAN, 'x'),
    ArrowLeft: () => picture.pan(-PAN, 'x'),
    d: () => picture.pan(PAN, 'x'),
    ArrowRight: () => picture.pan(PAN, 'x'),
    PageUp: () => picture.pan(PAN, 'y'),
    PageDown: () => picture.pan(-PAN, 'y'),
    '+': () => picture.zoom(ZOOM, 'x'),
    '=': () => picture.zoom(ZOOM, 'x'),
    '-': () => picture.zoom(1 / ZOOM, 'x'),
    '0': () => picture.whole(),
    f: () => picture.focus(),
    b: () => picture.sketch('box'),
    m: () => picture.sketch('ruler'),
    z: () => picture.back(),
    Backspace: () => picture.back(),
  };
  const action = actions[key];
  action?.();
  return action !== undefined;
}

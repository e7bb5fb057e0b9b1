/** The buttons above a picture: everything that wheel and keys do. */
import type {ComponentChildren} from 'preact';
import {formatCount} from '../../bindings/model/quantities.ts';
import {formatDuration} from '../../bindings/pictures/ticks.ts';
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {TOOLS, type Tool, tools} from '../state/tool.ts';
import {steered} from './picture-steering.ts';

interface PictureToolsProps {
  readonly page: Page;
  readonly file: FileModel;
  /** How to read the picture, in sentences. */
  readonly about?: string;
  readonly children?: ComponentChildren;
}

export function PictureTools({page, file, about, children}: PictureToolsProps) {
  const {moment, clock, axis} = useStore(file.store);
  return (
    <div class="tools" role="toolbar" aria-label="picture">
      <span class="group">
        <button
          type="button"
          title="zoom in (+)"
          aria-label="zoom in"
          onClick={() => steered.current?.zoom(0.5, 'x')}
        >
          +
        </button>
        <button
          type="button"
          title="zoom out (-)"
          aria-label="zoom out"
          onClick={() => steered.current?.zoom(2, 'x')}
        >
          −
        </button>
        <button type="button" title="all of it (0)" onClick={() => steered.current?.whole()}>
          all
        </button>
        <button type="button" title="the part shown before (Z)" onClick={() => steered.current?.back()}>
          back
        </button>
      </span>
      <ToolChoice />
      <span class="group">
        <button type="button" title="previous peak ([)" onClick={() => void goToPeak(page, file, -1)}>
          ◂ peak
        </button>
        <button type="button" title="next peak (])" onClick={() => void goToPeak(page, file, 1)}>
          peak ▸
        </button>
        {moment !== undefined && (
          <button type="button" title="forget the moment (Esc)" onClick={() => file.setMoment(undefined)}>
            at {formatCount(moment)}
            {axis === 'clock' && clock && `, ${formatDuration(clock.timeOf(moment))}`} ✕
          </button>
        )}
      </span>
      {children}
      {about !== undefined && (
        <details class="menu about">
          <summary>about</summary>
          <p>{about}</p>
        </details>
      )}
    </div>
  );
}

const TITLES: Readonly<Record<Tool, string>> = {
  move: 'dragging moves the picture; with Shift it zooms into a box',
  zoom: 'dragging draws a box to zoom into (B)',
  measure: 'dragging draws a ruler (M)',
};

/** What dragging does. */
function ToolChoice() {
  const {tool} = useStore(tools);
  return (
    <fieldset class="group tool" aria-label="dragging">
      {TOOLS.map(one => (
        <button
          key={one}
          type="button"
          title={TITLES[one]}
          aria-pressed={one === tool}
          onClick={() => tools.set({tool: one})}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}

/** The moment goes to the next peak, and the window with it. */
export async function goToPeak(page: Page, file: FileModel, direction: 1 | -1): Promise<void> {
  const {moment, window} = file.store.state;
  const found = await file.ask(worker => worker.items.peak(moment, direction)).catch(() => undefined);
  if (found === undefined) {
    page.announce(direction > 0 ? 'there is no later peak' : 'there is no earlier peak');
    return;
  }
  file.setMoment(found);
  if (window && (found < window[0] || found > window[1])) {
    const half = (window[1] - window[0]) / 2;
    const from = Math.max(0, found - half);
    file.setWindow([from, from + 2 * half]);
  }
  page.announce(`peak at ${formatCount(found)}`);
}

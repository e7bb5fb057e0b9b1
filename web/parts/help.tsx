/** The keys. */
import {useEffect, useRef} from 'preact/hooks';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {VIEWS} from '../state/view-names.ts';

const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['W, ↑ · S, ↓', 'zoom in, zoom out; with Shift on the vertical axis'],
  ['A, ← · D, →', 'move left, right; PageUp and PageDown up and down'],
  ['+ · −', 'zoom in, zoom out'],
  ['0', 'all of it'],
  ['Z, Backspace', 'the part that was shown before'],
  ['T', 'time by event, or by the recorded clock'],
  ['B', 'draw a box: arrows move a corner, Space the other one, Enter zooms into it'],
  ['M', 'measure: arrows move an end, Space the other one, M ends; Shift for small steps'],
  ['[ · ]', 'previous, next peak'],
  ['F', 'go to the chosen block or buffer'],
  ['/', 'search'],
  ['N, > · P, <', 'of a run: next, previous rank; Enter opens it'],
  ['R', 'from a rank back to its run'],
  [`1 … ${VIEWS.length}`, VIEWS.join(', ')],
  ['↑ ↓ ← →, Enter, Backspace', 'in the flame graph: caller, callee, calls beside it; on top, and up again'],
  ['Enter, Shift+Enter', 'in the search of calls: the next one found, the one before'],
  ['O', 'open files'],
  ['← → ↑ ↓', 'on a border between panes: move it; Enter: as at first'],
  ['Esc', 'clear the box or the ruler, then the moment and the selection'],
  ['?', 'this list'],
];

export function Help({page}: {readonly page: Page}) {
  const {isHelpShown} = useStore(page.store);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isHelpShown && !dialog.current!.open) dialog.current!.showModal();
    else if (!isHelpShown) dialog.current!.close();
  }, [isHelpShown]);
  return (
    <dialog ref={dialog} onClose={() => page.toggleHelp(false)} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="keys">
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <p>
        In a picture the wheel zooms, with Alt on the vertical axis; dragging moves, with Shift it draws a box
        to zoom into; a click chooses a block and a moment. Two fingers pinch.
      </p>
      <button type="button" onClick={() => page.toggleHelp(false)}>
        Close
      </button>
    </dialog>
  );
}

/** The changes in their order: each can be left out, moved and undone. */
import {describeChange} from '../../../bindings/explain/changes/describe.ts';
import {formatShortBytes, plural} from '../../../bindings/model/quantities.ts';
import type {ChangesInfo} from '../../document/changed.ts';
import {moveChange, removeChange, toggleChange} from '../../state/changes.ts';
import type {FileModel} from '../../state/file.ts';
import {useStore} from '../../state/store.ts';

type Effect = ChangesInfo['effects'][number];

export function ChangeListing({file}: {readonly file: FileModel}) {
  const {choice, task} = useStore(file.store);
  const {changes} = choice;
  if (changes.length === 0) return null;
  // the changes of the task have been to the worker and back
  const effects = new Map(task?.changes?.effects.map(effect => [JSON.stringify(effect.change), effect]));
  return (
    <ol class="changes" aria-label="changes">
      {changes.map((change, k) => {
        const text = describeChange(change);
        const effect = effects.get(JSON.stringify(change));
        return (
          <li key={`${change.kind} ${JSON.stringify(change.of)}`}>
            <label class="change-on">
              <input type="checkbox" checked={!change.off} onChange={() => toggleChange(file, k)} />
              {text}
            </label>
            <span class="buttons">
              <button
                type="button"
                aria-label={`earlier: ${text}`}
                disabled={k === 0}
                onClick={event => {
                  moveChange(file, k, -1);
                  keepFocus(event.currentTarget);
                }}
              >
                ↑
              </button>
              <button
                type="button"
                aria-label={`later: ${text}`}
                disabled={k === changes.length - 1}
                onClick={event => {
                  moveChange(file, k, 1);
                  keepFocus(event.currentTarget);
                }}
              >
                ↓
              </button>
              <button
                type="button"
                aria-label={`undo: ${text}`}
                onClick={() => {
                  removeChange(file, k);
                  document.getElementById('change-kind')?.focus();
                }}
              >
                undo
              </button>
            </span>
            {effect && !change.off && <EffectNote effect={effect} />}
          </li>
        );
      })}
    </ol>
  );
}

/** A moved entry loses the focus, and a button at the end of its way takes none: then the other one has it. */
function keepFocus(button: HTMLButtonElement): void {
  requestAnimationFrame(() => {
    const other = button.parentElement?.querySelector<HTMLButtonElement>('button:enabled');
    (button.disabled ? other : button)?.focus();
  });
}

function EffectNote({effect}: {readonly effect: Effect}) {
  const {buffers, atPeak, persistent, assumptions, refused} = effect;
  if (refused !== undefined) return <p class="note bad">not made: {refused}</p>;
  if (buffers === 0 && persistent.count === 0)
    return <p class="note bad">nothing here is selected, so it changes nothing</p>;
  const kept = persistent.count > 0 ? `, ${formatShortBytes(persistent.bytes)} persistent` : '';
  return (
    <details class="note">
      <summary>
        {plural(buffers, 'buffer')}, {formatShortBytes(atPeak.bytes)} at the peak{kept}
      </summary>
      {assumptions.length === 0 ? 'All else stays as it was recorded.' : assumptions.join('. ')}
    </details>
  );
}

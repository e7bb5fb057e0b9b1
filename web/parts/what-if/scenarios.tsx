/** Plans that are kept side by side, and lists of changes as files. */
import {useRef, useState} from 'preact/hooks';
import {describeChange} from '../../../bindings/explain/changes/describe.ts';
import {failureOf} from '../../../bindings/model/errors.ts';
import {formatShortBytes, plural} from '../../../bindings/model/quantities.ts';
import {dropScenario, keepScenario, openChanges, writtenChanges} from '../../state/changes.ts';
import type {FileModel} from '../../state/file.ts';
import type {PlanChoice, Scenario} from '../../state/file-state.ts';
import {useStore} from '../../state/store.ts';
import {baseOf, download} from '../export-menu.tsx';

export function Scenarios({file}: {readonly file: FileModel}) {
  const {scenarios, plan, choice, planned, planning} = useStore(file.store);
  const [name, setName] = useState('');
  const canKeep = plan !== undefined && planned === choice && !planning;
  const suggested = nameOf(choice);
  return (
    <>
      <form
        class="change-form"
        onSubmit={event => {
          event.preventDefault();
          if (canKeep) keepScenario(file, name.trim() || suggested);
          setName('');
        }}
      >
        <label>
          name
          <input
            type="text"
            maxLength={80}
            value={name}
            placeholder={suggested}
            onInput={event => setName(event.currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={!canKeep}>
          Keep for comparison
        </button>
      </form>
      {scenarios.length > 0 && <Table file={file} scenarios={scenarios} />}
      <ListFiles file={file} />
    </>
  );
}

function nameOf({changes}: PlanChoice): string {
  const made = changes.filter(({off}) => !off);
  return made.length === 0 ? 'as recorded' : made.map(describeChange).join(' + ').slice(0, 80);
}

function Table({file, scenarios}: {readonly file: FileModel; readonly scenarios: readonly Scenario[]}) {
  const first = scenarios[0]!;
  return (
    <div class="scenarios">
      <table>
        <caption class="unseen">plans kept for comparison</caption>
        <thead>
          <tr>
            <th scope="col">plan</th>
            <th scope="col">peak</th>
            <th scope="col">bound</th>
            <th scope="col">needed</th>
            <th scope="col">
              <span class="unseen">actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {scenarios.map(({name, choice, peak, lowerBound, isProven, needed}) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {formatShortBytes(peak)}
                {peak === first.peak ? '' : ` ${percent(peak, first.peak)}`}
              </td>
              <td>{isProven ? 'proven' : formatShortBytes(lowerBound)}</td>
              <td>{formatShortBytes(needed)}</td>
              <td>
                <button type="button" aria-label={`show: ${name}`} onClick={() => void file.replan(choice)}>
                  show
                </button>
                <button type="button" aria-label={`forget: ${name}`} onClick={() => dropScenario(file, name)}>
                  forget
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function percent(after: number, before: number): string {
  if (before === 0) return '';
  return `(${after < before ? '−' : '+'}${((100 * Math.abs(after - before)) / before).toFixed(1)} %)`;
}

function ListFiles({file}: {readonly file: FileModel}) {
  const {choice} = useStore(file.store);
  const [told, setTold] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const tell = (work: () => Promise<string>) =>
    void work().then(setTold, (error: unknown) => setTold(failureOf(error).message));
  return (
    <>
      <div class="buttons">
        <button
          type="button"
          disabled={choice.changes.length === 0}
          onClick={() =>
            tell(async () => {
              const text = await writtenChanges(file);
              download(`${baseOf(file.name)}.changes.json`, new Blob([text]));
              return 'saved';
            })
          }
        >
          Save changes
        </button>
        <button type="button" onClick={() => input.current!.click()}>
          Load changes
        </button>
        <input
          ref={input}
          type="file"
          accept=".json"
          hidden
          onChange={event => {
            const chosen = event.currentTarget.files?.[0];
            if (chosen)
              tell(async () => {
                const {changes} = await openChanges(file, await chosen.text());
                return `${plural(changes.length, 'change')} of ${chosen.name}`;
              });
            event.currentTarget.value = '';
          }}
        />
      </div>
      <p class="note" role="status">
        {told}
      </p>
    </>
  );
}

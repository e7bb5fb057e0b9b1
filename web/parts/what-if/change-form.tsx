/** Adds a change in the user's terms: the batch, a checkpoint, the width of elements, what lives elsewhere. */
import {useState} from 'preact/hooks';
import type {ListedChange, Selection} from '../../../bindings/explain/changes/contract.ts';
import {fractionOf} from '../../../bindings/explain/changes/factor.ts';
import {formatShortBytes} from '../../../bindings/model/quantities.ts';
import type {Offers} from '../../document/changed.ts';
import {addChange} from '../../state/changes.ts';
import type {FileModel} from '../../state/file.ts';
import {useStore} from '../../state/store.ts';
import {useAnswer} from '../use-answer.ts';
import {Choice} from './plan-options.tsx';

const KINDS = {
  scale: 'batch ×',
  checkpoint: 'checkpoint',
  dtype: 'elements halved',
  offload: 'moved off',
} as const;
type Kind = keyof typeof KINDS;

/** Moved off first: it is what is used once in an iteration. */
const OFF_FIRST = 'optimizer-state';

export function ChangeForm({file}: {readonly file: FileModel}) {
  const {task, item, choice} = useStore(file.store);
  const [kind, setKind] = useState<Kind>('scale');
  const [factor, setFactor] = useState('0.5');
  const [chosen, setChosen] = useState('');
  const {streams, iteration} = choice;
  // a walk over all buffers and their frames: only where something is to be chosen
  const question =
    kind === 'scale' || !task ? undefined : JSON.stringify([iteration, streams, item, task.buffers]);
  const {result: offers} = useAnswer(question, () => file.ask(worker => worker.changes.offers(item)));
  const options = optionsOf(kind, offers);
  // what was chosen may not be offered any more
  const option = options.find(({text}) => text === chosen) ?? options[0];
  const isWrong = kind === 'scale' && fractionOf(factor) === undefined;
  const change = isWrong ? undefined : changeOf(kind, factor, option?.of);
  return (
    <form
      class="change-form"
      onSubmit={event => {
        event.preventDefault();
        if (change) addChange(file, change);
      }}
    >
      <span class="field">
        <label for="change-kind">change</label>
        <select id="change-kind" value={kind} onChange={event => setKind(event.currentTarget.value as Kind)}>
          {Object.entries(KINDS).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </span>
      {kind === 'scale' ? (
        <label>
          factor
          <input
            type="text"
            size={6}
            value={factor}
            aria-invalid={isWrong}
            onInput={event => setFactor(event.currentTarget.value.trim())}
          />
          <small>{isWrong ? 'expected 0.5 or 1/2' : ''}</small>
        </label>
      ) : (
        <Choice label="of" value={option?.text ?? ''} onValue={setChosen}>
          {options.map(({text, bytes}) => (
            <option key={text} value={text}>
              {text}
              {bytes > 0 ? `, ${formatShortBytes(bytes)}` : ''}
            </option>
          ))}
        </Choice>
      )}
      <button type="submit" disabled={!change}>
        Add
      </button>
      {offers && kind !== 'scale' && options.length === 0 && <p class="note">{nothingOffered(kind)}</p>}
      {kind === 'scale' && task && file.store.state.opened?.dimensions.length ? (
        <p class="note">The model's own dimensions, below, give exact sizes; this is a proportion.</p>
      ) : null}
    </form>
  );
}

interface Option {
  readonly text: string;
  readonly of: Selection;
  readonly bytes: number;
}

function optionsOf(kind: Kind, offers: Offers | undefined): Option[] {
  if (!offers || kind === 'scale') return [];
  if (kind === 'checkpoint') return [...offers.places];
  const categories = offers.categories
    .filter(({category}) => category !== 'unknown')
    .map(({category, atPeak, persistent}) => ({
      text: category,
      of: {category: [category]},
      bytes: atPeak.bytes + persistent.bytes,
    }));
  if (kind === 'dtype') {
    const types = offers.types.map(type => ({text: type, of: {type}, bytes: 0}));
    return [...types, ...categories];
  }
  return categories.sort((a, b) => Number(b.text === OFF_FIRST) - Number(a.text === OFF_FIRST));
}

function changeOf(kind: Kind, factor: string, of: Selection | undefined): ListedChange | undefined {
  if (kind === 'scale') return {kind, factor, of: 'batch'};
  return of && {kind, of};
}

function nothingOffered(kind: Kind): string {
  return kind === 'checkpoint'
    ? 'No activation here outlives the forward for a backward that is known: a checkpoint would change nothing.'
    : 'What the buffers are for is not known here: the file has no names of operations of a training step.';
}

/** The allocator's memory under other settings: one of them replayed, or the usual ones ranked. */
import {useState} from 'preact/hooks';
import {
  ALLOCATORS,
  describeAllocator,
  describeFailures,
  describeLimit,
  type Failures,
  type Trial,
} from '../../bindings/allocators/index.ts';
import {failureOf} from '../../bindings/model/errors.ts';
import {formatBytes, formatCount, formatShortBytes} from '../../bindings/model/quantities.ts';
import type {FileModel} from '../state/file.ts';
import {useStore} from '../state/store.ts';
import {BytesInput} from './bytes-input.tsx';

/** They are replayed in the worker for long work. Of a problem there is nothing to replay. */
export function AllocatorSettings({file}: {readonly file: FileModel}) {
  const {model, subject, opened, choice} = useStore(file.store);
  const [allocator, setAllocator] = useState<string>('pytorch-cuda');
  const [expandable, setExpandable] = useState(false);
  const [split, setSplit] = useState('');
  const [roundup, setRoundup] = useState('');
  const [collect, setCollect] = useState('');
  const [capacity, setCapacity] = useState<number | undefined>(choice.capacity);
  const [trials, setTrials] = useState<readonly Trial[] | undefined>(undefined);
  const [status, setStatus] = useState('');
  const settings = [
    ...(expandable ? ['expandable_segments=true'] : []),
    ...(split === '' ? [] : [`max_split_size_mb=${split}`]),
    ...(roundup === '' ? [] : [`roundup_power2_divisions=${roundup}`]),
    ...(collect === '' ? [] : [`garbage_collection_threshold=${collect}`]),
  ];
  if (opened?.kind !== 'trace') return null;
  const isPytorch = allocator === 'pytorch-cuda';
  const text =
    isPytorch && settings.length > 0 ? `${allocator}:${settings.join(',')}` : isPytorch ? '' : allocator;
  const work = async (name: string, run: () => Promise<void>) => {
    setStatus(`${name} …`);
    await run().then(
      () => setStatus(''),
      (error: unknown) => setStatus(failureOf(error).message),
    );
  };
  const replay = () =>
    work('replaying', async () =>
      file.setModel(await file.ask(worker => worker.allocator.replay({text, capacity}))),
    );
  const tryAll = () =>
    work('trying settings', async () =>
      setTrials(await file.ask(worker => worker.allocator.trySettings({text, capacity}))),
    );
  return (
    <section class="whatif" aria-label="allocator settings">
      <h2>What if the allocator had other settings</h2>
      <div class="fields">
        <label>
          allocator
          <select value={allocator} onChange={event => setAllocator(event.currentTarget.value)}>
            {ALLOCATORS.map(name => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {isPytorch && (
          <>
            <label class="check">
              <input
                type="checkbox"
                checked={expandable}
                onChange={event => setExpandable(event.currentTarget.checked)}
              />
              expandable_segments
            </label>
            <Choice
              label="max_split_size_mb"
              value={split}
              values={['32', '64', '128', '256', '512', '1024']}
              onValue={setSplit}
            />
            <Choice
              label="roundup_power2_divisions"
              value={roundup}
              values={['2', '4', '8', '16']}
              onValue={setRoundup}
            />
            <Choice
              label="garbage_collection_threshold"
              value={collect}
              values={['0.6', '0.8', '0.9']}
              onValue={setCollect}
            />
          </>
        )}
        <BytesInput label="capacity" value={capacity} onValue={setCapacity} />
      </div>
      {capacity === undefined && subject?.limit && (
        <p class="note">Without a capacity given, the models have {describeLimit(subject.limit)}.</p>
      )}
      {capacity === undefined && !subject?.limit && (subject?.failedRequests ?? 0) > 0 && (
        <p class="note">
          The recording does not show how much memory the device had when a request failed: give a capacity,
          or every request is served.
        </p>
      )}
      <div class="buttons">
        <button type="button" onClick={() => void replay()}>
          Replay
        </button>
        <button type="button" onClick={() => void tryAll()}>
          Try the usual settings
        </button>
        {status.endsWith('…') && (
          <button type="button" onClick={() => file.stopPlanning()}>
            Cancel
          </button>
        )}
      </div>
      <p role="status">{status}</p>
      {model && (
        <p class="outcome">
          {model.name}: {outcomeOf(model.failures)}reserved {formatBytes(model.reserved)} at most
          {model.failed > 0 ? ' without them' : ''}, fragmented {formatShortBytes(model.stranded)} at most,{' '}
          {formatCount(model.segments)} segments
          {subject?.reserved ? `. Recorded: ${formatBytes(subject.reserved.most)} at most` : ''}
        </p>
      )}
      {trials && <Trials trials={trials} recorded={subject?.reserved?.most} />}
      <p class="note">
        These are models of allocators that serve the recorded requests, one that failed among them: it is
        asked for where it failed, and freed at once. The order of blocks from before the recording is not
        known{opened.isCuda ? '' : ', which were made of another allocator'}. Their figures are simulated, not
        measured.
      </p>
    </section>
  );
}

/** What becomes of the requests, to put before the figures. */
function outcomeOf(failures: Failures): string {
  const text = describeFailures(failures);
  return text === '' ? '' : `${text}; `;
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly onValue: (value: string) => void;
}

function Choice({label, value, values, onValue}: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={event => onValue(event.currentTarget.value)}>
        <option value="">as recorded</option>
        {values.map(one => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}

function Trials({
  trials,
  recorded,
}: {
  readonly trials: readonly Trial[];
  readonly recorded: number | undefined;
}) {
  if (trials.length === 0) return <p>This allocator has no settings.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label="the usual settings">
      <table class="plain">
        <caption>the usual settings, the best first</caption>
        <thead>
          <tr>
            <th scope="col">settings</th>
            <th scope="col">reserved at most</th>
            <th scope="col">fragmented at most</th>
            <th scope="col">requests</th>
            {recorded !== undefined && <th scope="col">against the recording</th>}
          </tr>
        </thead>
        <tbody>
          {trials.map(({choice, most, failed, failures}) => (
            <tr key={describeAllocator(choice)}>
              <td>{describeAllocator(choice).replace('pytorch-cuda:', '')}</td>
              <td>{formatShortBytes(most.reserved)}</td>
              <td>{formatShortBytes(most.stranded)}</td>
              <td>{describeFailures(failures) || 'none fails'}</td>
              {recorded !== undefined && (
                <td>
                  {failed > 0
                    ? 'no saving: requests fail'
                    : `${most.reserved <= recorded ? '−' : '+'}${formatShortBytes(Math.abs(most.reserved - recorded))}`}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Everything known about the chosen item, and the changes to try on it. */
import {useEffect, useState} from 'preact/hooks';
import {formatBytes, formatCount, formatShortBytes} from '../../bindings/model/quantities.ts';
import {formatDuration} from '../../bindings/pictures/ticks.ts';
import type {ItemDetails, Neighbour} from '../document/item-details.ts';
import {addChange} from '../state/changes.ts';
import type {FileModel} from '../state/file.ts';
import {useStore} from '../state/store.ts';
import {Fact} from './fact.tsx';

export function DetailsPanel({file, noun}: {readonly file: FileModel; readonly noun: string}) {
  const {item, version, moment} = useStore(file.store);
  const [details, setDetails] = useState<ItemDetails | undefined>(undefined);
  useEffect(() => {
    let isCurrent = true;
    if (item === undefined) setDetails(undefined);
    else {
      file
        .ask(worker => worker.items.details(item))
        .then(
          found => isCurrent && setDetails(found),
          () => undefined,
        );
    }
    return () => {
      isCurrent = false;
    };
  }, [file, item, version]);
  if (!details) {
    return (
      <section class="details" aria-label="details">
        <h2>No {noun} chosen</h2>
        <p>
          Click one in a picture or choose it in the table to see its size, lifetime, source and neighbours,
          and to try changes of it.
        </p>
      </section>
    );
  }
  const of = {buffer: details.name};
  const canEnd = details.isPlanned && moment !== undefined && moment > details.start && moment < details.end;
  return (
    <section class="details" aria-label="details">
      <h2>
        {details.operation || details.name} <small>{details.name}</small>
      </h2>
      <dl>
        <Fact
          name="size"
          text={`${formatBytes(details.bytes)}, number ${formatCount(details.rank)} by size`}
        />
        <Fact
          name="life"
          text={`from ${formatCount(details.start)} to ${formatCount(details.end)}: ${formatCount(details.end - details.start)} long`}
        />
        {!Number.isNaN(details.startTime) && (
          <Fact
            name="time"
            text={`from ${formatDuration(details.startTime)} to ${formatDuration(details.endTime)}: ${formatDuration(details.endTime - details.startTime)} long`}
          />
        )}
        {!Number.isNaN(details.offset) && (
          <Fact name="in the plan" text={`at ${formatBytes(details.offset)}`} />
        )}
        {details.source !== '' && <Fact name="source" text={details.source} />}
      </dl>
      {details.why.map(text => (
        <p key={text}>{text}</p>
      ))}
      <h3>What if it were</h3>
      <div class="buttons">
        <button
          type="button"
          disabled={!details.isPlanned}
          onClick={() => addChange(file, {kind: 'half', of})}
        >
          half as large
        </button>
        <button
          type="button"
          disabled={!details.isPlanned}
          onClick={() => addChange(file, {kind: 'gone', of})}
        >
          gone
        </button>
        <button
          type="button"
          disabled={!canEnd}
          title={canEnd ? '' : 'choose a moment within its life first: click into a picture'}
          onClick={() => addChange(file, {kind: 'ends-earlier', of, at: Math.round(moment!)})}
        >
          freed {canEnd ? `at ${formatCount(Math.round(moment))}` : 'at the chosen moment'}
        </button>
      </div>
      <Neighbours file={file} title="Above it in the plan" list={details.above} />
      <Neighbours file={file} title="Below it in the plan" list={details.below} />
      {details.stack.length > 0 && (
        <>
          <h3>Stack, innermost first</h3>
          <ol class="stack">
            {details.stack.map((frame, k) => (
              <li key={k}>{frame}</li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

function Neighbours({
  file,
  title,
  list,
}: {
  readonly file: FileModel;
  readonly title: string;
  readonly list: readonly Neighbour[];
}) {
  if (list.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul class="neighbours">
        {list.map(({item, name, operation, bytes}) => (
          <li key={item}>
            <button type="button" class="link" onClick={() => file.setItem(item)}>
              {operation || name}
            </button>{' '}
            {formatShortBytes(bytes)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Files that are being read, and those that could not be. */

import type {Failure} from '../../bindings/model/errors.ts';
import {formatShortBytes} from '../../bindings/model/quantities.ts';
import type {Page} from '../state/page.ts';
import type {Opening} from '../state/page-state.ts';
import {useStore} from '../state/store.ts';
import {DimensionForm} from './dimension-form.tsx';
import {Fact} from './fact.tsx';

export function Openings({page}: {readonly page: Page}) {
  const {openings} = useStore(page.store);
  if (openings.length === 0) return null;
  return (
    <section class="openings" aria-label="files being opened">
      {openings.map(opening =>
        opening.failure ? (
          <Failed key={opening.id} page={page} opening={opening} failure={opening.failure} />
        ) : (
          <div class="opening" key={opening.id}>
            <span>
              reading {opening.name}
              {opening.size > 0 ? `, ${formatShortBytes(opening.size)}` : ''}
            </span>
            <progress
              {...(opening.size > 0 ? {value: opening.read} : {})}
              max={Math.max(1, opening.size)}
              aria-label={`reading ${opening.name}`}
            />
            <button type="button" onClick={() => page.cancel(opening.id)}>
              Cancel
            </button>
          </div>
        ),
      )}
    </section>
  );
}

interface FailedProps {
  readonly page: Page;
  readonly opening: Opening;
  readonly failure: Failure;
}

function Failed({page, opening, failure}: FailedProps) {
  return (
    <div class="failed" role="alert">
      <h2>{opening.name} could not be read</h2>
      <p>{failure.message}</p>
      <dl>
        {failure.format !== undefined && <Fact name="format" text={failure.format} />}
        {failure.line !== undefined && <Fact name="line" text={String(failure.line)} />}
        {failure.event !== undefined && <Fact name="event" text={String(failure.event)} />}
        {failure.byte !== undefined && <Fact name="byte" text={String(failure.byte)} />}
      </dl>
      {failure.dimensions && failure.dimensions.length > 0 ? (
        <DimensionForm names={failure.dimensions} onSizes={dims => page.reopen(opening, dims)} />
      ) : (
        <p>{adviceFor(failure)}</p>
      )}
      <button type="button" onClick={() => page.dismiss(opening.id)}>
        Dismiss
      </button>
    </div>
  );
}

/** Advice for a failure. */
function adviceFor({name, message, format}: Failure): string {
  if (name === 'LimitError' || /memory|allocation failed|Invalid (typed )?array length/i.test(message))
    return 'It may be too large for a browser: `npx stowage report FILE -o report.html` reads it with the memory of the machine.';
  if (name === 'WorkerError')
    return 'The browser ended the worker, as it does where memory is short: close other pages, or use the command line, `npx stowage inspect FILE`.';
  if (/cut short|ends early|truncated|ends (in|within|before)|unexpected end/i.test(message))
    return 'The file seems to be cut short: copy it again and compare its size, or record anew and wait for the program to finish writing.';
  if (format === undefined && name === 'ImportError')
    return 'If it should be one of the formats listed, check that it is the recording itself, not an archive or a web page saved in its place.';
  if (name === 'ImportError')
    return 'Record or export it again; if another program reads it without complaint, this is a gap here worth an issue.';
  if (/server|fetch|network/i.test(message)) return 'Start `stowage view` again with the file.';
  return 'Try it on the command line for more: `npx stowage inspect FILE`.';
}

/** Chooses whether time is shown by event or by the recorded clock. */
import type {TimeAxis} from '../document/clock.ts';
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';

export function AxisChoice({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {axis, subject, opened} = useStore(file.store);
  if (!subject || opened?.kind === 'problem') return null;
  const {clock} = subject;
  const hasNone = typeof clock === 'string';
  return (
    <label title={hasNone ? '' : ['the recorded times of events (T).', ...clock.notes].join(' ')}>
      <span class="unseen">time by</span>
      <select
        value={axis}
        disabled={hasNone}
        onChange={event => void chooseAxis(page, file, event.currentTarget.value as TimeAxis)}
      >
        <option value="event">by event</option>
        <option value="clock">by clock</option>
      </select>
      {hasNone && <small>no clock: {clock}</small>}
    </label>
  );
}

/** Says why, where there is no clock. */
export async function chooseAxis(page: Page, file: FileModel, axis: TimeAxis): Promise<void> {
  const clock = file.store.state.subject?.clock;
  await file.setAxis(axis);
  if (file.store.state.axis === axis)
    page.announce(
      [`time by ${axis}`, ...(axis === 'clock' && typeof clock === 'object' ? clock.notes : [])].join('. '),
    );
  else
    page.announce(`no axis by clock: ${typeof clock === 'string' ? clock : 'the times could not be read'}`);
}

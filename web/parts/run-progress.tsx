/** How far a run is that is made in the page, and the files that are not in it. */
import {formatCount, plural} from '../../bindings/model/quantities.ts';
import type {RunModel} from '../state/run.ts';
import type {LeftOut, Making} from '../state/run-maker.ts';
import {useStore} from '../state/store.ts';
import '../style/ranks.css';

/** Files that are named. */
const MOST_NAMES = 20;

export function RunProgress({run}: {readonly run: RunModel}) {
  const {making, info} = useStore(run.store);
  if (!making) return null;
  const {ranks} = info;
  const failed = ranks.filter(({failure}) => failure !== '');
  const read = ranks.filter(({held}) => held !== null);
  const unplanned = read.filter(({isPlanned}) => !isPlanned).length;
  const waiting = ranks.length - failed.length - read.length;
  return (
    <section
      class="making"
      aria-label="progress of the run"
      data-shown={read.length}
      data-waiting={waiting}
      data-unplanned={unplanned}
    >
      <Stage {...{run, making, waiting, unplanned}} />
      <Names
        title={`${plural(failed.length, 'file')} could not be read`}
        files={failed.map(({file, failure}) => ({name: file, reason: failure}))}
        isBad
      />
      <Names
        title={`${plural(making.leftOut.length, 'file')} left out: no recording`}
        files={making.leftOut}
      />
    </section>
  );
}

interface StageProps {
  readonly run: RunModel;
  readonly making: Making;
  /** Ranks that are not read yet, and those that are but have no plan. */
  readonly waiting: number;
  readonly unplanned: number;
}

function Stage({run, making: {stage, isRunning, done, total}, waiting, unplanned}: StageProps) {
  if (isRunning) {
    const text = `${stage} ${formatCount(done)} of ${plural(total, 'recording')}`;
    return (
      <div class="opening">
        <span>
          {text}
          {stage === 'planning' ? `; ${plural(unplanned, 'rank')} not planned yet` : ''}
        </span>
        <progress value={done} max={Math.max(1, total)} aria-label={`${stage} recordings`} />
        <button type="button" onClick={() => run.stop()}>
          {stage === 'reading' ? 'Cancel' : 'Stop planning'}
        </button>
      </div>
    );
  }
  if (waiting > 0)
    return (
      <p class="opening">
        <span>Cancelled: {plural(waiting, 'recording')} not read.</span>
        <button type="button" onClick={() => void run.read()}>
          Read the rest
        </button>
      </p>
    );
  if (unplanned === 0) return null;
  return (
    <p class="opening">
      <span>
        {plural(unplanned, 'rank')} not planned: what a plan needs, what is recoverable, and verdicts on
        failed requests are known of the others only.
      </span>
      <button type="button" onClick={() => void run.plan()}>
        Plan the rest
      </button>
    </p>
  );
}

interface NamesProps {
  readonly title: string;
  readonly files: readonly LeftOut[];
  readonly isBad?: boolean;
}

function Names({title, files, isBad = false}: NamesProps) {
  if (files.length === 0) return null;
  const rest = files.length - MOST_NAMES;
  return (
    <details class={isBad ? 'unread' : 'left-out'} open={isBad}>
      <summary>{title}</summary>
      <ul>
        {files.slice(0, MOST_NAMES).map(({name, reason}) => (
          <li key={name}>
            <b>{name}</b>: {reason}
          </li>
        ))}
        {rest > 0 && <li>and {formatCount(rest)} more</li>}
      </ul>
    </details>
  );
}

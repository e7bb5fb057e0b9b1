/** Answers the first questions after an out-of-memory error: the cause, the smallest peak, and whether it is proven. */
import {useState} from 'preact/hooks';
import {formatBytes, formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import type {FileModel} from '../state/file.ts';
import type {FileState} from '../state/file-state.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {Warnings} from './warnings.tsx';

type Cuda = NonNullable<FileState['cuda']>;
type EndState = NonNullable<NonNullable<FileState['subject']>['state']>['end'];

interface Tile {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}

export function Summary({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const state = useStore(file.store);
  const [wanted, setWanted] = useState<boolean | undefined>(undefined);
  if (!state.opened || !state.subject) return null;
  const {planning, isRecovering} = state;
  // where there is no plan, the sentence is what matters
  const isWhole =
    wanted ?? (state.subject.hasStateOnly || state.isHeld || state.isStopped || state.failure !== undefined);
  const isBusy = planning !== undefined || isRecovering;
  const isDone =
    !isBusy &&
    (state.subject.hasStateOnly ||
      state.plan !== undefined ||
      state.failure !== undefined ||
      state.isHeld ||
      state.isStopped);
  return (
    <section class={isWhole ? 'summary whole' : 'summary'} aria-label="summary" aria-busy={!isDone}>
      <button type="button" class="link" aria-expanded={isWhole} onClick={() => setWanted(!isWhole)}>
        {isWhole ? 'less' : 'more'}
        <span class="unseen"> of the summary</span>
        {isWhole ? ' ▴' : ' ▾'}
      </button>
      <div aria-live="polite" class="verdict">
        <h2>{headline(state)}</h2>
        <p>{sentence(state)}</p>
        {state.subject.hasStateOnly &&
          state.subject.state?.lines.map(line => <p key={line}>At the end: {line}.</p>)}
      </div>
      <dl class="tiles">
        {tilesOf(state).map(({name, value, more}) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{value}</strong>
              <span>{more}</span>
            </dd>
          </div>
        ))}
      </dl>
      {isBusy && (
        <div class="busy">
          <progress {...(planning ? {value: planning.spent} : {})} max={1} aria-label="planning" />
          <span>
            {planning
              ? `planning: best so far ${planning.peak === undefined ? 'none' : formatShortBytes(planning.peak)}, at least ${formatShortBytes(planning.lowerBound)}`
              : 'planning the whole recording for the verdict'}
          </span>
          <button type="button" onClick={() => file.stopPlanning()}>
            Cancel
          </button>
        </div>
      )}
      {state.isHeld && (
        <p class="buttons">
          <button type="button" onClick={() => void file.replan({})}>
            Plan it
          </button>
        </p>
      )}
      <div class="notices">
        <Advice page={page} state={state} />
        {state.leaks?.notices.map(text => (
          <button type="button" class="link" key={text} onClick={() => page.show('leaks')}>
            {text}
          </button>
        ))}
        <Warnings warnings={state.opened.warnings} about="file" />
      </div>
    </section>
  );
}

const HOW_TO_RECORD =
  "The peak, a plan and a replay need the events: call torch.cuda.memory._record_memory_history(context='all') before the program runs, and record again.";

/** The verdict in a line, as far as it is known. */
export function headline(state: FileState): string {
  const {cuda, plan, subject, task} = state;
  if (subject?.hasStateOnly) return 'Only the state at the end was recorded, and no events';
  if (state.failure) return 'This could not be planned';
  if (state.isStopped) return 'Planning was stopped before there was a plan';
  if (state.isHeld) return `${formatShortBytes(subject!.peak + subject!.persistent)} are live at the peak`;
  const verdict = cuda?.outOfMemory?.verdict;
  if (verdict === 'fragmentation')
    return 'It ran out of memory by fragmentation: a plan of the whole recording would have fitted';
  if (verdict === 'capacity') return 'It ran out of memory by capacity: no allocator could have served it';
  if (verdict === 'unknown') return 'It ran out of memory; whether it had to is not shown';
  if (subject && subject.failedRequests > 0) {
    const isKnown = plan !== undefined && !state.planning && !state.isRecovering;
    return isKnown
      ? 'It ran out of memory; planning was stopped before the reason was known'
      : 'It ran out of memory: finding out why …';
  }
  if (plan?.clash) return 'No plan exists: fixed offsets collide';
  if (subject?.recording) return headlineOfRun(state, subject.recording.bytes);
  if (!plan) return task ? `It needs at least ${formatShortBytes(task.lowerBound)}` : 'Read';
  const sharing = task?.sharing;
  const least = sharing
    ? sharing.isExplained
      ? 'and no plan with the same sharing can do with less'
      : 'with the unexplained overlaps of its own plan apart'
    : 'and no plan can do with less';
  const proof = plan.status === 'optimal' ? least : 'perhaps less';
  return `${formatShortBytes(plan.peak)} would do, ${proof}`;
}

/** A run is as large as all of it: an iteration that needs less says nothing about the rest. */
function headlineOfRun({cuda, plan, task}: FileState, live: number): string {
  if (cuda) {
    const {needed, plannedPeak, lowerBound} = cuda.recoverable;
    const proof = plannedPeak === lowerBound ? 'and no plan of it can do with less' : 'perhaps less';
    return `${formatShortBytes(needed)} would do for the whole recording, ${proof}`;
  }
  if (plan && task?.iteration === 'window') {
    const proof = plan.status === 'optimal' ? 'and no plan of it can do with less' : 'perhaps less';
    return `${formatShortBytes(plan.peak + task.persistent.bytes)} would do for the whole recording, ${proof}`;
  }
  return `The whole recording needs at least ${formatShortBytes(live)}`;
}

function sentence(state: FileState): string {
  const {cuda, failure, plan, task, subject} = state;
  if (subject?.hasStateOnly) return HOW_TO_RECORD;
  if (failure) return failure.message;
  if (state.isStopped) return '“Plan again” under “What if” starts it again.';
  if (state.isHeld)
    return `It has ${plural(subject!.items, 'block')}: planning them takes a minute, and a gigabyte of memory. The live memory and the segments are shown already.`;
  const verdict = cuda?.outOfMemory;
  if (verdict) {
    const {live, request, capacity, needed, persistent, plannedPeak} = verdict;
    const asked = `The failed request asked for ${formatShortBytes(request)}; ${formatShortBytes(live)} were live, and the allocator had ${formatShortBytes(capacity)}.`;
    if (verdict.verdict === 'capacity')
      return `${asked} ${formatBytes(live + request - capacity)} less must be live at that moment: see which blocks make the peak.`;
    const planned = `A plan of the whole recording needs ${formatShortBytes(persistent)} that stay and ${formatShortBytes(plannedPeak)}, with the request ${formatShortBytes(needed)} in all.`;
    return `${asked} ${planned}`;
  }
  if (!plan || !task || !subject) return '';
  if (plan.clash)
    return `The fixed offsets of buffers ${plan.clash[0]} and ${plan.clash[1]} cannot both be kept.`;
  const gap = plan.lowerBound > 0 ? 100 * (plan.peak / plan.lowerBound - 1) : 0;
  const isProven = plan.peak === plan.lowerBound;
  const proof = isProven
    ? `${task.sharing?.claim ?? `${task.noPlan} is smaller: proven`}.`
    : `it is ${gap.toFixed(2)} % above the lower bound, and a smaller one may exist.`;
  const reuse =
    plan.peak > 0
      ? ` Without any reuse it would be ${(task.withoutReuse / plan.peak).toFixed(1)} times as much.`
      : '';
  const run = subject.recording ? `${subject.recording.words}. ` : '';
  const streams = task.concurrency ? ` Streams: ${task.concurrency}.` : streamsOf(subject.streams, state);
  const waiting = subject.waiting === '' ? '' : ` ${subject.waiting}.`;
  const sharing = (task.sharing?.sentences ?? []).map(text => ` ${text}.`).join('');
  return `${run}The plan of ${task.scope} has ${plural(task.buffers, 'buffer')} and takes ${formatShortBytes(plan.peak)}: ${proof}${reuse}${streams}${waiting}${sharing}`;
}

function streamsOf(streams: number, {choice}: FileState): string {
  if (streams < 2) return '';
  const rule =
    choice.streams === 'together'
      ? 'share bytes: the server of the plan must make them wait for each other'
      : 'are kept apart, since no waits between them are recorded';
  return ` ${streams} streams ${rule}.`;
}

function tilesOf({cuda, plan, planning, task, subject}: FileState): Tile[] {
  const tiles: Tile[] = [];
  const {reserved, state: atEnd, hasStateOnly} = subject!;
  if (hasStateOnly) return atEnd ? stateTiles(atEnd.end) : [];
  const {recording, peak: livePeak, peakMoment} = subject!;
  const whole = 'whole recording';
  if (reserved)
    tiles.push({
      name: 'reserved by the allocator',
      value: formatShortBytes(reserved.most),
      more: `${whole}, at most`,
    });
  tiles.push(
    recording
      ? {
          name: 'live at the peak',
          value: formatShortBytes(recording.bytes),
          more: `${whole}${recording.place === '' ? '' : `: ${recording.place}`}`,
        }
      : {
          name: 'live at the peak',
          value: formatShortBytes(livePeak),
          more: `at ${formatCount(peakMoment)}${task?.sharing ? ', buffers that share memory counted each' : ''}`,
        },
  );
  if (cuda) tiles.push(...wholeTiles(cuda));
  const stays = task?.persistent.bytes ?? 0;
  const which = task?.iteration === undefined ? '' : `${task.scope}: `;
  const peak = plan?.peak ?? planning?.peak;
  if (peak !== undefined && !Number.isNaN(peak)) {
    tiles.push({
      name: 'planned',
      value: formatShortBytes(peak + stays),
      more:
        stays > 0
          ? `${which}${formatShortBytes(stays)} stay + ${formatShortBytes(peak)} planned`
          : `${which}${plan ? `by ${plan.algorithm}` : 'the best plan so far'}`,
    });
  }
  if (task) {
    const isReached = plan !== undefined && plan.peak === plan.lowerBound;
    tiles.push({
      name: 'lower bound',
      value: formatShortBytes((plan?.lowerBound ?? task.lowerBound) + stays),
      more: `${isReached ? 'proven, and reached' : 'proven'}${task.sharing ? (task.sharing.isExplained ? ', with the same sharing' : ', with unexplained overlaps apart') : ''}; ${task.noPlan} can need less`,
    });
  }
  return tiles;
}

/** A plan of all of it, whatever part is planned beside. */
function wholeTiles({recoverable: {needed, recoverable, isReservedAtEnd}, words}: Cuda): Tile[] {
  return [
    {name: 'needed by a plan of all', value: formatShortBytes(needed), more: 'whole recording'},
    {
      name: 'recoverable',
      value:
        recoverable === null
          ? 'unknown'
          : `${isReservedAtEnd ? 'at least ' : ''}${formatShortBytes(recoverable)}`,
      more: `whole recording: ${words}`,
    },
  ];
}

function stateTiles({reserved, segments, blocks, fragmented, largestFree}: EndState): Tile[] {
  return [
    {
      name: 'reserved at the end',
      value: formatShortBytes(reserved),
      more: `in ${plural(segments, 'segment')}`,
    },
    {name: 'in use at the end', value: formatShortBytes(blocks.bytes), more: plural(blocks.count, 'block')},
    fragmented < 0
      ? {name: 'fragmented at the end', value: 'not known', more: 'the blocks take more than is reserved'}
      : {
          name: 'fragmented at the end',
          value: formatShortBytes(fragmented),
          more: `largest free block ${formatShortBytes(largestFree)}`,
        },
  ];
}

/** Where to go from here. */
function Advice({page, state}: {readonly page: Page; readonly state: FileState}) {
  const verdict = state.cuda?.outOfMemory?.verdict;
  if (!state.opened || state.opened.kind === 'problem') return null;
  return (
    <p class="advice">
      {state.subject?.hasStateOnly && (
        <button type="button" class="link" onClick={() => page.show('allocator')}>
          See the segments, and the source of their blocks
        </button>
      )}
      {verdict === 'fragmentation' && (
        <button type="button" class="link" onClick={() => page.show('allocator')}>
          See the fragmented memory, and which settings help
        </button>
      )}
      {verdict === 'capacity' && (
        <button type="button" class="link" onClick={() => page.show('memory')}>
          See what is live at the peak
        </button>
      )}
    </p>
  );
}

/** What-if: options of the plan, and changes of single buffers. Every change plans anew at once. */
import {useState} from 'preact/hooks';
import {ALGORITHMS} from '../../bindings/model/plan.ts';
import {formatBytes, formatCount, formatShortBytes} from '../../bindings/model/quantities.ts';
import type {ItemEdit} from '../document/edits.ts';
import type {FileModel} from '../state/file.ts';
import {type FileState, isChanged} from '../state/file-state.ts';
import {useStore} from '../state/store.ts';
import {BytesInput} from './bytes-input.tsx';
import {CountInput} from './count-input.tsx';

const ALIGNMENTS = [1, 16, 64, 256, 512, 4096, 65_536, 2_097_152];
const LIMITS = [1, 5, 30, 120];

export function WhatIf({file}: {readonly file: FileModel}) {
  const state = useStore(file.store);
  const {choice, task, subject} = state;
  const isOther = isChanged(choice);
  return (
    <section class="whatif" aria-label="what if">
      <h2>What if</h2>
      <div class="fields">
        {subject && subject.iterations.length > 0 && (
          <label>
            iteration
            <select
              value={String(choice.iteration)}
              onChange={event => {
                const {value} = event.currentTarget;
                void file.replan({
                  iteration: value === 'auto' || value === 'window' ? value : Number(value),
                  edits: [],
                });
              }}
            >
              <option value="auto">the last whole one</option>
              <option value="window">the whole recording</option>
              {subject.iterations.map(({number, isWhole}) => (
                <option key={number} value={String(number)}>
                  {number}
                  {isWhole ? '' : ', not whole'}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          alignment
          <select
            value={String(choice.alignment ?? '')}
            onChange={event => {
              const {value} = event.currentTarget;
              void file.replan({alignment: value === '' ? undefined : Number(value)});
            }}
          >
            <option value="">as recorded{task ? ` (${formatCount(task.alignment)} B)` : ''}</option>
            {ALIGNMENTS.map(bytes => (
              <option key={bytes} value={String(bytes)}>
                {formatShortBytes(bytes)}
              </option>
            ))}
          </select>
        </label>
        {subject && (subject.streams > 1 || subject.waiting !== '') && (
          <label>
            streams
            <select
              value={choice.streams}
              onChange={event =>
                void file.replan({streams: event.currentTarget.value === 'together' ? 'together' : 'apart'})
              }
            >
              <option value="apart">kept apart</option>
              <option value="together">together: the server makes them wait</option>
            </select>
          </label>
        )}
        {subject && subject.waiting !== '' && subject.iterations.length > 0 && (
          <label>
            between iterations
            <select
              value={String(choice.isIdle)}
              onChange={event => void file.replan({isIdle: event.currentTarget.value === 'true'})}
            >
              <option value="false">nothing is known</option>
              <option value="true">the device is idle</option>
            </select>
          </label>
        )}
        <label>
          algorithm
          <select
            value={choice.algorithm}
            onChange={event =>
              void file.replan({algorithm: event.currentTarget.value as (typeof ALGORITHMS)[number]})
            }
          >
            {ALGORITHMS.map(name => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label>
          time limit
          <select
            value={String(choice.timeLimit ?? '')}
            onChange={event => {
              const {value} = event.currentTarget;
              void file.replan({timeLimit: value === '' ? undefined : Number(value)});
            }}
          >
            <option value="">a few seconds</option>
            {LIMITS.map(seconds => (
              <option key={seconds} value={String(seconds)}>
                {seconds} s
              </option>
            ))}
          </select>
        </label>
        {state.opened?.dimensions.map(({name, min, max, multipleOf}) => (
          <CountInput
            key={name}
            label={name}
            {...{min, max, step: multipleOf}}
            value={choice.dims[name] ?? max}
            onValue={value => {
              const {[name]: _, ...others} = choice.dims;
              void file.replan({
                dims: value === max ? others : {...others, [name]: value},
              });
            }}
          />
        ))}
        <CountInput
          label="hold, ticks"
          min={0}
          max={1_000_000}
          value={choice.hold ?? 0}
          onValue={hold => void file.replan({hold: hold === 0 ? undefined : hold})}
        />
        <BytesInput
          label="capacity"
          value={choice.capacity}
          onValue={capacity => void file.replan({capacity})}
        />
      </div>
      {choice.edits.length > 0 && (
        <ul class="edits">
          {choice.edits.map(edit => (
            <li key={`${edit.item} ${edit.kind}`}>
              {describe(edit)}
              <button
                type="button"
                aria-label={`without: ${describe(edit)}`}
                onClick={() => file.unedit(edit)}
              >
                undo
              </button>
            </li>
          ))}
        </ul>
      )}
      <Outcome state={state} isOther={isOther && state.planned === choice} />
      {state.planning ? (
        <button type="button" onClick={() => file.stopPlanning()}>
          Stop, keep the best plan
        </button>
      ) : (
        <button type="button" onClick={() => void file.replan({})}>
          Plan again
        </button>
      )}
    </section>
  );
}

function describe({item, kind, moment}: ItemEdit): string {
  const what = {
    half: 'half as large',
    gone: 'gone',
    'ends-earlier': `freed at ${formatCount(Math.round(moment ?? 0))}`,
  }[kind];
  return `b${item} ${what}`;
}

function Outcome({state, isOther}: {readonly state: FileState; readonly isOther: boolean}) {
  const {planning, plan, base, failure, isStopped} = state;
  const [peakBefore] = useState(() => base?.peak);
  const before = base?.peak ?? peakBefore;
  if (failure) return <p role="alert">{failure.message}</p>;
  if (isStopped) return <p class="outcome">stopped before there was a plan</p>;
  if (planning) {
    const {peak, lowerBound, spent, peaks} = planning;
    return (
      <div class="outcome" aria-live="polite">
        <progress value={spent} max={1} aria-label="planning" />
        <p>
          planning: {peak === undefined ? 'no plan yet' : formatBytes(peak)}, at least{' '}
          {formatShortBytes(lowerBound)}
          {peaks.length > 1
            ? `; came down ${peaks.length - 1} times from ${formatShortBytes(peaks[0]!)}`
            : ''}
        </p>
      </div>
    );
  }
  if (!plan) return null;
  const change = isOther && before !== undefined ? plan.peak - before : 0;
  return (
    <p class="outcome" aria-live="polite">
      peak {formatBytes(plan.peak)}
      {change === 0
        ? ''
        : `: ${formatShortBytes(Math.abs(change))} ${change < 0 ? 'less' : 'more'} than without changes`}
      {plan.status === 'infeasible' ? '. Proven: nothing fits that capacity.' : ''}
      {plan.status === 'unknown' ? '. Nothing within the capacity was found, which proves nothing.' : ''}
      {isOther && change === 0 ? ': the same as without changes' : ''}
    </p>
  );
}

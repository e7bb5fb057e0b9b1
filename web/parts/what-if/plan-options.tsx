/** How to plan: the part of the recording, alignment, streams, algorithm, limits. */
import type {ComponentChildren} from 'preact';
import {ALGORITHMS} from '../../../bindings/model/plan.ts';
import {formatCount, formatShortBytes} from '../../../bindings/model/quantities.ts';
import type {FileModel} from '../../state/file.ts';
import {useStore} from '../../state/store.ts';
import {BytesInput} from '../bytes-input.tsx';
import {CountInput} from '../count-input.tsx';

const ALIGNMENTS = [1, 16, 64, 256, 512, 4096, 65_536, 2_097_152];
const LIMITS = [1, 5, 30, 120];

export function PlanOptionFields({file}: {readonly file: FileModel}) {
  const {choice, task, opened} = useStore(file.store);
  return (
    <div class="fields">
      <RecordingFields file={file} />
      <Choice
        label="alignment"
        value={String(choice.alignment ?? '')}
        onValue={value => void file.replan({alignment: value === '' ? undefined : Number(value)})}
      >
        <option value="">as recorded{task ? ` (${formatCount(task.alignment)} B)` : ''}</option>
        {ALIGNMENTS.map(bytes => (
          <option key={bytes} value={String(bytes)}>
            {formatShortBytes(bytes)}
          </option>
        ))}
      </Choice>
      <Choice
        label="algorithm"
        value={choice.algorithm}
        onValue={value => void file.replan({algorithm: value as (typeof ALGORITHMS)[number]})}
      >
        {ALGORITHMS.map(name => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </Choice>
      <Choice
        label="time limit"
        value={String(choice.timeLimit ?? '')}
        onValue={value => void file.replan({timeLimit: value === '' ? undefined : Number(value)})}
      >
        <option value="">a few seconds</option>
        {LIMITS.map(seconds => (
          <option key={seconds} value={String(seconds)}>
            {seconds} s
          </option>
        ))}
      </Choice>
      {opened?.dimensions.map(({name, min, max, multipleOf}) => (
        <CountInput
          key={name}
          label={name}
          {...{min, max, step: multipleOf}}
          value={choice.dims[name] ?? max}
          onValue={value => {
            const {[name]: _, ...others} = choice.dims;
            void file.replan({dims: value === max ? others : {...others, [name]: value}});
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
  );
}

/** Which part of a recording is planned, and when its bytes pass on. */
function RecordingFields({file}: {readonly file: FileModel}) {
  const {choice, subject} = useStore(file.store);
  if (!subject) return null;
  const {iterations, streams, waiting} = subject;
  return (
    <>
      {iterations.length > 0 && (
        <Choice
          label="iteration"
          value={String(choice.iteration)}
          onValue={value =>
            void file.replan({iteration: value === 'auto' || value === 'window' ? value : Number(value)})
          }
        >
          <option value="auto">the last whole one</option>
          <option value="window">the whole recording</option>
          {iterations.map(({number, isWhole}) => (
            <option key={number} value={String(number)}>
              {number}
              {isWhole ? '' : ', not whole'}
            </option>
          ))}
        </Choice>
      )}
      {(streams > 1 || waiting !== '') && (
        <Choice
          label="streams"
          value={choice.streams}
          onValue={value => void file.replan({streams: value === 'together' ? 'together' : 'apart'})}
        >
          <option value="apart">kept apart</option>
          <option value="together">together: the server makes them wait</option>
        </Choice>
      )}
      {waiting !== '' && iterations.length > 0 && (
        <Choice
          label="between iterations"
          value={String(choice.isIdle)}
          onValue={value => void file.replan({isIdle: value === 'true'})}
        >
          <option value="false">nothing is known</option>
          <option value="true">the device is idle</option>
        </Choice>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly children: ComponentChildren;
}

export function Choice({label, value, onValue, children}: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={event => onValue(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}

/** The plan of an iteration, beside another placement of the same buffers. */
import {useState} from 'preact/hooks';
import {formatBytes, plural} from '../../bindings/model/quantities.ts';
import type {TimeAxis} from '../document/clock.ts';
import type {BesideKind} from '../document/planned.ts';
import type {FileModel} from '../state/file.ts';
import {type FileState, isChanged} from '../state/file-state.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {AxisChoice} from './axis-choice.tsx';
import {callOutline} from './call-outline.ts';
import {ExportMenu} from './export-menu.tsx';
import {Legend} from './legend.tsx';
import {idOfFile} from './memory-view.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTools} from './picture-tools.tsx';
import {Questions} from './questions.tsx';
import {heightOf, timeOf} from './time-axis.ts';
import {useAnswer} from './use-answer.ts';

type Beside = BesideKind | 'none';

export function PlanView({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {theme} = useStore(page.store);
  const state = useStore(file.store);
  const {task, plan, planning, choice, version, item, opened, axis} = state;
  const [beside, setBeside] = useState<Beside>(() => {
    const {opened} = file.store.state;
    // only CUDA snapshots have addresses of one device
    return opened?.kind === 'trace' && !opened.isCuda ? 'model' : 'recorded';
  });
  const isOther = isChanged(choice);
  const question =
    plan || planning?.peak !== undefined
      ? `${idOfFile(file)} ${version} ${choice.capacity} ${axis}`
      : undefined;
  const {result: face, version: drawn} = useAnswer(question, () =>
    file.ask(worker => worker.plan.face(choice.capacity, axis)),
  );
  const kind = beside === 'base' && !isOther ? 'recorded' : beside;
  const besideQuestion =
    question === undefined || kind === 'none' ? undefined : `${question} ${kind} ${state.model?.name}`;
  const {result: other, version: besideDrawn} = useAnswer(besideQuestion, () =>
    placeBeside(file, kind, axis),
  );
  const isPair = kind !== 'none' && other !== undefined;
  // the same scale for both, so that their heights can be compared
  const y = face && {
    ...face.y,
    domain: [0, Math.max(face.y.domain[1], isPair ? other.y.domain[1] : 0)] as const,
  };
  const time = face && timeOf(file, 'plan', face, task?.firstMoment);
  const timeBeside = other && timeOf(file, 'before', other, task?.firstMoment);
  const outline = callOutline(file);
  const pick = (found: {item?: number} | undefined, at: number) => {
    file.setItem(found?.item);
    file.setMoment(time!.momentAt(at));
  };
  if (!task) return <p class="waiting">{whyNoTask(state)}</p>;
  return (
    <>
      <PictureTools
        page={page}
        file={file}
        about="Each box is a buffer: as wide as its lifetime, as high as its size, at its offset in the arena. The highest top is the memory that the plan needs."
      >
        <label>
          beside it
          <select value={kind} onChange={event => setBeside(event.currentTarget.value as Beside)}>
            <option value="recorded">{opened?.kind === 'problem' ? 'its own plan' : 'as recorded'}</option>
            {opened?.kind === 'trace' && <option value="model">a model of PyTorch's allocator</option>}
            {isOther && <option value="base">the plan without changes</option>}
            <option value="none">nothing</option>
          </select>
        </label>
        <AxisChoice page={page} file={file} />
        <ExportMenu page={page} file={file} pictureKey={time?.pictureKey ?? 'plan'} />
      </PictureTools>
      <p class="facts" role="status">
        {describe(state)}
      </p>
      {!face && <p class="waiting">{nothingShown(state)}</p>}
      {face && <Legend face={face} theme={theme} />}
      <div class="pair">
        {time && (
          <figure>
            <figcaption>the plan</figcaption>
            <PictureBox
              {...{file, theme, item, outline}}
              face={{...face, y: y!}}
              hasNoLegend
              {...time}
              version={drawn}
              isFirst
              {...heightOf(file, 'plan')}
              onPick={pick}
            />
          </figure>
        )}
        {face && isPair && timeBeside && (
          <figure>
            <figcaption>{other.title}</figcaption>
            <PictureBox
              {...{file, theme, item, outline}}
              face={{...other, y: {...other.y, domain: y!.domain}}}
              hasNoLegend
              {...timeBeside}
              version={besideDrawn}
              {...heightOf(file, 'plan')}
              onPick={pick}
            />
          </figure>
        )}
      </div>
      {face && !other && kind === 'recorded' && <p class="note">{noPlacement(opened?.kind === 'problem')}</p>}
      <Questions file={file} />
      {task.warnings.map(warning => (
        <p class="note" key={warning}>
          {warning}
        </p>
      ))}
    </>
  );
}

async function placeBeside(file: FileModel, kind: Beside, axis: TimeAxis) {
  if (kind === 'none') return undefined;
  if (kind === 'model') {
    const model = await file.ask(worker => worker.allocator.replay({text: '', capacity: undefined}));
    file.setModel(model);
  }
  return file.ask(worker => worker.plan.faceBeside(kind, axis));
}

const STOPPED = 'Planning was stopped before there was a plan. “Plan again” starts it again.';

function whyNoTask({failure, isHeld, isStopped}: FileState): string {
  if (failure) return failure.message;
  if (isStopped) return STOPPED;
  return isHeld ? 'Not planned yet: “Plan it” above begins.' : 'finding the iteration …';
}

function nothingShown({plan, task, isStopped, failure}: FileState): string {
  if (isStopped) return STOPPED;
  if (failure) return failure.message;
  if (!plan) return 'planning …';
  if (plan.clash) return 'No plan exists, so there is nothing to show.';
  return task!.buffers === 0
    ? 'Nothing is allocated in this iteration, so there is nothing to place. Choose another one under “What if”.'
    : 'drawing the plan …';
}

function noPlacement(isProblem: boolean): string {
  return isProblem
    ? 'The file has no placement of its own to compare with.'
    : 'The recorded placement cannot be shown: only CUDA snapshots have addresses of one device. Choose a model of an allocator beside the plan.';
}

function describe({task, plan, planning, isStopped, failure}: FileState): string {
  if (!task) return '';
  const which =
    task.iteration === undefined
      ? ''
      : task.iteration === 'window'
        ? 'the whole recording, '
        : `iteration ${task.iteration}, `;
  const cyclic = task.lifetimes === 'cyclic' ? ', repeating' : '';
  const what = `${which}${plural(task.buffers, 'buffer')}${cyclic}`;
  if (!plan) {
    const least = formatBytes(planning?.lowerBound ?? task.lowerBound);
    return `${what}: ${isStopped || failure ? 'not planned' : 'planning'}; at least ${least}`;
  }
  const gap = plan.lowerBound > 0 ? (100 * (plan.peak - plan.lowerBound)) / plan.lowerBound : 0;
  const proof =
    plan.status === 'optimal'
      ? (task.sharing?.claim ?? `proven: ${task.noPlan} is smaller`)
      : `${gap.toFixed(3)} % above the lower bound ${formatBytes(plan.lowerBound)}, not proven to be the smallest`;
  return `${what}: peak ${formatBytes(plan.peak)}, ${proof} (${plan.algorithm}, ${plan.seconds.toFixed(2)} s${plan.threads === undefined ? ', stopped' : ` in ${plural(plan.threads, 'thread')}`})`;
}

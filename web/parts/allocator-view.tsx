/** The allocator's segments at a moment. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {Colours} from './colours.tsx';
import {ExportMenu} from './export-menu.tsx';
import {idOfFile} from './memory-view.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTools} from './picture-tools.tsx';
import {useAnswer} from './use-answer.ts';

const ROW = 17;

export function AllocatorView({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {theme, colouring} = useStore(page.store);
  const {subject, moment, item, opened} = useStore(file.store);
  const isTrace = opened?.kind === 'trace';
  // without a choice: a snapshot's end, or the peak
  const at = moment ?? (subject?.hasSegments ? subject.moments - 1 : (subject?.peakMoment ?? 0));
  const question = isTrace ? `${idOfFile(file)} ${opened.device} ${at} ${colouring}` : undefined;
  const {
    result: face,
    version,
    failure,
  } = useAnswer(question, () => file.ask(worker => worker.allocator.state({moment: at, colouring})));
  if (!isTrace)
    return <p class="waiting">A problem has no allocator: only recordings have requests to replay.</p>;
  const rows = face?.y.categories?.length ?? 0;
  return (
    <>
      <PictureTools
        page={page}
        file={file}
        about="Each row is a segment that the allocator holds of the device, or several small ones. Grey is free, but of no use for a request that is larger than the piece."
      >
        {!subject?.hasStateOnly && (
          <label>
            moment
            <input
              type="range"
              min={0}
              max={subject ? subject.moments - 1 : 0}
              value={at}
              onChange={event => file.setMoment(Number(event.currentTarget.value))}
            />
          </label>
        )}
        <Colours page={page} file={file} />
        <ExportMenu page={page} file={file} pictureKey="allocator" />
      </PictureTools>
      {failure && <p role="alert">{failure.message}</p>}
      {face ? (
        <>
          <p class="facts" role="status">
            {face.description}
          </p>
          <PictureBox
            {...{file, face, version, theme, item}}
            pictureKey="allocator"
            isFirst
            height={Math.max(160, 70 + rows * ROW)}
            onPick={found =>
              found?.item !== undefined && found.item !== 0xffffffff && file.setItem(found.item)
            }
          />
        </>
      ) : (
        <p class="waiting">{failure ? '' : 'looking at the segments …'}</p>
      )}
    </>
  );
}

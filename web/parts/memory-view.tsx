/** Live memory over time, block by block. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {AxisChoice} from './axis-choice.tsx';
import {callOutline} from './call-outline.ts';
import {Colours} from './colours.tsx';
import {ExportMenu} from './export-menu.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTools} from './picture-tools.tsx';
import {heightOf, timeOf} from './time-axis.ts';
import {useAnswer} from './use-answer.ts';

let identities = 0;
const identity = new WeakMap<object, number>();

/** A number of its own for each file or run, to make texts of. */
export function idOfFile(file: object): number {
  const known = identity.get(file) ?? ++identities;
  identity.set(file, known);
  return known;
}

export function MemoryView({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {theme, colouring} = useStore(page.store);
  const {item, opened, choice, subject, axis} = useStore(file.store);
  const {capacity} = choice;
  const question = `${idOfFile(file)} ${opened?.device} ${colouring} ${capacity} ${axis}`;
  const {result: face, version} = useAnswer(question, () => file.memory({colouring, capacity, axis}));
  const time = face && timeOf(file, 'memory', face);
  return (
    <>
      <PictureTools
        page={page}
        file={file}
        about={`Each box is a block: as high as its size, as long as its lifetime. They are stacked, so the top is the live memory.${
          subject?.reserved ? ' The line above is the memory that the allocator holds.' : ''
        }`}
      >
        <AxisChoice page={page} file={file} />
        <Colours page={page} file={file} />
        <ExportMenu page={page} file={file} pictureKey={time?.pictureKey ?? 'memory'} />
      </PictureTools>
      {face && time ? (
        <PictureBox
          {...{file, face, version, theme, item, ...time}}
          outline={callOutline(file)}
          isFirst
          hasOverview
          {...heightOf(file, 'memory')}
          onPick={(found, x) => {
            file.setItem(found?.item);
            file.setMoment(time.momentAt(x));
          }}
        />
      ) : (
        <p class="waiting">drawing live memory …</p>
      )}
    </>
  );
}

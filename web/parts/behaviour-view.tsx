/** The behaviour of memory: parts of the peak, time between accesses, differences between iterations. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {ExportMenu} from './export-menu.tsx';
import {idOfFile} from './memory-view.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTable} from './picture-table.tsx';
import {useAnswer} from './use-answer.ts';

const CATEGORY = 26;

export function BehaviourView({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {theme} = useStore(page.store);
  const {opened} = useStore(file.store);
  const {result, version, failure} = useAnswer(`${idOfFile(file)} ${opened?.device}`, () =>
    file.ask(worker => worker.pictures.behaviour()),
  );
  if (failure) return <p role="alert">{failure.message}</p>;
  if (!result) return <p class="waiting">looking at how blocks behave …</p>;
  if (result.pictures.length === 0)
    return <p class="waiting">A problem has only lifetimes. Open a recording to see how memory behaves.</p>;
  return (
    <>
      <ul class="lines">
        {result.lines.map(line => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {result.pictures.map(({key, face}, k) => (
        <figure key={key}>
          <figcaption>
            {face.title}
            <ExportMenu page={page} file={file} pictureKey={key} />
          </figcaption>
          <PictureBox
            {...{file, face, version, theme}}
            pictureKey={key}
            isFirst={k === 0}
            height={face.y.categories ? 70 + face.y.categories.length * CATEGORY : 300}
          />
          <PictureTable file={file} pictureKey={key} face={face} version={version} />
        </figure>
      ))}
    </>
  );
}

/** A run of many ranks: the first questions about it, and pictures of all its ranks, each of which opens its recording. */
import {useState} from 'preact/hooks';
import type {Face} from '../canvas/face.ts';
import type {Page} from '../state/page.ts';
import type {RunModel} from '../state/run.ts';
import {useStore} from '../state/store.ts';
import {Panes} from './panes.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTable} from './picture-table.tsx';
import {RunProgress} from './run-progress.tsx';
import {Warnings} from './warnings.tsx';

const HEIGHT = 320;
const CATEGORY = 26;
/** Pictures with a rank at each place of the x axis. */
const BY_RANK = ['ranks', 'rank-groups'];

export function RunView({page, run}: {readonly page: Page; readonly run: RunModel}) {
  const {theme} = useStore(page.store);
  const {info, version, chosen} = useStore(run.store);
  const [wanted, setWanted] = useState('');
  const {title, source, answers, faces, ranks, warnings} = info;
  const open = (index: number) => page.ranks.open(index);
  const find = () => {
    const text = wanted.trim();
    const index = ranks.findIndex(
      ({name, file}) => name === `rank ${text}` || name === text || file === text,
    );
    if (index < 0) page.announce(`there is no rank ${text}`);
    else open(index);
  };
  const rank = chosen === undefined ? undefined : ranks[chosen];
  return (
    <main class="run">
      <section class="summary whole" aria-label="summary">
        <div class="verdict">
          <h2>{title}</h2>
          <p>{source}</p>
        </div>
        <dl class="tiles">
          {answers.map(({question, answer, detail}) => (
            <div key={question}>
              <dt>{question}</dt>
              <dd>
                <strong>{answer}</strong>
                <span>{detail}</span>
              </dd>
            </div>
          ))}
        </dl>
        <RunProgress run={run} />
        <Warnings warnings={warnings} about="results" />
      </section>
      <Panes page={page}>
        <form
          class="tools"
          onSubmit={event => {
            event.preventDefault();
            find();
          }}
        >
          <label>
            Open the recording of rank{' '}
            <input
              id="search"
              type="text"
              size={8}
              value={wanted}
              onInput={event => setWanted(event.currentTarget.value)}
            />
          </label>
          <button type="submit">Open</button>
          <p class="note">
            {rank && !run.sourceOf(chosen!)
              ? `${rank.name}: drop ${rank.file} onto the page to see it.`
              : 'Or choose a rank in a picture, or in the table.'}
          </p>
        </form>
        {faces.map((face, k) => (
          <figure key={face.name}>
            <figcaption>{face.title}</figcaption>
            <PictureBox
              file={run}
              pictureKey={face.name}
              {...{face, theme}}
              version={version}
              isFirst={k === 0}
              item={chosen}
              moment={chosen !== undefined && BY_RANK.includes(face.name) ? chosen + 0.5 : undefined}
              height={heightOf(face)}
              onPick={(found, x) => {
                const index = found?.item ?? (BY_RANK.includes(face.name) ? Math.floor(x) : -1);
                if (face.name !== 'growth') open(index);
              }}
            />
            <PictureTable
              file={run}
              pictureKey={face.name}
              face={face}
              version={version}
              {...(face.name === 'ranks' ? {onRow: open} : {})}
            />
          </figure>
        ))}
      </Panes>
    </main>
  );
}

function heightOf({y}: Face): number {
  return y.categories ? 70 + y.categories.length * CATEGORY : HEIGHT;
}

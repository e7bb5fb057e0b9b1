/** Two open files side by side, with the growth and shrinkage from the first to the second. */
import type {BlockTableDiff} from '../../bindings/compare/index.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import type {FileModel} from '../state/file.ts';
import type {FileState} from '../state/file-state.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {signed} from '../views/difference.ts';
import {ExportMenu} from './export-menu.tsx';
import {idOfFile} from './memory-view.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTable} from './picture-table.tsx';
import {useAnswer} from './use-answer.ts';

const CATEGORY = 26;
const MOST_CHANGES = 50;

interface CompareViewProps {
  readonly page: Page;
  readonly file: FileModel;
  readonly onChoose: () => void;
}

export function CompareView({page, file, onChoose}: CompareViewProps) {
  const {files, other} = useStore(page.store);
  const before = files[other] === file ? undefined : files[other];
  if (files.length < 2 || !before) {
    return (
      <div class="waiting">
        <p>To compare, open a second file: an earlier run, another batch size, another setting.</p>
        <p>
          <button type="button" onClick={onChoose}>
            Open another file…
          </button>
        </p>
      </div>
    );
  }
  return (
    <>
      <div class="tools">
        <label>
          before
          <select value={other} onChange={event => page.setOther(Number(event.currentTarget.value))}>
            {files.map((one, index) => (
              <option key={idOfFile(one)} value={index} disabled={one === file}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <span>after: {file.name}</span>
        <button type="button" onClick={() => page.select(other)}>
          swap
        </button>
      </div>
      <Compared page={page} file={file} before={before} />
    </>
  );
}

function Compared({
  page,
  file,
  before,
}: {
  readonly page: Page;
  readonly file: FileModel;
  readonly before: FileModel;
}) {
  const {theme} = useStore(page.store);
  const [own, theirs] = [useStore(file.store), useStore(before.store)];
  const isReady = own.plan !== undefined && theirs.plan !== undefined;
  const question = isReady
    ? `${idOfFile(before)} ${theirs.version} ${idOfFile(file)} ${own.version}`
    : undefined;
  const {result, version, failure} = useAnswer(question, async () => {
    const blockTable = await before.ask(worker => worker.compare.blockTable());
    return file.ask(worker => worker.compare.with(blockTable));
  });
  if (failure) return <p role="alert">{failure.message}</p>;
  if (!result) {
    const unplanned = [file, before].find(one => isUnplanned(one.store.state));
    if (unplanned) return <p class="waiting">{unplanned.name} is not planned; only plans can be compared.</p>;
    return <p class="waiting">{isReady ? 'comparing …' : 'planning both files …'}</p>;
  }
  const {diff, face} = result;
  return (
    <>
      <p class="facts" role="status">
        {describe(diff)}
      </p>
      <Totals diff={diff} />
      {face && (
        <figure>
          <figcaption>
            {face.title}
            <ExportMenu page={page} file={file} pictureKey="difference" />
          </figcaption>
          <PictureBox
            {...{file, face, version, theme}}
            pictureKey="difference"
            isFirst
            height={80 + (face.y.categories?.length ?? 0) * CATEGORY}
          />
          <PictureTable file={file} pictureKey="difference" face={face} version={version} />
        </figure>
      )}
      <Changes diff={diff} />
    </>
  );
}

/** Whether there is no plan, and none will come by itself. */
function isUnplanned({plan, planning, failure, isHeld, isStopped}: FileState): boolean {
  return !plan && !planning && (failure !== undefined || isHeld || isStopped);
}

function describe({isDifferent, blocks}: BlockTableDiff): string {
  if (!isDifferent) return 'Nothing differs.';
  if (!blocks) return 'Only the totals can be compared.';
  const {same, moved, grown, shrunk} = blocks;
  return `${plural(same, 'block')} the same, ${formatCount(moved)} moved, ${formatCount(grown)} larger, ${formatCount(shrunk)} smaller, ${formatCount(blocks.new)} new, ${formatCount(blocks.gone)} gone.`;
}

const NAMES: Readonly<Record<string, string>> = {
  live: 'live at the peak',
  persistent: 'stays throughout',
  load: 'most that buffers take at a time',
  lowerBound: 'no plan needs less than',
  peak: 'planned',
  recording: 'live at most, whole recording',
  reserved: 'reserved at most, whole recording',
};

function Totals({diff}: {readonly diff: BlockTableDiff}) {
  const known = diff.totals.filter(({before, after}) => before !== null || after !== null);
  const text = (bytes: number | null) => (bytes === null ? 'unknown' : formatBytes(bytes));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label="totals">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">change</th>
          </tr>
        </thead>
        <tbody>
          {known.map(({name, before, after}) => (
            <tr key={name}>
              <td>{NAMES[name] ?? name}</td>
              <td>{text(before)}</td>
              <td>{text(after)}</td>
              <td>{before === null || after === null ? '–' : signed(after - before)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Changes({diff}: {readonly diff: BlockTableDiff}) {
  const {changes} = diff;
  if (changes.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="scroll" tabIndex={0} aria-label="changes">
      <table class="plain">
        <caption>
          the largest changes
          {changes.length > MOST_CHANGES ? `, ${MOST_CHANGES} of ${formatCount(changes.length)}` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">what</th>
            <th scope="col">blocks</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col">at the peak</th>
          </tr>
        </thead>
        <tbody>
          {changes
            .slice(0, MOST_CHANGES)
            .map(({kind, source, frame, blocks, before, after, liveChange, firstAfter, firstBefore}) => (
              <tr key={`${kind} ${source} ${frame} ${before} ${after} ${liveChange}`}>
                <td>
                  {kind}: {source || firstAfter || firstBefore} <small>{frame}</small>
                </td>
                <td>{formatCount(blocks)}</td>
                <td>{before === null ? '–' : formatShortBytes(before)}</td>
                <td>{after === null ? '–' : formatShortBytes(after)}</td>
                <td>{signed(liveChange)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  );
}

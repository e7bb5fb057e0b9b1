/** What stays behind from iteration to iteration, by site, and frees that waited for other streams. */
import {useEffect} from 'preact/hooks';
import {formatBytes, formatCount, formatShortBytes} from '../../bindings/model/quantities.ts';
import type {Face} from '../canvas/face.ts';
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import type {LeakRow, WaitRow} from '../worker/handlers/leaks.ts';
import {AxisChoice} from './axis-choice.tsx';
import {ExportMenu} from './export-menu.tsx';
import {PictureBox} from './picture-box.tsx';
import {timeOf} from './time-axis.ts';
import '../style/leaks.css';

const HEIGHT = 260;

export function LeaksView({page, file}: {readonly page: Page; readonly file: FileModel}) {
  const {opened, subject, leaks, leaksFailure, axis} = useStore(file.store);
  useEffect(() => void file.lookForLeaks(), [file, subject]);
  if (leaksFailure) return <p role="alert">{leaksFailure.message}</p>;
  if (opened?.kind === 'problem')
    return (
      <p class="waiting">
        A problem has no iterations: only recordings show what stays behind, and which frees waited.
      </p>
    );
  if (!leaks) return <p class="waiting">looking for what stays behind …</p>;
  const version = opened?.device ?? 0;
  const waitsFace = (axis === 'clock' ? leaks.waitsByClock : undefined) ?? leaks.waitsFace;
  return (
    <>
      <section class="said" aria-label="what stays behind">
        {leaks.leakLines.map(line => (
          <p key={line}>{line}</p>
        ))}
      </section>
      {leaks.leaksFace && <Shown {...{page, file, version}} name="leaks" face={leaks.leaksFace} isFirst />}
      <section class="said" aria-label="frees that waited">
        {leaks.waitLines.map(line => (
          <p key={line}>{line}</p>
        ))}
      </section>
      {waitsFace && (
        <Shown {...{page, file, version}} name="waits" face={waitsFace} isFirst={!leaks.leaksFace} />
      )}
    </>
  );
}

interface ShownProps {
  readonly page: Page;
  readonly file: FileModel;
  readonly name: 'leaks' | 'waits';
  readonly face: Face;
  readonly version: number;
  readonly isFirst?: boolean;
}

function Shown({page, file, name, face, version, isFirst}: ShownProps) {
  const {theme} = useStore(page.store);
  useStore(file.store);
  // over the same moments as the live memory
  const time = name === 'waits' ? timeOf(file, name, face) : undefined;
  const linked = time && {...time, onPick: (_: unknown, x: number) => file.setMoment(time.momentAt(x))};
  return (
    <figure>
      <figcaption>
        {face.title}
        {time && <AxisChoice page={page} file={file} />}
        <ExportMenu page={page} file={file} pictureKey={time?.pictureKey ?? name} />
      </figcaption>
      <PictureBox
        {...{file, face, version, theme, pictureKey: name, ...linked}}
        {...(isFirst ? {isFirst} : {})}
        height={HEIGHT}
      />
    </figure>
  );
}

/** Both tables; a site chooses its largest block, and its call: all blocks of it are listed in the other views. */
export function LeakTables({file}: {readonly file: FileModel}) {
  const {leaks, item} = useStore(file.store);
  if (!leaks || (leaks.leaks.length === 0 && leaks.waits.length === 0))
    return <p class="waiting">No site leaves blocks behind, and no free waited.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="table leak-tables" tabIndex={0} aria-label="sites">
      {leaks.leaks.length > 0 && (
        <Sites
          {...{file, item}}
          caption="sites that leave blocks behind"
          more={leaks.moreLeaks}
          heads={LEAK_HEADS}
          rows={leaks.leaks}
          cells={leakCells}
        />
      )}
      {leaks.waits.length > 0 && (
        <Sites
          {...{file, item}}
          caption="sites of blocks whose free waited"
          more={leaks.moreWaits}
          heads={WAIT_HEADS}
          rows={leaks.waits}
          cells={waitCells}
        />
      )}
    </section>
  );
}

const WORDS = 'what it does';
const LEAK_HEADS = ['growth per iteration', 'rose', 'trend', 'live at the end', 'blocks', WORDS];
const WAIT_HEADS = ['waits at the peak', 'waits at most', 'frees', 'longest'];

type Cell = readonly [text: string, title: string, kind?: string];

function leakCells({growth, grown, rose, steps, level, end, blocks, words}: LeakRow): Cell[] {
  return [
    [formatShortBytes(growth), `${formatBytes(growth)}; ${formatBytes(grown)} over all`],
    [`${formatCount(rose)} of ${formatCount(steps)}`, ''],
    [level, words],
    [formatShortBytes(end), formatBytes(end)],
    [formatCount(blocks), ''],
    [words, '', 'words'],
  ];
}

function waitCells({atPeak, most, count, longest}: WaitRow): Cell[] {
  return [
    [formatShortBytes(atPeak), formatBytes(atPeak)],
    [formatShortBytes(most), formatBytes(most)],
    [formatCount(count), ''],
    [longest.replace('longest ', ''), ''],
  ];
}

function choose(file: FileModel, item: number): void {
  file.setFlames({by: 'stack', isReversed: false});
  file.setItem(item);
  const request = {by: 'stack', isReversed: false, measure: 'peak', moment: undefined} as const;
  file
    .ask(worker => worker.flames.ofItem(request, item))
    .then(
      call => {
        // another one may have been chosen since
        if (!call || file.store.state.item !== item) return;
        file.setCall({by: 'stack', isReversed: false, node: call.node});
        file.setItem(item);
      },
      () => undefined,
    );
}

interface SitesProps<Row> {
  readonly file: FileModel;
  readonly item: number | undefined;
  readonly caption: string;
  readonly more: number;
  readonly heads: readonly string[];
  readonly rows: readonly Row[];
  readonly cells: (row: Row) => readonly Cell[];
}

function Sites<Row extends LeakRow | WaitRow>(props: SitesProps<Row>) {
  const {file, item, caption, more, heads, rows, cells} = props;
  return (
    <table class="plain">
      <caption>
        {caption}
        {more > 0 && `; ${formatCount(more)} more are not listed`}
      </caption>
      <thead>
        <tr>
          <th scope="col">site</th>
          {heads.map(head => (
            <th scope="col" key={head} class={head === WORDS ? 'words' : ''}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, k) => (
          <tr key={k} class={row.item !== null && row.item === item ? 'chosen' : ''}>
            <th scope="row">
              {row.item === null ? (
                row.name
              ) : (
                <button
                  type="button"
                  class="link"
                  aria-pressed={row.item === item}
                  onClick={() => choose(file, row.item!)}
                >
                  {row.name}
                </button>
              )}
            </th>
            {cells(row).map(([text, title, kind = ''], at) => (
              <td key={heads[at]} class={kind} {...(title === '' ? {} : {title})}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

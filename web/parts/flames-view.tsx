/** The calls that led to the blocks, as a flame graph: each call below its caller, as wide as its sum. */
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Measure} from '../../bindings/calls/call-sums.ts';
import type {Range} from '../canvas/window.ts';
import type {FileModel} from '../state/file.ts';
import type {FlamesChoice} from '../state/flames.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import type {FlamesRequest, NodeInfo, NodeName} from '../worker/handlers/flames.ts';
import {ExportMenu} from './export-menu.tsx';
import {FlamesWalk} from './flames-walk.ts';
import {idOfFile} from './memory-view.tsx';
import {PictureBox} from './picture-box.tsx';
import {PictureTable} from './picture-table.tsx';
import {PictureTools} from './picture-tools.tsx';
import {useAnswer} from './use-answer.ts';
import '../style/flames.css';

/** Pixels of a level, and of the axes. */
const LEVEL = 20;
const AXES = 62;
/** A picture of fewer levels has room for so many. */
const LEAST_LEVELS = 8;
/** Calls of a path that are shown: the first one and the last ones. */
const MOST_WAY = 8;

interface FlamesProps {
  readonly page: Page;
  readonly file: FileModel;
}

export function FlamesView({page, file}: FlamesProps) {
  const {theme} = useStore(page.store);
  const {opened, subject, moment, item, call, flames} = useStore(file.store);
  const [search, setSearch] = useState('');
  const {root, ...choice} = flames;
  const request: FlamesRequest = {
    ...flames,
    moment: choice.measure === 'live' ? moment : undefined,
    search,
  };
  const question = `${idOfFile(file)} ${opened?.device} ${JSON.stringify(request)}`;
  const {result, version, failure} = useAnswer(question, () =>
    file.ask(worker => worker.flames.face(request)),
  );
  const chosen = useChosen(file, request, item, call?.node);
  const latest = useRef({request, chosen});
  latest.current = {request, chosen};
  const [walk] = useState(() => new FlamesWalk(page, file, () => latest.current));
  const [zoomed, setZoomed] = useState<{readonly of: string; readonly x: Range | undefined}>({
    of: '',
    x: undefined,
  });
  const shown = `${choice.by} ${choice.isReversed} ${choice.measure} ${root}`;
  useEffect(() => {
    if (result && chosen === null && call) file.setCall(undefined);
  }, [result, chosen]);
  if (failure) return <p role="alert">{failure.message}</p>;
  return (
    <>
      <PictureTools page={page} file={file}>
        <Choices file={file} flames={flames} measures={result?.measures ?? []} unit={opened?.kind} />
        <Search search={search} setSearch={setSearch} found={result?.found} walk={walk} />
        <ExportMenu page={page} file={file} pictureKey="flames" />
      </PictureTools>
      <Way way={result?.way ?? []} onChoose={node => file.setFlames({root: node})} />
      <p class="facts" role="status">
        {describe(chosen, item)}
      </p>
      {result?.face.isEmpty && (
        <p class="waiting">
          {choice.measure === 'live' ? 'Nothing is live at the chosen moment.' : 'Nothing to sum.'}
        </p>
      )}
      {result && !result.face.isEmpty ? (
        // biome-ignore lint/a11y/noStaticElementInteractions: the picture within has the focus and a role
        <div
          class="flames"
          style={{'--least': `${AXES + LEVEL * Math.max(LEAST_LEVELS, result.levels)}px`}}
          onKeyDown={event => walk.onKey(event)}
        >
          <PictureBox
            {...{file, theme, version}}
            face={withRoom(result.face)}
            item={chosen?.node}
            pictureKey="flames"
            isFirst
            x={zoomed.of === shown ? zoomed.x : undefined}
            onX={x => setZoomed({of: shown, x})}
            onPick={found => found?.item !== undefined && walk.pick(found.item)}
          />
        </div>
      ) : (
        !result && <p class="waiting">summing calls …</p>
      )}
      {result && (
        <PictureTable
          key={shown}
          file={file}
          pictureKey="flames"
          face={result.face}
          version={version}
          isClosed
          onRow={row => walk.row(row)}
        />
      )}
      {subject?.hasSegments === false && opened?.hasOperations === false && (
        <p class="note">The file has neither stacks nor operations, so its calls are not known.</p>
      )}
    </>
  );
}

/** What is known of the chosen call, or of that of the chosen block; null where the tree has no such call. */
function useChosen(
  file: FileModel,
  request: FlamesRequest,
  item: number | undefined,
  node: number | undefined,
): NodeInfo | null | undefined {
  const {by, isReversed, measure, moment} = request;
  const question =
    item === undefined && node === undefined
      ? undefined
      : [idOfFile(file), by, isReversed, measure, moment, item, node].join(' ');
  const {result} = useAnswer(question, async () => {
    const found = await file.ask(worker =>
      item === undefined ? worker.flames.node(request, node!) : worker.flames.ofItem(request, item),
    );
    return found ?? null;
  });
  return question === undefined ? undefined : result;
}

function describe(chosen: NodeInfo | null | undefined, item: number | undefined): string {
  if (!chosen) return 'Choose a call to see its sum, and its blocks in the table and in the other views.';
  const {name, words, way} = chosen;
  if (item === undefined) return `${name}: ${words}`;
  return `The chosen block is of ${way
    .slice(1)
    .map(one => one.name)
    .join(' › ')}: ${words}`;
}

/** A picture of few levels does not fill its pane with thick ones. */
function withRoom<Face extends {readonly y: {readonly domain: Range}}>(face: Face): Face {
  const [from, to] = face.y.domain;
  return {...face, y: {...face.y, domain: [from, Math.max(LEAST_LEVELS, to)]}};
}

interface ChoicesProps {
  readonly file: FileModel;
  readonly flames: FlamesChoice;
  readonly measures: readonly Measure[];
  readonly unit: 'trace' | 'problem' | undefined;
}

function Choices({file, flames, measures, unit}: ChoicesProps) {
  const names: Readonly<Record<Measure, string>> = {
    live: 'live at the moment',
    peak: 'live at the peak',
    'byte-time': unit === 'problem' ? 'bytes × ticks' : 'bytes × events',
    'byte-us': 'bytes × µs',
    allocations: unit === 'problem' ? 'buffers' : 'allocations',
  };
  const known = measures.length === 0 ? [flames.measure] : measures;
  return (
    <>
      <label>
        sum of
        <select
          value={flames.measure}
          onChange={event => file.setFlames({measure: event.currentTarget.value as Measure})}
        >
          {known.map(measure => (
            <option key={measure} value={measure}>
              {names[measure]}
            </option>
          ))}
        </select>
      </label>
      <label>
        grouped by
        <select
          value={flames.by}
          onChange={event => file.setFlames({by: event.currentTarget.value as FlamesChoice['by']})}
        >
          <option value="stack">call stack</option>
          <option value="module">module</option>
        </select>
      </label>
      <button
        type="button"
        aria-pressed={flames.isReversed}
        title="the innermost call first: all uses of a function are one box"
        onClick={() => file.setFlames({isReversed: !flames.isReversed})}
      >
        reversed
      </button>
    </>
  );
}

interface SearchProps {
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly found: string | undefined;
  readonly walk: FlamesWalk;
}

/** Enter goes to the next call that was found, with Shift to the one before. */
function Search({search, setSearch, found, walk}: SearchProps) {
  return (
    <span class="group">
      <label>
        <span class="unseen">Search calls</span>
        <input
          id="search-calls"
          type="search"
          placeholder="search calls"
          value={search}
          onInput={event => setSearch(event.currentTarget.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            walk.match(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      <span class="found" role="status">
        {found}
      </span>
    </span>
  );
}

interface WayProps {
  readonly way: readonly NodeName[];
  readonly onChoose: (node: number) => void;
}

/** The calls above the one on top; each makes itself the top. */
function Way({way, onChoose}: WayProps) {
  const shown = way.length > MOST_WAY ? [way[0]!, ...way.slice(1 - MOST_WAY)] : way;
  return (
    <nav class="way" aria-label="calls above">
      <ol>
        {shown.map(({node, name}, k) => (
          <li key={node}>
            {k === 1 && shown.length < way.length && <span>… </span>}
            <button
              type="button"
              class="link"
              title={name}
              aria-current={k === shown.length - 1 ? 'location' : undefined}
              onClick={() => onChoose(node)}
            >
              {name}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}

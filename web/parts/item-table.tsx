/** The table of items, in step with every picture: only the rows that are seen exist. */
import {useEffect, useRef, useState} from 'preact/hooks';
import {formatBytes, formatCount, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import {formatDuration} from '../../bindings/pictures/ticks.ts';
import type {Range} from '../canvas/window.ts';
import type {ItemRow, Sort} from '../document/items.ts';
import type {FileModel} from '../state/file.ts';
import {useStore} from '../state/store.ts';

const ROW = 30;
/** Browsers know no element that is much higher. */
const MOST_HEIGHT = 8_000_000;

/** The part of the items that the table lists. */
export type Scope = 'all' | 'moment' | 'window' | 'planned';

const HEADS: readonly {readonly sort: Sort; readonly text: string; readonly kind: string}[] = [
  {sort: 'name', text: 'name', kind: 'text'},
  {sort: 'size', text: 'size', kind: 'number'},
  {sort: 'start', text: 'from', kind: 'number'},
  {sort: 'end', text: 'to', kind: 'number'},
];

interface ItemTableProps {
  readonly file: FileModel;
  readonly noun: string;
  /** The first choice. */
  readonly first: Scope;
}

export function ItemTable({file, noun, first}: ItemTableProps) {
  const {moment, window, item, version, plan, opened, call} = useStore(file.store);
  const [text, setText] = useState('');
  const [sort, setSort] = useState<Sort>('size');
  const [scope, setScope] = useState<Scope>(first);
  const [found, setFound] = useState({count: 0, bytes: 0, query: 0});
  const used = scope === 'moment' && moment === undefined ? 'all' : scope;
  useEffect(() => {
    let isCurrent = true;
    const query = {
      text,
      sort,
      moment: used === 'moment' ? moment : undefined,
      window: used === 'window' ? window : undefined,
      isPlanned: used === 'planned',
      call,
    };
    file
      .whenSeen()
      .then(() => file.ask(worker => worker.items.find(query)))
      .then(
        ({count, bytes}) => isCurrent && setFound(({query: last}) => ({count, bytes, query: last + 1})),
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [file, text, sort, used, used === 'moment' ? moment : 0, used === 'window' ? window : 0, call, version]);
  return (
    <section class="table" aria-label={`${noun}s`}>
      <div class="tools">
        <label class="search">
          <span class="unseen">Search by name, operation, source or size</span>
          <input
            id="search"
            type="search"
            placeholder="search: conv  model.py  >1MiB"
            value={text}
            onInput={event => setText(event.currentTarget.value)}
          />
        </label>
        <label>
          <span class="unseen">Which {noun}s</span>
          <select value={used} onChange={event => setScope(event.currentTarget.value as Scope)}>
            <option value="all">all</option>
            <option value="planned">in the plan</option>
            <option value="moment" disabled={moment === undefined}>
              live at the chosen moment
            </option>
            <option value="window">live in the part shown</option>
          </select>
        </label>
        {call && (
          <button type="button" title="list other calls, too (Esc)" onClick={() => file.setCall(undefined)}>
            of the chosen call ✕
          </button>
        )}
        <p class="count" role="status">
          {plural(found.count, noun)}, {formatShortBytes(found.bytes)}
        </p>
      </div>
      <Rows
        {...{
          file,
          item,
          sort,
          setSort,
          plan: plan !== undefined,
          unit: opened?.kind === 'problem' ? 'tick' : 'event',
        }}
        count={found.count}
        query={found.query}
        noun={noun}
      />
    </section>
  );
}

interface RowsProps {
  readonly file: FileModel;
  readonly count: number;
  readonly query: number;
  readonly item: number | undefined;
  readonly sort: Sort;
  readonly setSort: (sort: Sort) => void;
  readonly plan: boolean;
  readonly noun: string;
  /** The unit of moments. */
  readonly unit: string;
}

function Rows({file, count, query, item, sort, setSort, plan, noun, unit}: RowsProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<Range>([0, 20]);
  const [rows, setRows] = useState<{from: number; rows: readonly ItemRow[]}>({from: 0, rows: []});
  const height = Math.min(MOST_HEIGHT, count * ROW);
  const measure = () => {
    const {scrollTop, clientHeight} = scroll.current!;
    const seen = Math.ceil(clientHeight / ROW) + 1;
    // of more rows than an element can be high, the scroll bar counts in parts
    const most = Math.max(1, height - clientHeight);
    const first =
      height < count * ROW ? Math.round((scrollTop / most) * (count - seen)) : Math.floor(scrollTop / ROW);
    setView([Math.max(0, first), Math.max(0, first) + seen]);
  };
  useEffect(measure, [count]);
  const latest = useRef(measure);
  latest.current = measure;
  useEffect(() => {
    // also told when the table is gone
    const observer = new ResizeObserver(() => scroll.current && latest.current());
    observer.observe(scroll.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    let isCurrent = true;
    const [from, to] = view;
    file
      .ask(worker => worker.items.rows(from, to - from))
      .then(
        list => isCurrent && setRows({from, rows: list}),
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [file, view[0], view[1], query, plan]);
  const top = height < count * ROW ? (scroll.current?.scrollTop ?? 0) : rows.from * ROW;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <section class="rows" ref={scroll} onScroll={measure} tabIndex={0} aria-label={`list of ${noun}s`}>
      <table aria-rowcount={count + 1}>
        <thead>
          <tr>
            {HEADS.map(head => (
              <th
                key={head.sort}
                class={head.kind}
                aria-sort={sort === head.sort ? 'ascending' : 'none'}
                scope="col"
              >
                <button type="button" onClick={() => setSort(head.sort)}>
                  {head.text}
                  {head.sort === 'start' || head.sort === 'end' ? ` ${unit}` : ''}
                  {sort === head.sort ? ' ▾' : ''}
                </button>
              </th>
            ))}
            <th scope="col" class="number">
              offset
            </th>
            <th scope="col">operation</th>
            <th scope="col">source</th>
          </tr>
        </thead>
        <tbody style={{height: `${height}px`}}>
          {rows.rows.map((row, k) => (
            <tr
              key={row.item}
              aria-rowindex={rows.from + k + 2}
              class={row.item === item ? 'chosen' : ''}
              style={{transform: `translateY(${top + k * ROW}px)`}}
            >
              <td class="text">
                <button type="button" aria-pressed={row.item === item} onClick={() => file.setItem(row.item)}>
                  {row.name}
                </button>
              </td>
              <td class="number" title={formatBytes(row.bytes)}>
                {formatShortBytes(row.bytes)}
              </td>
              <td class="number">
                {formatCount(row.start)} <Time microseconds={row.startTime} />
              </td>
              <td class="number">
                {formatCount(row.end)} <Time microseconds={row.endTime} />
              </td>
              <td class="number">{Number.isNaN(row.offset) ? '–' : formatShortBytes(row.offset)}</td>
              <td title={row.operation}>{row.operation}</td>
              <td title={row.source}>{row.source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** The recorded time of a moment, where there is one. */
function Time({microseconds}: {readonly microseconds: number}) {
  return Number.isNaN(microseconds) ? null : <small>{formatDuration(microseconds)}</small>;
}

/** The table of a picture as CSV, and as rows of HTML. */

import {formatBytes, formatCount} from '../model/quantities.ts';
import {escaped, formatShort, type Picture, type Table, type Unit} from '../pictures/index.ts';

/**
 * CSV after RFC 4180, a row at a time. Numbers are plain, in the unit that the heading names. A text that a spreadsheet
 * would take for a formula begins with an apostrophe.
 */
export function* tableCsv({columns, count, row}: Table): Generator<string, void, undefined> {
  yield `${columns.map(({name, unit}) => csvCell(unit === undefined ? name : `${name} (${UNIT_NAMES[unit]})`)).join(',')}\n`;
  for (let i = 0; i < count; i++) yield `${row(i).map(csvCell).join(',')}\n`;
}

const UNIT_NAMES: Readonly<Record<Unit, string>> = {
  bytes: 'bytes',
  ticks: 'ticks',
  events: 'events',
  microseconds: 'microseconds',
  percent: 'per cent',
  count: 'count',
  category: '',
};

/** One cell of CSV. */
export function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Rows that a page shows: the whole table is in the CSV. */
const MOST_ROWS = 24;

/** @param isOpen whether it is seen without being asked for. @param command writes all rows. */
export function* tableHtml(
  {title, table}: Picture,
  isOpen: boolean,
  command: string,
): Generator<string, void, undefined> {
  const {columns, count, row} = table;
  const shown = Math.min(count, MOST_ROWS);
  const left = count - shown;
  yield `<details${isOpen ? ' open' : ''}><summary>As a table, ${formatCount(count)} ${count === 1 ? 'row' : 'rows'}</summary>`;
  yield `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(`Table: ${title}`)}"><table><thead><tr>`;
  for (const column of columns)
    yield `<th scope="col"${column.unit ? ' class="number"' : ''}>${escaped(column.name)}</th>`;
  yield '</tr></thead><tbody>';
  for (let i = 0; i < shown; i++)
    yield `<tr>${row(i)
      .map((value, k) => cellHtml(value, columns[k]?.unit))
      .join('')}</tr>`;
  yield '</tbody></table></div>';
  if (left > 0)
    yield `<p class="note">${formatCount(left)} more ${left === 1 ? 'row' : 'rows'}: <code>${escaped(command)}</code> writes all of them.</p>`;
  yield '</details>';
}

export function cellHtml(value: string | number, unit: Unit | undefined): string {
  if (typeof value === 'string') return `<td${unit ? ' class="number"' : ''}>${escaped(value)}</td>`;
  const text =
    unit === 'bytes'
      ? formatBytes(value)
      : unit === 'microseconds'
        ? formatShort(value, unit)
        : numberText(value);
  return `<td class="number">${escaped(text)}</td>`;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));
}

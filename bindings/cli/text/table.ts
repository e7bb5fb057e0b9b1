/** Tables as lines of text and as markdown. Names from a file are escaped, so that they stay in their cells. */
import {printable} from '../io/output.ts';

/** Our own text, or a name from a file; an empty name is unknown. */
export type Cell = string | NameCell;

export interface NameCell {
  readonly name: string;
  /** Our own text in place of the name. */
  readonly text?: string;
  /** Levels of a tree above it. */
  readonly indent?: number;
}

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  /** Columns that are aligned right. */
  readonly right: readonly number[];
  readonly rows: readonly (readonly Cell[])[];
}

const UNKNOWN = 'unknown';

export function tableLines({title, right, rows}: Table): string[] {
  const texts = rows.map(row => row.map(cell => (typeof cell === 'string' ? cell : plainCell(cell))));
  const widths = texts.reduce<number[]>(
    (most, row) => row.map((text, column) => Math.max(most[column] ?? 0, text.length)),
    [],
  );
  const lines = texts.map(row => {
    const cells = row.map((text, column) =>
      right.includes(column) ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
    );
    return `  ${cells.join('  ').trimEnd()}`;
  });
  return [title, ...lines];
}

export function markdownTable({title, head, right, rows}: Table): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    '',
    `**${title}**`,
    '',
    line(head),
    line(head.map((_, column) => (right.includes(column) ? '---:' : '---'))),
    ...rows.map(row => line(row.map(cell => (typeof cell === 'string' ? cell : markdownCell(cell))))),
  ];
}

function plainCell({name, text, indent = 0}: NameCell): string {
  return '  '.repeat(indent) + (text ?? (printable(name) || UNKNOWN));
}

/** Spaces at the beginning of a cell are dropped by readers of markdown. */
function markdownCell({name, text, indent = 0}: NameCell): string {
  return '· '.repeat(indent) + (text ?? markdownName(name));
}

/**
 * A name as code, in which neither markup nor mentions nor links are read: the fence is longer than any run of
 * backticks in it, and bars, which end a cell even in code, are escaped.
 */
export function markdownName(name: string): string {
  const text = printable(name).trim();
  if (text === '') return UNKNOWN;
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(1 + runs.reduce((most, run) => Math.max(most, run.length), 0));
  const padding = fence.length > 1 ? ' ' : '';
  return `${fence}${padding}${text.replaceAll('|', '\\|')}${padding}${fence}`;
}

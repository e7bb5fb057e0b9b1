/** Where a text may come out: each judged by what a terminal, a spreadsheet or a browser would do with it. */
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const MAIN = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Commands that print; `{file}` is the input. */
export const PRINTING: readonly (readonly string[])[] = [
  ['plan', '{file}'],
  ['plan', '{file}', '--explain'],
  ['plan', '{file}', '--json'],
  ['plan', '{file}', '--capacity', '1', '--advise'],
  ['inspect', '{file}'],
  ['inspect', '{file}', '--json'],
  ['top', '{file}', '--by', 'frame'],
  ['top', '{file}', '--by', 'block', '--json'],
  ['top', '{file}', '--markdown'],
  ['diff', '{file}', '{file}'],
  ['diff', '{file}', '{file}', '--markdown'],
  ['check', '{file}', '--max-peak', '1'],
  ['replay', '{file}'],
  ['report', '{file}', '--json'],
  ['plan', '{file}', '--device', '{text}'],
  ['plan', '{text}'],
  ['verify', '{file}', '{file}'],
  ['export', '{file}', '--format', 'c-header', '--prefix', '{text}', '-o', '/dev/null'],
  ['{text}'],
];

/** Commands that write a file, which is judged by its kind. */
export const WRITING: readonly {readonly args: readonly string[]; readonly output: string}[] = [
  {args: ['report', '{file}'], output: 'report.html'},
  {args: ['report', '{file}'], output: 'first.svg'},
  {args: ['report', '{file}', '--picture', 'packing'], output: 'packing.svg'},
  {args: ['plan', '{file}'], output: 'plan.svg'},
  {args: ['report', '{file}'], output: 'first.csv'},
  {args: ['report', '{file}', '--picture', 'packing'], output: 'packing.csv'},
];

export interface Ran {
  readonly text: string;
  readonly code: number | null;
  /** Bytes of the output, if it was written. */
  readonly written?: Buffer;
}

export function run(args: readonly string[], cwd: string, file: string, text: string, output?: string): Ran {
  // an argument ends at a NUL
  const argument = text.replaceAll('\u0000', '') || 'x';
  const filled = args.map(each => each.replace('{file}', () => file).replace('{text}', () => argument));
  if (output !== undefined) filled.push('-o', output);
  const {stdout, stderr, status} = spawnSync(process.execPath, [MAIN, ...filled], {cwd, timeout: 30_000});
  const path = output === undefined ? undefined : join(cwd, output);
  return {
    text: `${stdout}${stderr}`,
    code: status,
    ...(path !== undefined && existsSync(path) ? {written: readFileSync(path)} : {}),
  };
}

/** What a terminal obeys, line breaks aside; undefined if there is nothing. */
export function obeyed(text: string): string | undefined {
  const found = /[^\P{Cc}\n]|[\p{Bidi_Control}\p{Zl}\p{Zp}]/u.exec(text);
  if (!found) return undefined;
  const code = found[0].codePointAt(0)!.toString(16).padStart(4, '0');
  return `U+${code} after ${JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index))}`;
}

/** A formula, or a row of another width; undefined if there is none. */
export function misread(csv: string): string | undefined {
  const rows = cells(csv);
  const odd = rows.findIndex(row => row.length !== rows[0]!.length);
  if (odd >= 0) return `row ${odd} has ${rows[odd]!.length} cells, the first one ${rows[0]!.length}`;
  const formula = rows.flat().find(cell => /^[\t\r]*[=+@]|^[\t\r]*-(?!\d[\d.e+-]*$)/.test(cell));
  return formula === undefined ? undefined : `the cell ${JSON.stringify(formula)} is a formula`;
}

/** Rows and cells as RFC 4180 has them. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  while (at < csv.length) {
    let cell = '';
    if (csv[at] === '"') {
      for (at++; at < csv.length && !(csv[at] === '"' && csv[at + 1] !== '"'); at++) {
        if (csv[at] === '"') at++;
        cell += csv[at];
      }
      at++;
    } else while (at < csv.length && !',\r\n'.includes(csv[at]!)) cell += csv[at++];
    rows.at(-1)!.push(cell);
    if (csv[at] === ',') {
      at++;
      continue;
    }
    if (csv[at] === '\r') at++;
    if (csv[at] === '\n') at++;
    if (at < csv.length) rows.push([]);
  }
  return rows;
}

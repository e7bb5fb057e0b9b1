/** What the page weighs on its way to the browser. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {printTable} from '../measure.ts';
import {PAGE} from './server.ts';

export function printWeight(): void {
  const sizeOf = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(PAGE, name)), {level: 9}).length, 0) / 1000;
  const page = sizeOf(['index.html', 'assets/page.js', 'assets/page.css']);
  const row = (what: string, size: number, goal: string) => [what, size.toFixed(1), goal];
  printTable(
    ['page', 'kB compressed', 'goal'],
    [
      row('until the first picture', page, '≤ 235'),
      row('with planning.js, loaded with the first file', page + sizeOf(['planning.js']), '≤ 365'),
      row('run.js, loaded with the first run', sizeOf(['run.js']), 'apart'),
      row('example.js, loaded on demand', sizeOf(['example.js']), 'apart'),
      row('stowage.html, all in one file', sizeOf(['stowage.html']), '–'),
    ],
  );
}

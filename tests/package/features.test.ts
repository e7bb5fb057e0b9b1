/** docs/features.md: each cell of stowage that claims something names a test, and that test is there. */
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const DOCUMENT = readFileSync(new URL('docs/features.md', ROOT), 'utf8');

/** Feature and cell of every row of both tables. */
const rows = DOCUMENT.split('\n')
  .filter(line => line.startsWith('| ') && !line.startsWith('| feature'))
  .map(line => line.split('|').map(cell => cell.trim()))
  .map(([, feature, cell]): readonly [string, string] => [feature!, cell!]);

/** Names of the tests of a file, as they stand in it. */
function testsOf(file: string): string[] {
  const source = readFileSync(new URL(file, ROOT), 'utf8');
  return [...source.matchAll(/\btest\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , name]) => name!);
}

test('every cell of stowage names a test that exists, or claims nothing', () => {
  assert.ok(rows.length >= 30, `${rows.length} rows`);
  for (const [feature, cell] of rows) {
    if (cell === '-') continue;
    const [, file, name] = /^[^`]+: `(tests\/[\w./-]+\.test\.ts)` “(.+)”$/.exec(cell) ?? [];
    assert.ok(file && name, `${feature}: ${cell}`);
    assert.ok(existsSync(new URL(file, ROOT)), `${feature}: ${file}`);
    assert.ok(
      testsOf(file).some(one => one.includes(name)),
      `${feature}: no test of ${file} says “${name}”`,
    );
  }
});

/** Output to a terminal, a summary or a program, with names that try to break out. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {gunzipSync} from 'node:zlib';
import {problemOf} from '../../bindings/trace/importers/problem-rows.ts';
import {writeCsv} from '../../bindings/trace.ts';
import {HOSTILE, hostileFolder} from './hostile.ts';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

/** Anything that a terminal would obey. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const COMMANDS: readonly (readonly string[])[] = [
  ['plan', 'hostile.jsonl'],
  ['plan', 'hostile.jsonl', '--explain'],
  ['inspect', 'hostile.jsonl'],
  ['replay', 'hostile.jsonl'],
  ['convert', 'hostile.jsonl', '-o', 'out.csv'],
  ['top', 'hostile.jsonl'],
  ['top', 'hostile.jsonl', '--by', 'block'],
  ['diff', 'hostile.jsonl', 'other.jsonl'],
  ['check', 'hostile.jsonl', '--max-peak', '1'],
  ['anonymize', 'hostile.jsonl', '-o', 'out.jsonl'],
];

test('no command sends a control character to the terminal, in text, JSON or markdown', () => {
  const cwd = hostileFolder();
  for (const args of COMMANDS) {
    const forms = ['top', 'diff', 'check'].includes(args[0]!)
      ? [[], ['--json'], ['--markdown']]
      : [[], ['--json']];
    for (const form of forms) {
      const {stdout, stderr, status} = stowage([...args, ...form], {cwd});
      const what = [...args, ...form].join(' ');
      assert.ok(status === 0 || status === 1, `${what}: ${stderr}`);
      for (const line of `${stdout}${stderr}`.split('\n')) assert.doesNotMatch(line, OBEYED, what);
      assert.doesNotMatch(`${stdout}${stderr}`, /^FAILED {2}fake/m, what);
      if (form[0] === '--json' && stdout !== '') JSON.parse(stdout);
    }
  }
});

test('names are shown escaped, and JSON returns them unchanged', () => {
  const cwd = hostileFolder();
  const {stdout} = stowage(['top', 'hostile.jsonl'], {cwd});
  assert.match(stdout, /\\x1b\]0;owned\\x07\\x1b\[31mred\\x1b\[0m/);
  assert.match(stdout, /two\\nlines\\r\\nFAILED {2}fake: line/);
  assert.match(stdout, /\\x9b2J\\u202egnp\.exe\\u061c\\u2028\\x7f\\x00end/);
  const json = JSON.parse(stowage(['top', 'hostile.jsonl', '--json'], {cwd}).stdout);
  assert.deepEqual(
    json.top.map(({name}: {name: string}) => name),
    [...HOSTILE].reverse(),
  );
});

test('in markdown, names are code: no cell, no markup and no mention comes of them', () => {
  const cwd = hostileFolder();
  const {stdout} = stowage(['top', 'hostile.jsonl', '--markdown'], {cwd});
  const lines = stdout.trimEnd().split('\n');
  const rows = lines.filter(line => line.startsWith('|'));
  assert.equal(rows.length, 2 + HOSTILE.length);
  // unescaped bars: five a row, of four columns
  for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)!.length, 5, row);
  assert.equal(
    rows.find(row => row.includes('bar')),
    '| 10.7 % | 300 B | 1 | ``` bar \\| cell \\| `code` ``more`` \\| ``` |',
  );
  assert.equal(
    rows.find(row => row.includes('script')),
    '| 14.3 % | 400 B | 1 | `<script>alert(1)</script>&amp;<img src=x>` |',
  );
  // outside of code spans nothing of the names is left
  const outside = stdout.replace(/(`+)[^`](?:.*?[^`])?\1(?!`)/g, '');
  assert.doesNotMatch(outside, /script|everyone|link|bold|owned/);
});

test('a name of a model does not begin as a formula does', () => {
  const rows = ['=1+1', '+a', '-b', '@c', 'd=e-f', '=1+1'].map(name => ({name, start: 0, end: 1, size: 4}));
  const problem = problemOf(rows);
  assert.deepEqual(problem.ids, ['_1+1', '_a', '_b', '_c', 'd=e-f', '_1+1#1']);
  assert.doesNotMatch([...writeCsv(problem)].join(''), /^[=+\-@]/m);
});

test('an output whose name ends in .gz is gzipped, and read again', () => {
  const cwd = newFolder();
  const trace = join(EXAMPLES, 'mobilenet_v2.inference.json.gz');
  assert.equal(stowage(['convert', trace, '-o', 'log.jsonl.gz'], {cwd}).status, 0);
  assert.equal(stowage(['convert', trace, '-o', 'log.jsonl'], {cwd}).status, 0);
  const unpacked = gunzipSync(readFileSync(join(cwd, 'log.jsonl.gz'))).toString();
  assert.equal(unpacked, readFileSync(join(cwd, 'log.jsonl'), 'utf8'));
  assert.equal(stowage(['diff', trace, 'log.jsonl.gz', '--exit-code', '--no-plan'], {cwd}).status, 0);
});

test('a name of a file is no different', () => {
  const cwd = newFolder();
  const name = 'a\u001b[2Jb.csv';
  writeFileSync(join(cwd, name), 'id,lower,upper,size\na,0,1,4\n');
  const {stdout} = stowage(['plan', name], {cwd});
  assert.match(stdout, /^read {9}a\\x1b\[2Jb\.csv: csv$/m);
  const absent = stowage(['plan', 'no\u001b[2J'], {cwd});
  assert.equal(absent.stderr, 'stowage: no\\x1b[2J: no such file\n');
});

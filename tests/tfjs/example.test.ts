/** `examples/tfjs.ts` runs as written, against the built package. */
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('the example serves all calls but two from one block, and computes the same', () => {
  const file = fileURLToPath(new URL('../../examples/tfjs.ts', import.meta.url));
  const printed = execFileSync(process.execPath, ['--import', 'tsx', file], {encoding: 'utf8'});
  assert.equal(
    printed,
    '24 tensors recorded, 88 served from one block of 126976 bytes, 8 results kept\nthe same bits: true\n',
  );
});

test('the lines that the document shows are those of the example, and its options are all there are', () => {
  const document = read('docs/tfjs.md');
  const [, program] = /```ts\n([\s\S]*?)```/.exec(document)!;
  for (const line of program!.trim().split('\n')) assert.ok(read('examples/tfjs.ts').includes(line), line);
  const [, options] = /interface MemoizeOptions \{([\s\S]*?)\n\}/.exec(read('bindings/tfjs/memoize.ts'))!;
  const [, table] = /\| option \| meaning \|\n\|---\|---\|\n([\s\S]*?)\n\n/.exec(document)!;
  const documented = table!.split('\n').flatMap(row => [...row.split('|')[1]!.matchAll(/`(\w+)`/g)]);
  assert.deepEqual(
    documented.map(([, name]) => name).sort(),
    [...options!.matchAll(/readonly (\w+)\??:/g)].map(([, name]) => name).sort(),
  );
});

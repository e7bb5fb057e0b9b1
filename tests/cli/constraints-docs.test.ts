/** The examples of docs/constraints.md, run as written, print the shown output (except seconds). */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCS = readFileSync(join(ROOT, 'docs/constraints.md'), 'utf8');

/** A folder with the files that the document shows, and the package where `import` finds it. */
function folder(): string {
  const made = newFolder();
  cpSync(join(EXAMPLES, 'five.csv'), join(made, 'five.csv'));
  mkdirSync(join(made, 'node_modules'));
  symlinkSync(ROOT, join(made, 'node_modules', 'stowage'), 'junction');
  for (const [, name, text] of DOCS.matchAll(/`(\w+\.json)`:\n\n```json\n([\s\S]*?)```/g))
    writeFileSync(join(made, name!), text!);
  return made;
}

const masked = (text: string): string => text.replace(/\d+\.\d+ s\)/g, 'S s)').trim();

test('the sessions print the shown output', () => {
  const cwd = folder();
  const blocks = [...DOCS.matchAll(/```\n(\$ [\s\S]*?)```/g)].flatMap(([, block]) =>
    block!.split(/^\$ /m).slice(1),
  );
  assert.ok(blocks.length >= 6);
  for (const block of blocks) {
    const [command, ...output] = block.split('\n');
    const {stdout, stderr} = stowage(command!.split(' ').slice(1), {cwd});
    assert.equal(stderr, '', command);
    assert.equal(masked(stdout), masked(output.join('\n')), command);
  }
});

test('the program prints the shown output', () => {
  const cwd = folder();
  const programs = [...DOCS.matchAll(/```js\n([\s\S]*?)```\s*prints `([^`]*)`/g)];
  assert.equal(programs.length, DOCS.split('```js\n').length - 1);
  for (const [index, [, program, output]] of programs.entries()) {
    const file = join(cwd, `program-${index}.mjs`);
    writeFileSync(file, program!);
    const run = spawnSync(process.execPath, [file], {cwd});
    assert.equal(run.stderr.toString(), '');
    assert.equal(run.stdout.toString().trim(), output);
  }
});

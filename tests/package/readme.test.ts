/** The README's examples, run as written, print the shown output (except seconds, which differ from run to run). */
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {USAGE} from '../../bench/options.ts';
import {clone} from './clone.ts';
import {readmePicture} from './readme-picture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const MAIN = join(ROOT, 'dist/cli/main.js');

const masked = (text: string) => text.replace(/\d+\.\d+ s\)/g, 'S s)').trim();

/** `$ command` and the lines below it, for every block that has one. */
function sessions(): [command: string, output: string][][] {
  const blocks = [...README.matchAll(/```\n(\$ [\s\S]*?)```/g)].map(([, block]) => block!);
  return blocks.map(block =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map(part => {
        const [command, ...output] = part.split('\n');
        return [command!, output.join('\n')];
      }),
  );
}

/** The output of a command of the README in a clone. */
function outputOf(command: string, cwd: string): string {
  if (command.startsWith('cat ')) return readFileSync(join(cwd, command.slice(4)), 'utf8');
  const start = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {scripts: {start: string}})
    .scripts.start;
  const line =
    command === 'npm install && npm start' ? start.replace('node dist/cli/main.js', 'npx stowage') : command;
  assert.match(line, /^npx stowage /, `a command that this test cannot run: ${command}`);
  const run = spawnSync(process.execPath, [MAIN, ...line.split(' ').slice(2)], {cwd});
  assert.equal(run.status, 0, run.stderr.toString());
  return run.stdout.toString();
}

test('the sessions of the README print the shown output', () => {
  const folder = clone();
  const all = sessions();
  assert.ok(all.length >= 1);
  for (const [command, output] of all.flat()) {
    assert.equal(masked(outputOf(command, folder)), masked(output), command);
  }
});

test('the README is short, and its picture is current', async () => {
  assert.ok(README.trimEnd().split('\n').length <= 150);
  const file = join(ROOT, 'docs/resnet50.svg');
  const drawn = await readmePicture(ROOT);
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, drawn);
  // not as a difference: it is hundreds of lines
  const isCurrent = drawn === readFileSync(file, 'utf8');
  assert.ok(isCurrent, 'run `UPDATE_GOLDEN=1 node scripts/test.mjs readme` and look at docs/resnet50.svg');
});

test("the README's five buffers are those of examples/five.csv", () => {
  const rows = readFileSync(join(ROOT, 'examples/five.csv'), 'utf8').trim().split('\n').slice(1);
  for (const row of rows) {
    const [id, start, end, size] = row.split(',');
    assert.ok(README.includes(`{id: '${id}', size: ${size}, start: ${start}, end: ${end}}`), row);
  }
});

test('the programs of the README, and of docs/ci.md, print the shown output', () => {
  const folder = clone();
  const text = README + readFileSync(join(ROOT, 'docs/ci.md'), 'utf8');
  const programs = [...text.matchAll(/```js\n([\s\S]*?)```\s*prints `([^`]*)`/g)];
  assert.equal(programs.length, text.split('```js').length - 1);
  for (const [index, [, program, output]] of programs.entries()) {
    const file = join(folder, `program-${index}.mjs`);
    writeFileSync(file, program!);
    const run = spawnSync(process.execPath, [file], {cwd: folder});
    assert.equal(run.stderr.toString(), '');
    assert.equal(run.stdout.toString().trim(), output);
  }
});

test('every algorithm, option and document that the README names exists', () => {
  const commands = [...README.matchAll(/^npx stowage ([a-z]+) /gm)].map(([, command]) => command!);
  const help = [...new Set([...commands, 'inspect', 'replay'])].map(command =>
    spawnSync(process.execPath, [MAIN, command, '--help']).stdout.toString(),
  );
  help.push(USAGE);
  for (const [, option] of README.matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g)) {
    assert.ok(option === '--help' || help.some(text => text.includes(option!)), option);
  }
  for (const [, file] of README.matchAll(/\]\(((?!http)[^)]+)\)/g))
    assert.ok(existsSync(join(ROOT, file!)), file);
});

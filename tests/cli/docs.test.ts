/** The sessions of docs/ci.md, run as written, print what it shows. */
import assert from 'node:assert/strict';
import {cpSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {EXAMPLES, newFolder, stowage} from './stowage.ts';

const TEXT = readFileSync(new URL('../../docs/ci.md', import.meta.url), 'utf8');

/** The output of a command, or an empty text where it writes a file. */
function outputOf(command: string, cwd: string): string {
  const [, from, to, input, output] = /^sed 's\/(.*)\/(.*)\/' (\S+) > (\S+)$/.exec(command) ?? [];
  if (from !== undefined) {
    writeFileSync(join(cwd, output!), readFileSync(join(cwd, input!), 'utf8').replace(from, to!));
    return '';
  }
  const [, line, file] = /^npx stowage (.*?)(?: > (\S+))?$/.exec(command) ?? [];
  assert.ok(line, `a command that this test cannot run: ${command}`);
  const {status, stdout, stderr} = stowage(line.split(' '), {cwd});
  assert.equal(status, stdout.includes('FAILED') ? 1 : 0, stderr);
  if (file === undefined) return stdout;
  writeFileSync(join(cwd, file), stdout);
  return '';
}

test('the sessions of docs/ci.md print the shown output', () => {
  const cwd = newFolder();
  cpSync(EXAMPLES, join(cwd, 'examples'), {recursive: true});
  const blocks = [...TEXT.matchAll(/```\n(\$ [\s\S]*?)```/g)].map(([, block]) => block!);
  const commands = blocks.flatMap(block => block.split(/^\$ /m).slice(1));
  assert.equal(commands.length, 9);
  for (const part of commands) {
    const [command, ...output] = part.split('\n');
    assert.equal(outputOf(command!, cwd), output.join('\n'), command);
  }
});

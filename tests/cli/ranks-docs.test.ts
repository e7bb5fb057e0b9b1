/** The sessions of docs/ranks.md, run as written on the run that it names, print what it shows. */
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {writeRanks} from '../../tools/simulate/ranks.ts';
import {newFolder, stowage} from './stowage.ts';

const DOC = new URL('../../docs/ranks.md', import.meta.url);
const SESSION = /```\n(\$ [\s\S]*?)```/g;

/** The numbers of the command that the page names. */
function shapeOf(text: string) {
  const command = /tools\/simulate\/ranks\.ts ([^`]+)`/.exec(text)![1]!.replaceAll('\n', ' ');
  const number = (name: string): number => Number(new RegExp(`--${name} ([\\d.]+)`).exec(command)![1]);
  return {
    ranks: number('ranks'),
    groups: number('groups'),
    outliers: number('outliers'),
    megabytes: number('megabytes'),
    seed: number('seed'),
  };
}

test('the sessions of docs/ranks.md print the shown output', () => {
  const text = readFileSync(DOC, 'utf8');
  const cwd = newFolder();
  writeRanks(join(cwd, 'snapshots'), shapeOf(text));
  let commands = 0;
  const shown = text.replace(SESSION, (_, session: string) => {
    const parts = session.split(/^\$ /m).slice(1);
    commands += parts.length;
    const outputs = parts.map(part => {
      const [command] = part.split('\n', 1);
      const {status, stdout, stderr} = stowage(command!.replace(/^npx stowage /, '').split(' '), {cwd});
      assert.equal(status, stdout.includes('FAILED') ? 1 : 0, stderr);
      return `$ ${command}\n${stdout}`;
    });
    return `\`\`\`\n${outputs.join('')}\`\`\``;
  });
  assert.equal(commands, 3);
  if (process.env.UPDATE_GOLDEN) writeFileSync(DOC, shown);
  assert.equal(text, process.env.UPDATE_GOLDEN ? text : shown);
});

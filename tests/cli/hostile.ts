/** A recording whose names try to break out: escape sequences, line breaks, table bars, code fences, markup. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {newFolder} from './stowage.ts';

export const HOSTILE = [
  '\u001b]0;owned\u0007\u001b[31mred\u001b[0m',
  'two\nlines\r\nFAILED  fake: line',
  'bar | cell | `code` ``more`` |',
  '<script>alert(1)</script>&amp;<img src=x>',
  '@everyone #1 [link](https://example.org) **bold**',
  '\u009b2J\u202egnp.exe\u061c\u2028\u007f\u0000end',
  '=cmd|calc',
] as const;

/** A folder with `hostile.jsonl`, two iterations that are alike, and `other.jsonl`, in which every block is larger. */
export function hostileFolder(): string {
  const cwd = newFolder();
  const log = (factor: number): string => {
    const lines: object[] = [
      {schema: 'stowage.events/1', device: 'cuda:0', warnings: [`odd: ${HOSTILE[0]}`]},
    ];
    for (const step of [0, 1, 2]) {
      lines.push({event: 'iteration', number: step});
      HOSTILE.forEach((operation, i) => {
        lines.push({event: 'malloc', address: i + 1, size: factor * (i + 1) * 100, operation});
      });
      HOSTILE.forEach((_, i) => {
        lines.push({event: 'free', address: i + 1});
      });
    }
    return `${[...lines, {event: 'end'}].map(line => JSON.stringify(line)).join('\n')}\n`;
  };
  writeFileSync(join(cwd, 'hostile.jsonl'), log(1));
  writeFileSync(join(cwd, 'other.jsonl'), log(2));
  return cwd;
}

/**
 * Outputs under attack: every command that writes, onto every kind of thing that may have the name, while a call of the
 * system fails, a signal comes, the process is killed, or two runs write at once. The judge knows the old bytes and those of an
 * undisturbed run: the output has one or the other, and nothing else in its folder has changed.
 */
import {rmSync} from 'node:fs';
import {entry, type Verdict} from '../campaign.ts';
import {COMMANDS, type OutputCase, randomCase} from './cases.ts';
import {Judge} from './judge.ts';

export const OUTPUTS = entry<OutputCase>({
  name: 'outputs',
  about: 'files written while calls fail, signals come, and others write the same name',
  short: 8,
  needs: 'posix',
  async open() {
    if (process.platform === 'win32') return undefined;
    const judge = await Judge.open();
    return {
      ...(judge.missing ? {missing: [judge.missing]} : {}),
      draw: randomCase,
      judge: (drawn): Promise<Verdict> => judge.judge(drawn),
      smaller: smallerCases,
      close: () => rmSync(judge.folder, {recursive: true, force: true}),
    };
  },
});

function* smallerCases(drawn: OutputCase): Iterable<OutputCase> {
  const {fault} = drawn;
  if (fault) yield {...drawn, fault: undefined};
  if (fault && fault.n > 1) for (let n = 1; n < fault.n; n++) yield {...drawn, fault: {...fault, n}};
  for (let command = 0; command < Math.min(drawn.command, COMMANDS.length); command++)
    yield {...drawn, command};
  if (drawn.target !== 'file') yield {...drawn, target: 'file'};
  if (drawn.mode !== 0o644) yield {...drawn, mode: 0o644};
}

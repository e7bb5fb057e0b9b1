/** `stowage diff`: two recordings, problems, models or plans side by side. */
import type {Command} from 'commander';
import {diffLedgers} from '../../trace.ts';
import {readSide, type SideOptions} from '../compared-file.ts';
import {CliError, EXIT} from '../exit.ts';
import {type Done, parseIteration, withBudget, withChoice} from '../options.ts';
import {type FormOptions, formOf, publish, withForms} from '../publish.ts';
import {parseInteger} from '../quantities.ts';
import {diffJson, diffTables, headLines} from '../text/diff.ts';
import {markdownName, markdownTable, tableLines} from '../text/table.ts';

export interface DiffCommandOptions extends SideOptions, FormOptions {
  /** How many groups and changes are named. */
  readonly top: number;
  readonly exitCode?: boolean;
  readonly iterationB?: SideOptions['iteration'];
}

export function addDiffCommand(root: Command, done: Done): void {
  const diff = root
    .command('diff')
    .argument('<A>', 'a trace, a problem, a model, or a plan written by `stowage plan -o plan.json`')
    .argument('<B>', 'the same, later')
    .description('tell what differs: load, peak, lower bound, categories, operations, blocks')
    .option('--top <N>', 'how many changes of each kind to name; the rest is summed', parseInteger(1), 10)
    .option('--iteration-b <N>', 'which iteration of B, where it is another than --iteration', parseIteration)
    .option('--no-plan', 'leave the planned peaks out, which take the time of two plans')
    .option('--exit-code', 'exit with 1 where anything differs')
    .action(async (before: string, after: string, options: DiffCommandOptions) =>
      done(await diffCommand(before, after, options)),
    );
  withChoice(withBudget(withForms(diff)), 'N, auto or window');
}

/** @returns the exit code. */
export async function diffCommand(
  before: string,
  after: string,
  options: DiffCommandOptions,
): Promise<number> {
  formOf(options);
  if (before === '-' && after === '-') throw new CliError('only one of A and B can be -', EXIT.usage);
  const sides = {before: await readSide(before, options), after: await readSide(after, optionsOfB(options))};
  const diff = diffLedgers(sides.before.ledger, sides.after.ledger);
  const [first, second, ...notes] = headLines(sides, diff);
  const tables = diffTables(sides, diff, options.top);
  await publish(
    {
      json: diffJson(sides, diff, options.top),
      warnings: [sides.before, sides.after].flatMap(({file, warnings}) =>
        warnings.map(warning => `${file}: ${warning}`),
      ),
      lines: [first!, second!, ...tables.flatMap(tableLines), ...notes],
      markdown: [
        `${markdownName(first!)}  `,
        markdownName(second!),
        ...tables.flatMap(markdownTable),
        ...notes.flatMap(note => ['', note]),
      ],
    },
    options,
  );
  return options.exitCode && diff.isDifferent ? EXIT.checkFailed : EXIT.ok;
}

function optionsOfB({iterationB, ...options}: DiffCommandOptions): SideOptions {
  return iterationB === undefined ? options : {...options, iteration: iterationB};
}

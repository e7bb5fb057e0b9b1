/** `stowage diff`: compares two recordings, problems, models or plans. */
import type {Command} from 'commander';
import {diffBlockTables} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {type ComparisonOptions, readComparedFile} from '../planning/compared-file.ts';
import type {PlannerSource} from '../planning/planning.ts';
import {diffJson, diffTables, headLines} from '../text/diff.ts';
import {markdownName, markdownTable, tableLines} from '../text/table.ts';
import {type CommandContext, withBudget, withChoice, withFrames} from './options.ts';
import {parseInteger, parseIteration} from './parse.ts';
import {type FormOptions, formOf, publish, withForms} from './publish.ts';

export interface DiffCommandOptions extends ComparisonOptions, FormOptions {
  /** Number of groups and changes that are listed. */
  readonly top: number;
  readonly exitCode?: boolean;
  readonly iterationB?: ComparisonOptions['iteration'];
}

export function addDiffCommand(root: Command, {done, planner}: CommandContext): void {
  const diff = root
    .command('diff')
    .argument('<A>', 'a trace, a problem, a model, or a plan written by `stowage plan -o plan.json`')
    .argument('<B>', 'the file to compare with A')
    .description('show the differences: live bytes, peak, lower bound, categories, operations, blocks')
    .option('--top <N>', 'how many changes of each kind to list; the rest is summed', parseInteger(1), 10)
    .option('--iteration-b <N>', 'iteration of B, if it is not that of --iteration', parseIteration)
    .option('--no-plan', 'leave out the planned peaks; this saves the time of two plans')
    .option('--exit-code', 'exit with 1 if anything differs')
    .action(async (before: string, after: string, options: DiffCommandOptions) =>
      done(await diffCommand(before, after, options, planner)),
    );
  withChoice(withFrames(withBudget(withForms(diff))), 'N, auto or window');
}

/** @returns the exit code. */
export async function diffCommand(
  before: string,
  after: string,
  options: DiffCommandOptions,
  planner: PlannerSource,
): Promise<number> {
  formOf(options);
  if (before === '-' && after === '-') throw new CliError('A and B cannot both be -', EXIT.usage);
  const sides = {
    before: await readComparedFile(before, options, planner),
    after: await readComparedFile(after, optionsOfB(options), planner),
  };
  const diff = diffBlockTables(sides.before.blockTable, sides.after.blockTable);
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

function optionsOfB({iterationB, ...options}: DiffCommandOptions): ComparisonOptions {
  return iterationB === undefined ? options : {...options, iteration: iterationB};
}

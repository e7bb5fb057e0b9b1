/** `stowage merge`: the results of a batch as one run. */
import {extname} from 'node:path';
import type {Command} from 'commander';
import {plural} from '../../model/quantities.ts';
import {mergeRun, type Run, runCsv, runHtml} from '../../report.ts';
import {readBatch} from '../batch/read-batch.ts';
import {storeOf} from '../batch/store-of.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {jsonLine, print, printJson, warn} from '../io/output.ts';
import {isStdout, writeFileWhole} from '../io/output-file.ts';
import {runLines} from '../text/run.ts';
import type {CommandContext} from './options.ts';
import {parseInteger} from './parse.ts';

export interface MergeCommandOptions {
  readonly output?: string;
  readonly json?: boolean;
  readonly top: number;
  readonly complete?: boolean;
}

export function addMergeCommand(root: Command, {done}: CommandContext): void {
  root
    .command('merge')
    .argument('<DIR>', 'the folder or s3:// bucket that stowage batch --out wrote')
    .description('show the results of a batch as one run: who limits it, groups, outliers, growth')
    .option(
      '-o, --output <FILE>',
      'file to write, by its ending: .html, one page for any browser, .json, or .csv with a row per rank; the text is printed; - is the same as no -o',
    )
    .option('--json', 'print one object')
    .option(
      '--top <N>',
      'how many ranks, groups and outliers to list; the rest is summed',
      parseInteger(1),
      10,
    )
    .option('--complete', 'fail if a share has not begun or a file has no result: exit code 1')
    .action(async (folder: string, options: MergeCommandOptions) =>
      done(await mergeCommand(folder, options)),
    );
}

/** @returns the exit code. */
export async function mergeCommand(folder: string, options: MergeCommandOptions): Promise<number> {
  const {output, json = false, top, complete = false} = options;
  const write = output === undefined || isStdout(output) ? undefined : writerOf(output);
  const batch = await readBatch(await storeOf(folder));
  const run = mergeRun(batch);
  if (write) await writeFileWhole(output!, write(run));
  if (!json || write) for (const warning of run.warnings) warn(`${folder}: ${warning}`);
  if (json) printJson(run);
  else for (const line of runLines(folder, run, top)) print(line);
  return exitCodeOf(folder, run, batch.damage, complete);
}

type Writer = (run: Run) => Iterable<string>;

/** @throws CliError where the name has no known ending. */
function writerOf(output: string): Writer {
  const writers: Readonly<Record<string, Writer>> = {
    '.json': run => [`${jsonLine(run)}\n`],
    '.csv': runCsv,
    '.html': runHtml,
  };
  const writer = writers[extname(output.replace(/\.gz$/, ''))];
  if (writer) return writer;
  throw new CliError(
    `-o ${output}: expected a name that ends in ${Object.keys(writers).join(', ')}`,
    EXIT.usage,
  );
}

function exitCodeOf(folder: string, run: Run, damage: readonly string[], complete: boolean): number {
  const failed = run.ranks.filter(({failure}) => failure !== null).length;
  const {shares, files} = run.missing;
  const unread = [
    ...(damage.length > 0 ? [`${plural(damage.length, 'file')} of it could not be read`] : []),
    ...(failed > 0 ? [`${plural(failed, 'recording')} could not be read`] : []),
  ];
  const lacking = [
    ...(shares.length > 0 ? [`${plural(shares.length, 'share')} not begun`] : []),
    ...(files.length > 0 ? [`${plural(files.length, 'file')} without a result`] : []),
  ];
  const isLacking = complete && lacking.length > 0;
  if (unread.length === 0 && !isLacking) return EXIT.ok;
  warn(`${folder}: the run is not whole: ${[...unread, ...(complete ? lacking : [])].join(', ')}`);
  return unread.length > 0 ? EXIT.unreadable : EXIT.checkFailed;
}

/** Options of changed problems: `--changes` and `--what-if`. */
import {type Command, InvalidArgumentError} from 'commander';
import {type ChangeList, type ListedChange, parseChanges, parseQuickChange} from '../../index.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {readSource} from '../io/input.ts';
import type {PlanningOptions} from '../planning/planning.ts';

/** Options of the command, parsed. */
export interface ChangesOptions {
  /** The file of a list. */
  readonly changes?: string;
  readonly whatIf?: readonly ListedChange[];
}

export function withChanges(command: Command): Command {
  return command
    .option(
      '--changes <FILE>',
      'plan again with the changes of this stowage.changes/1 list, each alone and all together: docs/changes.md',
    )
    .option(
      '--what-if <CHANGE>',
      'the same with one change: batch*0.5, checkpoint:FUNCTION, dtype:TYPE or off:optimizer-state; may be repeated',
      parseChange,
    );
}

function parseChange(text: string, before: readonly ListedChange[] = []): ListedChange[] {
  try {
    return [...before, parseQuickChange(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** The list of the file with the changes of the arguments behind it; undefined where there is none. */
export async function changeListOf({
  changes: file,
  whatIf = [],
}: ChangesOptions): Promise<ChangeList | undefined> {
  if (file === undefined) return whatIf.length === 0 ? undefined : {changes: whatIf};
  const list = await readSource(file, async source =>
    parseChanges(new TextDecoder().decode(await source.whole())),
  );
  return {...list, changes: [...list.changes, ...whatIf]};
}

/**
 * The options with those of the list, which give way to the command line's own. Plans are compared by their peaks, so each
 * is the smallest that is found, not the first that fits.
 */
export function withListOptions<Options extends PlanningOptions>(
  options: Options,
  list: ChangeList | undefined,
): Options {
  if (!list) return options;
  const {alignment, dims, hold} = list.options ?? {};
  return {
    ...options,
    ...(options.capacity === undefined ? {} : {minimize: true}),
    ...(alignment === undefined || options.alignment !== undefined ? {} : {alignment}),
    ...(hold === undefined || options.hold !== undefined ? {} : {hold}),
    ...(dims === undefined ? {} : {dim: {...dims, ...options.dim}}),
  };
}

/** Options that are of the problem without changes, or of another one. */
const REFUSED = {
  output: '-o',
  reorder: '--reorder',
  recompute: '--recompute',
  offload: '--offload',
  previous: '--previous',
} as const;

/** @throws CliError for an option that has no meaning with changes. */
export function checkChangesAlone(options: Partial<Record<keyof typeof REFUSED, unknown>>): void {
  for (const name of Object.keys(REFUSED) as (keyof typeof REFUSED)[]) {
    if (options[name] !== undefined && options[name] !== false)
      throw new CliError(
        `${REFUSED[name]} cannot be combined with --changes and --what-if: a changed problem is compared, not run`,
        EXIT.usage,
      );
  }
}

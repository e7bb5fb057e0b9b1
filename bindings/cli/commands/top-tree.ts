/** `stowage top --tree`, `--folded`: the calls that led to the blocks, with their sums by one of several measures. */
import {type Command, Option} from 'commander';
import {
  callSums,
  callTree,
  type FrameChoice,
  foldedStacks,
  knownMeasures,
  MEASURES,
  type Measure,
  problemCalls,
  problemItems,
  type RecordingPeak,
  timelineOf,
  traceCalls,
  traceItems,
  unitOf,
} from '../../trace.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {print, printable} from '../io/output.ts';
import {isStdout, writeFileWhole} from '../io/output-file.ts';
import type {ChosenProblem} from '../planning/chosen-problem.ts';
import {exactNumber, type ListedTree} from '../text/tree.ts';

export interface TreeOptions extends FrameChoice {
  readonly tree?: boolean;
  readonly folded?: boolean;
  readonly measure?: Measure;
  readonly reversed?: boolean;
  /** Modules, phases and operations in place of the call stack. */
  readonly byModule?: boolean;
  /** How many calls are listed below each. */
  readonly number: number;
}

export function withTree(command: Command): Command {
  return command
    .addOption(
      new Option('--tree', 'print the calls that led to the blocks as a tree, with their sums').conflicts(
        'by',
      ),
    )
    .addOption(
      new Option(
        '--folded',
        'print the calls as folded stacks, a line for each: the input of flame graph tools',
      ).conflicts(['by', 'tree', 'json', 'markdown']),
    )
    .addOption(
      new Option(
        '--measure <WHAT>',
        'with --tree and --folded: bytes live at the moment (the default), bytes at the peak, bytes × events (of a problem ticks) or bytes × microseconds of the lifetimes, or the number of allocations',
      ).choices(MEASURES),
    )
    .option('--reversed', 'with --tree and --folded: the innermost call first')
    .option('--by-module', 'with --tree and --folded: modules, then forward or backward, then operations');
}

/** @throws CliError for an option that needs `--tree` or `--folded` */
export function checkTreeOptions({tree, folded, measure, reversed, byModule}: TreeOptions): void {
  if (tree || folded) return;
  const given = [
    ...(measure === undefined ? [] : [`--measure ${measure}`]),
    ...(reversed ? ['--reversed'] : []),
    ...(byModule ? ['--by-module'] : []),
  ];
  if (given.length > 0) throw new CliError(`${given[0]}: expected --tree or --folded beside it`, EXIT.usage);
}

/**
 * @param moment of the block table: after an event, or a tick.
 * @param peak that of the whole recording, where that is shown.
 * @throws CliError for a measure that the file does not have
 */
export function listedTree(
  chosen: ChosenProblem,
  moment: number | null,
  peak: RecordingPeak | undefined,
  options: TreeOptions,
): ListedTree {
  const {measure = 'live', reversed = false, number: most} = options;
  const {paths, items} = sourceOf(chosen, peak, options);
  const known = knownMeasures(items);
  if (!known.includes(measure))
    throw new CliError(
      `${chosen.file}: --measure ${measure}: no times are recorded; expected ${known.join(', ')}`,
      EXIT.usage,
    );
  const tree = callTree(
    paths,
    items.extras.map(({call}) => call),
    reversed,
  );
  const live = callSums(tree, items, 'live', moment ?? items.peak);
  return {tree, items, live, most, sums: measure === 'live' ? live : callSums(tree, items, measure)};
}

function sourceOf(
  {trace, step, problem, read}: ChosenProblem,
  peak: RecordingPeak | undefined,
  {byModule, library, depth}: TreeOptions,
) {
  const by = byModule ? ('module' as const) : ('stack' as const);
  if (!trace || !step)
    return {paths: problemCalls(problem, read?.operations, by), items: problemItems(problem)};
  const device = trace.devices.findIndex(({name}) => name === step.device.name);
  const frames = {...(library === undefined ? {} : {library}), ...(depth === undefined ? {} : {depth})};
  const {iterations} = timelineOf(trace, device).iterations;
  const window = iterations.find(({number}) => number === step.iteration);
  const failed =
    peak && peak.failedRequest > 0 ? {moment: peak.event - 1, bytes: peak.failedRequest} : undefined;
  return {
    paths: traceCalls(trace, device, {by, ...frames}),
    items: traceItems(trace, device, {...(window ? {window} : {}), ...(failed ? {failed} : {})}),
  };
}

/** What the tree of an object is of. */
export function treeFacts({sums, items, tree}: ListedTree, {reversed, byModule}: TreeOptions): object {
  return {
    treeOf: {
      measure: sums.measure,
      unit: unitOf(sums.measure, items),
      value: exactNumber(sums.exact(0)),
      grouping: byModule ? 'module' : 'stack',
      reversed: reversed === true,
      notes: tree.notes,
    },
  };
}

/** To a file, or to stdout. */
export async function writeFolded({tree, sums}: ListedTree, output: string | undefined): Promise<void> {
  const lines = foldedStacks(tree, sums);
  if (output === undefined || isStdout(output)) for (const line of lines) print(line);
  else await writeFileWhole(output, withEnds(lines));
}

function* withEnds(lines: Iterable<string>): Generator<string, void, undefined> {
  for (const line of lines) yield `${printable(line)}\n`;
}

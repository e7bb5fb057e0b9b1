/** `stowage top`: shows the largest blocks that are live at the peak or at another time. */
import {type Command, Option} from 'commander';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';

import {sharingSentences} from '../../report/sharing.ts';

import {
  BLOCK_GROUPS,
  describeRecordingPeak,
  END_GROUPS,
  type EndGroupBy,
  FAILED_REQUEST,
  type RecordingPeak,
  recordingPeakOf,
  type Top,
  type TopEntry,
  topOf,
} from '../../trace.ts';

import {CliError, EXIT} from '../io/exit.ts';
import {type Input, readInput} from '../io/input.ts';
import {type ChosenProblem, chooseProblem, type ProblemChoice} from '../planning/chosen-problem.ts';
import {type ComparedFile, comparedFileOf} from '../planning/compared-file.ts';
import {describeSource} from '../text/source.ts';
import {type Cell, markdownName, markdownTable, type Table, tableLines} from '../text/table.ts';
import {type ListedTree, treeJson, treeTable} from '../text/tree.ts';
import {type CommandContext, withChoice, withFrames} from './options.ts';
import {parseInteger} from './parse.ts';
import {type CommandResult, type FormOptions, formOf, publish, withForms} from './publish.ts';
import {topOfState} from './top-state.ts';
import {
  checkTreeOptions,
  listedTree,
  type TreeOptions,
  treeFacts,
  withTree,
  writeFolded,
} from './top-tree.ts';

type By = (typeof BLOCK_GROUPS)[number] | 'block';

/** Groups of the state at the end alone. */
const STATE_GROUPS = END_GROUPS.filter(
  by => by !== 'block' && !(BLOCK_GROUPS as readonly string[]).includes(by),
);

export interface TopCommandOptions extends ProblemChoice, FormOptions, TreeOptions {
  readonly by?: By | EndGroupBy;
  /** Number of entries that are shown. */
  readonly number: number;
  /** A memory event of the device, or a tick of a problem. */
  readonly at?: number;
  readonly atEnd?: boolean;
}

export function addTopCommand(root: Command, {done}: CommandContext): void {
  const top = root
    .command('top')
    .argument('<FILE>', 'a trace or a problem')
    .description(
      'show the live memory at the peak of the recording: the largest entries, and the sum of the rest',
    )
    .addOption(
      new Option('--by <WHAT>', 'group by (default: operation if the recording has any, else block)').choices(
        [...BLOCK_GROUPS, 'block', ...STATE_GROUPS],
      ),
    )
    .option('-n, --number <N>', 'how many entries to list; with --tree, of each call', parseInteger(1), 10)
    .addOption(
      new Option('--at-peak', 'at the peak of the recording, or of --iteration (the default)').conflicts(
        'at',
      ),
    )
    .addOption(
      new Option(
        '--at-end',
        'the state at the end of a CUDA snapshot, from its segments; also by segment, pool or stream (the default for a snapshot without events)',
      ).conflicts(['at', 'atPeak']),
    )
    .option(
      '--at <EVENT>',
      'after this memory event of the device, counted from 0 over the whole recording; for a problem, at this tick',
      parseInteger(0),
    )
    .action(async (file: string, options: TopCommandOptions) => done(await topCommand(file, options)));
  withChoice(withFrames(withForms(withTree(top))), 'N, auto or window');
}

/** @returns the exit code. */
export async function topCommand(file: string, options: TopCommandOptions): Promise<number> {
  if (!options.folded) formOf(options);
  checkTreeOptions(options);
  const input = await readInput(file, options);
  const ofState = topOfState(input, options);
  if (ofState) {
    await publish(ofState, options);
    return EXIT.ok;
  }
  const chosen = chooseProblem(input, input.imported.kind === 'trace' ? wholeFirst(options) : options);
  const peak = recordingPeakOfWhole(chosen, options);
  // the peak is after an event, which may be followed by a request that failed
  const at = options.at ?? (peak ? peak.event - 1 : undefined);
  const side = withSharing(chosen, comparedFileOf(chosen, at === undefined ? {} : {at}, options));
  const by = byOf(side, options.by);
  const listed =
    options.tree || options.folded ? listedTree(chosen, side.blockTable.moment, peak, options) : undefined;
  if (listed && options.folded) {
    await writeFolded(listed, options.output);
    return EXIT.ok;
  }
  const notes = iterationNotes(input, chosen, options);
  await publish(resultOf(side, by, options, {peak, notes, listed}), options);
  return EXIT.ok;
}

/** The whole recording, unless the user names an iteration: its peak is what a device must hold. */
function wholeFirst(options: TopCommandOptions): TopCommandOptions {
  return options.iteration === undefined ? {...options, iteration: 'window'} : options;
}

/** Undefined for a problem, an iteration, and a moment that the user names. */
function recordingPeakOfWhole(
  {trace, step}: ChosenProblem,
  {at}: TopCommandOptions,
): RecordingPeak | undefined {
  return trace && step?.iteration === 'window' && at === undefined ? recordingPeakOf(trace, step) : undefined;
}

/** The last whole iteration beside the whole recording, where nobody asked for one of them. */
function iterationNotes(input: Input, {step, trace}: ChosenProblem, options: TopCommandOptions): string[] {
  if (!trace || !step || options.iteration !== undefined || options.at !== undefined) return [];
  const {step: own} = chooseProblem(input, {...options, iteration: 'auto'});
  if (!own || own.iteration === 'window') return [];
  const bytes = own.recordedLoad + own.persistent.bytes;
  return [
    `iteration ${own.iteration} alone: ${formatBytes(bytes)} at its peak (--iteration ${own.iteration})`,
  ];
}

/** With the warning that the sum of the sizes is no memory where buffers share it. */
function withSharing({problem, read}: ChosenProblem, side: ComparedFile): ComparedFile {
  if (!read?.sharing) return side;
  const sentences = sharingSentences(problem, read.sharing);
  return {...side, warnings: [...side.warnings, ...sentences.map(text => `${text}; each counts here`)]};
}

function byOf({file, format, blockTable}: ComparedFile, asked: By | EndGroupBy | undefined): By {
  const known: readonly By[] = [...BLOCK_GROUPS.filter(by => blockTable.groups[by]), 'block'];
  if (asked === undefined) return known.includes('operation') ? 'operation' : 'block';
  const found = known.find(by => by === asked);
  if (found) return found;
  throw new CliError(
    `${file}: --by ${asked}: this ${format} does not record it; expected ${known.join(', ')}`,
    EXIT.usage,
  );
}

interface Shown {
  readonly peak: RecordingPeak | undefined;
  readonly notes: readonly string[];
  readonly listed: ListedTree | undefined;
}

function resultOf(
  side: ComparedFile,
  by: By,
  options: TopCommandOptions,
  {peak, notes, listed}: Shown,
): CommandResult {
  const {number, at} = options;
  const top = topOf(side.blockTable, by, peak?.failedRequest);
  const shown = top.entries.slice(0, number);
  const {file, format, iteration, device, warnings} = side;
  const kind = at === undefined ? 'peak' : iteration === null ? 'tick' : 'event';
  const table = listed ? treeTable(listed) : topTable(top, shown, by);
  return {
    json: {
      schema: 'stowage.top/1',
      source: {file, format, iteration, device},
      moment: {kind, at: side.blockTable.moment, recording: peak ?? null},
      by,
      blocks: top.blocks,
      bytes: top.bytes,
      top: shown.map(entry => ({...entryJson(entry), share: shareOf(entry, top)})),
      rest: restOf(top, shown),
      ...(listed ? {...treeJson(listed), ...treeFacts(listed, options)} : {}),
      warnings,
    },
    warnings: warnings.map(warning => `${file}: ${warning}`),
    lines: [
      `read    ${describeSource(side)}`,
      `moment  ${describeMoment(side, at, peak)}`,
      ...notes.map(note => `also    ${note}`),
      ...tableLines(table),
    ],
    markdown: [
      `${markdownName(describeSource(side))}, ${describeMoment(side, at, peak)}`,
      ...notes,
      ...markdownTable(table),
    ],
  };
}

function restOf(top: Top, shown: readonly TopEntry[]) {
  const sum = (of: 'blocks' | 'bytes'): number => shown.reduce((all, entry) => all + entry[of], 0);
  return {
    entries: top.entries.length - shown.length,
    blocks: top.blocks - sum('blocks'),
    bytes: top.bytes - sum('bytes'),
  };
}

/** 0 to 1. */
function shareOf({bytes}: {readonly bytes: number}, top: Top): number {
  return top.bytes === 0 ? 0 : bytes / top.bytes;
}

function topTable(top: Top, shown: readonly TopEntry[], by: By): Table {
  const row = (one: {readonly bytes: number; readonly blocks: number}, name: Cell): Cell[] => [
    `${(100 * shareOf(one, top)).toFixed(1)} %`,
    formatBytes(one.bytes),
    formatCount(one.blocks),
    name,
  ];
  const rest = restOf(top, shown);
  return {
    title: `live ${formatBytes(top.bytes)} in ${plural(top.blocks, 'block')}, by ${by}`,
    head: ['share', 'bytes', 'blocks', by],
    right: [0, 1, 2],
    rows: [
      ...shown.map(entry => row(entry, nameOf(entry, by))),
      ...(rest.entries > 0 ? [row(rest, `rest: ${formatCount(rest.entries)} more`)] : []),
    ],
  };
}

function describeMoment(
  {iteration, blockTable}: ComparedFile,
  at: number | undefined,
  peak: RecordingPeak | undefined,
): string {
  if (peak) return `the peak: ${describeRecordingPeak(peak)}`;
  const {moment} = blockTable;
  const place =
    iteration === null
      ? `at tick ${formatCount(moment!)}`
      : moment! < 0
        ? 'before the first event'
        : `after event ${formatCount(moment!)}`;
  return at === undefined ? `the peak, ${place}` : place;
}

function nameOf({name, source, frame}: TopEntry, by: By): {readonly name: string} {
  if (by !== 'block') return {name};
  if (name === FAILED_REQUEST) return {name};
  if (name === '') return {name: 'persistent, from before the recording'};
  const more = [source, frame].filter(part => part);
  return {name: more.length > 0 && more[0] !== name ? `${name} ${more.join(', ')}` : name};
}

function entryJson({name, blocks, bytes, source, frame}: TopEntry): object {
  const known = source === undefined ? {} : {source: source || null, frame: frame || null};
  return {name: name || null, blocks, bytes, ...known};
}

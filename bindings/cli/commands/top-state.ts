/** `stowage top` for the state at the end of a CUDA recording: blocks in use, by where they came from or where they are. */
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {
  chooseDevice,
  describeEndState,
  type EndGroup,
  type EndGroupBy,
  type EndState,
  endGroups,
  endState,
  type FrameChoice,
  hasStateOnly,
  type ImportedTrace,
  knownEndGroups,
} from '../../trace.ts';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import type {Input} from '../io/input.ts';
import {type Cell, markdownName, markdownTable, type Table, tableLines} from '../text/table.ts';
import type {CommandResult} from './publish.ts';

export interface TopStateOptions extends FrameChoice {
  readonly tree?: boolean;
  readonly device?: string;
  readonly by?: string;
  readonly number: number;
  readonly at?: number;
  readonly atEnd?: boolean;
}

const SCOPE = 'the state at the end of the recording';

/**
 * Undefined where the events of the recording were asked for, and it has some.
 * @throws CliError where the state was asked for and there is none, or the reverse.
 */
export function topOfState({file, imported}: Input, options: TopStateOptions): CommandResult | undefined {
  if (imported.kind !== 'trace') {
    if (options.atEnd) throw new CliError(`${file}: --at-end: only a CUDA snapshot has a state`, EXIT.usage);
    return undefined;
  }
  const device = deviceOf(file, imported, options.device);
  const isStateOnly = hasStateOnly(imported.trace, device);
  if (!options.atEnd && !isStateOnly) return undefined;
  const name = imported.trace.devices[device]!.name;
  if (options.at !== undefined)
    throw new CliError(
      `${file}: --at ${options.at}: no events of ${name} were recorded, only its state at the end`,
      EXIT.usage,
    );
  if (options.tree)
    throw new CliError(
      `${file}: --tree: the state at the end has no calls to sum; expected --by ${knownEndGroups(imported.trace, device).join(', ')}`,
      EXIT.usage,
    );
  const state = endState(imported.trace, device);
  if (!state) throw new CliError(`${file}: --at-end: the recording holds no segments of ${name}`, EXIT.usage);
  return resultOf(file, imported, device, state, options);
}

function deviceOf(file: string, {trace}: ImportedTrace, name: string | undefined): number {
  try {
    return chooseDevice(trace, name);
  } catch (error) {
    throw inputError(file, error);
  }
}

function resultOf(
  file: string,
  {trace, format}: ImportedTrace,
  device: number,
  state: EndState,
  {by: asked, number, ...frames}: TopStateOptions,
): CommandResult {
  const known = knownEndGroups(trace, device);
  const by =
    known.find(one => one === asked) ??
    (asked === undefined ? (known.find(one => one !== 'frame') ?? 'block') : undefined);
  if (by === undefined)
    throw new CliError(
      `${file}: --by ${asked}: the state at the end does not hold it; expected ${known.join(', ')}`,
      EXIT.usage,
    );
  const groups = endGroups(trace, device, by, frames);
  const shown = groups.slice(0, number);
  const {count: blocks, bytes} = state.blocks;
  const table = tableOf(groups, shown, by, state);
  const {name} = trace.devices[device]!;
  const source = `${file}: ${format}, ${name}`;
  return {
    json: {
      schema: 'stowage.top/1',
      source: {file, format, iteration: null, device: name},
      moment: {kind: 'end', at: null},
      by,
      blocks,
      bytes,
      top: shown.map(({name: own, source: operation, frame, ...group}) => ({
        name: own || null,
        ...group,
        ...(operation === undefined ? {} : {source: operation || null, frame: frame || null}),
        share: shareOf(group.bytes, bytes),
      })),
      rest: restOf(groups, shown),
      state,
      warnings: trace.warnings,
    },
    warnings: trace.warnings.map(warning => `${file}: ${warning}`),
    lines: [
      `read    ${source}`,
      `moment  ${SCOPE}, not its peak`,
      ...describeEndState(state).map(line => `        ${line}`),
      ...tableLines(table),
    ],
    markdown: [
      `${markdownName(source)}, ${SCOPE}, not its peak`,
      ...describeEndState(state).map(line => `- ${line}`),
      ...markdownTable(table),
    ],
  };
}

const shareOf = (bytes: number, all: number): number => (all === 0 ? 0 : bytes / all);

function restOf(groups: readonly EndGroup[], shown: readonly EndGroup[]) {
  const rest = groups.slice(shown.length);
  return {
    entries: rest.length,
    blocks: rest.reduce((sum, {blocks}) => sum + blocks, 0),
    bytes: rest.reduce((sum, {bytes}) => sum + bytes, 0),
  };
}

function tableOf(
  groups: readonly EndGroup[],
  shown: readonly EndGroup[],
  by: EndGroupBy,
  {blocks: all}: EndState,
): Table {
  const row = (one: {readonly bytes: number; readonly blocks: number}, name: Cell): Cell[] => [
    `${(100 * shareOf(one.bytes, all.bytes)).toFixed(1)} %`,
    formatBytes(one.bytes),
    formatCount(one.blocks),
    name,
  ];
  const rest = restOf(groups, shown);
  return {
    title: `in use ${formatBytes(all.bytes)} in ${plural(all.count, 'block')}, by ${by}`,
    head: ['share', 'bytes', 'blocks', by],
    right: [0, 1, 2],
    rows: [
      ...shown.map(group => row(group, {name: describeGroup(group)})),
      ...(rest.entries > 0 ? [row(rest, `rest: ${formatCount(rest.entries)} more`)] : []),
    ],
  };
}

function describeGroup({name, source, frame}: EndGroup): string {
  const more = [source, frame].filter(part => part);
  return more.length > 0 ? `${name} ${more.join(', ')}` : name;
}

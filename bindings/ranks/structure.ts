/** The structure of a recording: its sites of allocation and their counts, without sizes and addresses. */
import {blockNames, type MemoryRange, peakOf} from '../behaviour/breakdown.ts';
import type {GroupSum} from '../compare/groups.ts';
import {cut} from '../model/shown.ts';
import {type DeviceTimeline, timelineOf} from '../trace/timeline/device-timeline.ts';
import type {Trace} from '../trace/trace.ts';
import type {NamedSum, RankStructure} from './result.ts';

/** Names of a result: a recording may have a million. The hash is over all of them. */
const MOST_NAMES = 256;
const MOST_CHARACTERS = 200;
/** The name of the sum of all others. */
export const OTHERS = '…';

/** What happens in one window of a device's recording. */
export interface WindowContent {
  readonly structure: Omit<RankStructure, 'scope'>;
  readonly operations: NamedSum[];
}

/**
 * @param iteration the window, by its number; the whole recording where absent.
 */
export async function windowContent(
  trace: Trace,
  device: number,
  iteration: number | undefined,
): Promise<WindowContent> {
  const timeline = timelineOf(trace, device);
  const range = rangeOf(timeline, iteration);
  const {blocks, malloc} = timeline;
  const {siteOf, operationOf} = namesIn(timeline, range);
  const counts = new Map<string, number>();
  for (const block of blocks) {
    // those from before the window depend on where it begins
    if (malloc[block]! < range.firstEvent || malloc[block]! >= range.endEvent) continue;
    const site = siteOf(block);
    counts.set(site, (counts.get(site) ?? 0) + 1);
  }
  const sites = inOrder([...counts].map(([name, count]) => ({name, count})));
  const shown = limited(
    sites,
    ({count}) => count,
    (name, rest) => ({name, count: rest.reduce((sum, {count}) => sum + count, 0)}),
  );
  return {
    structure: {hash: await digestOf(JSON.stringify(sites)), sites: shown},
    operations: operationSums(timeline, range, operationOf),
  };
}

function rangeOf({memory, iterations}: DeviceTimeline, iteration: number | undefined): MemoryRange {
  const own = iterations.iterations.find(({number}) => number === iteration);
  return own ?? {firstEvent: 0, endEvent: memory.count};
}

interface Names {
  readonly siteOf: (block: number) => string;
  readonly operationOf: (block: number) => string;
}

/** An annotation that counts its occurrences is the same operation in each. */
function namesIn(timeline: DeviceTimeline, range: MemoryRange): Names {
  const {trace} = timeline;
  const operation = blockNames(timeline, 'operation', range);
  const frame = trace.cuda ? blockNames(timeline, 'frame', range) : () => '';
  const operationOf = (block: number): string => operation(block).replace(/#\d+$/, '') || frame(block);
  const siteOf = (block: number): string => {
    const [what, where] = [operationOf(block), frame(block)];
    if (what === '') return `about ${2 ** Math.ceil(Math.log2(trace.blocks.bytes[block]!))} B`;
    return where === '' || where === what ? what : `${what} at ${where}`;
  };
  return {siteOf, operationOf};
}

/** Sums over the blocks that live in the window, and over those of them that are live at its peak. */
function operationSums(
  {trace, blocks, malloc, free, live}: DeviceTimeline,
  range: MemoryRange,
  operationOf: (block: number) => string,
): NamedSum[] {
  const at = peakOf(live, range).event;
  const sums = new Map<string, {-readonly [key in keyof NamedSum]: NamedSum[key]}>();
  for (const block of blocks) {
    if (malloc[block]! >= range.endEvent || free[block]! < range.firstEvent) continue;
    const name = operationOf(block);
    const sum = sums.get(name) ?? {name, blocks: 0, bytes: 0, liveBlocks: 0, liveBytes: 0};
    sums.set(name, sum);
    const bytes = trace.blocks.bytes[block]!;
    sum.blocks++;
    sum.bytes += bytes;
    if (malloc[block]! > at || free[block]! <= at) continue;
    sum.liveBlocks++;
    sum.liveBytes += bytes;
  }
  return limited(
    inOrder([...sums.values()]),
    ({bytes}) => bytes,
    (name, rest) => ({name, ...rest.reduce(added, {blocks: 0, bytes: 0, liveBlocks: 0, liveBytes: 0})}),
  );
}

function added(a: GroupSum, b: GroupSum): GroupSum {
  return {
    blocks: a.blocks + b.blocks,
    bytes: a.bytes + b.bytes,
    liveBlocks: a.liveBlocks + b.liveBlocks,
    liveBytes: a.liveBytes + b.liveBytes,
  };
}

interface Named {
  readonly name: string;
}

/** By code units, the same in every host. */
function inOrder<T extends Named>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The largest entries in the order of names, with names cut, and last the sum of the others. */
function limited<T extends Named>(
  all: readonly T[],
  sizeOf: (one: T) => number,
  sumOf: (name: string, rest: readonly T[]) => T,
): T[] {
  const largest = [...all].sort((a, b) => sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : 1));
  const shown = new Set(largest.slice(0, MOST_NAMES));
  const rest = largest.slice(MOST_NAMES);
  return [
    ...all.flatMap(one => (shown.has(one) ? [{...one, name: cut(one.name, MOST_CHARACTERS)}] : [])),
    ...(rest.length > 0 ? [sumOf(OTHERS, rest)] : []),
  ];
}

/** Hexadecimal. */
async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('');
}

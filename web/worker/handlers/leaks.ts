/** What stays behind from iteration to iteration, and frees that waited. */
import {formatBytes, formatShortBytes, plural} from '../../../bindings/model/quantities.ts';
import {leaksPicture, waitsPicture} from '../../../bindings/report.ts';
import {
  describeLeakScope,
  describeLeaks,
  describeLevels,
  describeLongest,
  describeMissing,
  describePattern,
  describeWaits,
  describeWaitsAtPeak,
  growingSites,
  HOW_TO_MARK,
  type Leaks,
  leaksOf,
  nameOfSite,
  type Trace,
  type TrendLevel,
  timelineOf,
  type Waits,
  waitsOf,
} from '../../../bindings/trace.ts';
import type {Board} from '../../canvas/board.ts';
import type {Face} from '../../canvas/face.ts';
import type {OpenFile} from '../../document/open-file.ts';
import {setByAxis} from './by-axis.ts';

/** Rows of a table of sites: those that grow fastest, or wait most, come first. */
const MOST_ROWS = 200;

export interface LeakRow {
  readonly name: string;
  /** Bytes. */
  readonly growth: number;
  readonly grown: number;
  readonly end: number;
  readonly blocks: number;
  /** Times that it rose, of so many. */
  readonly rose: number;
  readonly steps: number;
  readonly level: TrendLevel;
  readonly words: string;
  /** The largest block at the end, to be chosen. */
  readonly item: number | null;
}

export interface WaitRow {
  readonly name: string;
  /** Bytes. */
  readonly atPeak: number;
  readonly most: number;
  readonly count: number;
  readonly longest: string;
  readonly item: number | null;
}

export interface LeaksInfo {
  /** For the summary: only what matters. */
  readonly notices: readonly string[];
  /** What is to be said about leaks, and about waits. */
  readonly leakLines: readonly string[];
  readonly waitLines: readonly string[];
  /** Absent where nothing changes, or waits. */
  readonly leaksFace: Face | undefined;
  readonly waitsFace: Face | undefined;
  /** The same by clock; absent where no times can be used, too. */
  readonly waitsByClock: Face | undefined;
  readonly leaks: readonly LeakRow[];
  readonly waits: readonly WaitRow[];
  readonly moreLeaks: number;
  readonly moreWaits: number;
}

export class LeaksHandler {
  readonly #file: OpenFile;
  readonly #board: Board;

  constructor(file: OpenFile, board: Board) {
    this.#file = file;
    this.#board = board;
  }

  /** Undefined for a problem, which has no iterations. */
  find(): LeaksInfo | undefined {
    const {imported, device} = this.#file;
    if (imported.kind === 'problem') return undefined;
    const {trace} = imported;
    const [leaks, waits] = [leaksOf(trace, device), waitsOf(trace, device)];
    return {
      notices: noticesOf(leaks, waits),
      leakLines: linesOf(leaks),
      waitLines: [describeWaits(waits), describeWaitsAtPeak(waits)].filter(text => text !== '').map(sentence),
      leaksFace: leaks.changing > 0 ? this.#board.set('leaks', leaksPicture(leaks)) : undefined,
      ...this.#waitsFaces(trace, device, waits),
      leaks: leaks.sites.slice(0, MOST_ROWS).map(leakRow),
      waits: waits.sites.slice(0, MOST_ROWS).map(waitRow),
      moreLeaks: Math.max(0, leaks.sites.length - MOST_ROWS),
      moreWaits: Math.max(0, waits.sites.length - MOST_ROWS),
    };
  }

  #waitsFaces(trace: Trace, device: number, waits: Waits): Pick<LeaksInfo, 'waitsFace' | 'waitsByClock'> {
    if (waits.waits.length === 0) return {waitsFace: undefined, waitsByClock: undefined};
    const {live} = timelineOf(trace, device);
    const persistent = trace.cuda?.devices[device]?.persistent.bytes ?? 0;
    const picture = waitsPicture({waits, live, persistent});
    const {clock} = this.#file;
    return {
      waitsFace: setByAxis(this.#board, 'waits', picture, undefined),
      waitsByClock: clock && setByAxis(this.#board, 'waits', picture, clock),
    };
  }
}

function linesOf(leaks: Leaks): string[] {
  return [
    sentence(describeLeaks(leaks)),
    ...(leaks.whole === 0 ? [HOW_TO_MARK] : []),
    ...describeMissing(leaks),
    ...(growingSites(leaks).length > 0 ? [describeLevels(leaks)] : []),
    ...(leaks.unchanged.sites > 0
      ? [
          `${plural(leaks.unchanged.sites, 'other site')}, ${formatBytes(leaks.unchanged.bytes)}: the same after each iteration.`,
        ]
      : []),
  ];
}

/** Strong trends, and waits without which the peak would be lower. */
function noticesOf(leaks: Leaks, {peak, peakWithout}: Waits): string[] {
  const strong = leaks.sites.filter(({level}) => level === 'strong');
  const [worst] = strong;
  const others = strong.length > 1 ? `, and ${plural(strong.length - 1, 'other site')}` : '';
  return [
    ...(worst
      ? [
          `Grows by ${formatShortBytes(worst.growth)} per iteration, ${describeLeakScope(leaks)}: ${nameOfSite(worst)}${others}`,
        ]
      : []),
    ...(peakWithout < peak
      ? [`Frees that wait for other streams are at most ${formatShortBytes(peak - peakWithout)} of the peak`]
      : []),
  ];
}

function leakRow(site: Leaks['sites'][number]): LeakRow {
  const {growth, grown, live, blocks, rose, level, largest} = site;
  return {
    name: nameOfSite(site),
    growth,
    grown,
    end: live.at(-1) ?? 0,
    blocks,
    rose,
    steps: Math.max(0, live.length - 1),
    level,
    words: describePattern(site),
    item: largest,
  };
}

function waitRow(site: Waits['sites'][number]): WaitRow {
  const {atPeak, most, count, largest} = site;
  return {name: nameOfSite(site), atPeak, most, count, longest: describeLongest(site), item: largest};
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

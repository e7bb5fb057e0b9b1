/**
 * What stays behind from iteration to iteration, by the site that allocated it, and how sure it is that it grows.
 *
 * - The live bytes of a site after each whole iteration are its *curve*. The curves of all sites add up to the live bytes of
 *   the device, and so do their differences between the first and the last iteration.
 * - A curve grows where it has a trend (`trend.ts`) that lasts to its end. What fills a cache and comes to rest, and blocks
 *   that are freed some iterations later, do not.
 * - The level is a statement about chance alone: were each order of a site's values as likely as any other, one as strong
 *   would come up at one of the sites that change in at most 1 of 100 recordings (`strong`), in at most 1 of 20 (`weak`).
 *   The assumption is not tested: values that depend on those before them have trends more often.
 * - Nothing is said about iterations that were not recorded whole.
 */
import type {DeviceTimeline} from '../trace/timeline/device-timeline.ts';
import {timelineOf} from '../trace/timeline/device-timeline.ts';
import type {IterationSource} from '../trace/timeline/iterations.ts';
import type {Trace} from '../trace/trace.ts';
import {type Curve, curvesOf} from './leak-curves.ts';
import {type Site, type SitesBy, sitesOf} from './sites.ts';
import {type Chance, chanceOf, isBelow, risesToTheEnd, trendOf} from './trend.ts';

/** With fewer iterations a rise in each would have a chance above 1 in 20: 3! = 6 orders. */
export const FEWEST_ITERATIONS = 4;
/** The last ones are looked at where there are more. */
export const MOST_ITERATIONS = 64;
/** A trend is strong, or weak, where its chance is at most 1 in so many. */
export const STRONG = 100;
export const WEAK = 20;

/** `too few`: of iterations, so that no trend can be told from chance. */
export type TrendLevel = 'strong' | 'weak' | 'none' | 'too few';

/**
 * - `grows`: the trend is strong or weak.
 * - `settled`: it rose in the first half of the iterations, and has not changed since.
 * - `held`: each block that an iteration left behind was freed within `lag` iterations, and since the first `lag` of them
 *   there is no trend.
 * - `steady`: the live bytes are the same after each iteration.
 * - `varies`: they change without a trend.
 * - `unknown`: they change, in too few iterations.
 */
export type LeakPattern = 'grows' | 'settled' | 'held' | 'steady' | 'varies' | 'unknown';

/** A judged curve; bytes. */
export interface JudgedCurve {
  /** Bytes live after each of `Leaks.iterations`. */
  readonly live: readonly number[];
  /** Those after the last iteration less those after the first. */
  readonly grown: number;
  /** Median slope from iteration to iteration (Theil and Sen), whole bytes; of a curve without a trend, too. */
  readonly growth: number;
  /** Iterations after which more was live than after the one before. */
  readonly rose: number;
  /** Pairs of iterations: all, and those that rise less those that fall. */
  readonly pairs: number;
  readonly rises: number;
  /** Null where nothing rises, or in too few iterations. */
  readonly chance: Chance | null;
  readonly level: TrendLevel;
  readonly pattern: LeakPattern;
  /** Of `settled`: the iteration, by its number, since which nothing has changed. */
  readonly restsFrom: number | null;
}

export interface LeakSite extends JudgedCurve {
  readonly site: Site;
  /** Of each iteration: the blocks that it allocated and that are live after it, and their bytes. */
  readonly left: readonly {readonly blocks: number; readonly bytes: number}[];
  /** Within so many iterations each block left behind was freed, of all iterations that have so many after them, at least two; null where not so. */
  readonly lag: number | null;
  /** Its largest block after the last iteration: index into `Trace.blocks`; null where none is live then. */
  readonly largest: number | null;
  /** Its blocks live after the last iteration. */
  readonly blocks: number;
}

export interface Leaks {
  readonly by: SitesBy;
  readonly source: IterationSource;
  /** Whole iterations that were recorded. */
  readonly whole: number;
  /** The numbers of those that are looked at: all, or the last 64. */
  readonly iterations: readonly number[];
  /** Sites that change or leave blocks behind: strong trends first, then weak ones, the fastest growth first. */
  readonly sites: readonly LeakSite[];
  /** All other sites: their blocks live after each iteration are the same bytes. */
  readonly unchanged: {readonly sites: number; readonly bytes: number};
  /** Sites whose live bytes change: the places where a trend may come up by chance. */
  readonly changing: number;
  /** All live bytes of the device, judged as one place. */
  readonly total: JudgedCurve;
  /** Whether the beginning of the recording is lost, or its end. */
  readonly isTruncated: boolean;
  readonly isCut: boolean;
}

/** @param device index into `Trace.devices`. */
export function leaksOf(trace: Trace, device: number): Leaks {
  const timeline = timelineOf(trace, device);
  const {source, iterations} = timeline.iterations;
  const whole = iterations.filter(iteration => iteration.whole);
  const looked = whole.slice(-MOST_ITERATIONS);
  const numbers = looked.map(({number}) => number);
  const sites = sitesOf(timeline);
  const curves = curvesOf(timeline, sites, looked);
  const kept = curves.filter(isKept);
  const rest = curves.filter(curve => !isKept(curve));
  const changing = curves.filter(({live}) => isChanging(live)).length;
  return {
    by: sites.by,
    source,
    whole: whole.length,
    iterations: numbers,
    sites: kept.map(curve => siteOf(curve, numbers, changing)).sort(worstFirst),
    unchanged: {sites: rest.length, bytes: rest.reduce((sum, {live}) => sum + (live.at(-1) ?? 0), 0)},
    changing,
    total: judge(totalOf(timeline, looked), numbers, 1, null),
    isTruncated: trace.cuda?.devices[device]?.isTruncated ?? false,
    isCut: trace.isCut ?? false,
  };
}

function totalOf({live}: DeviceTimeline, iterations: readonly {readonly endEvent: number}[]): number[] {
  return iterations.map(({endEvent}) => live[endEvent]!);
}

const isChanging = (live: readonly number[]): boolean => live.some(bytes => bytes !== live[0]);

const isKept = ({live, leftBlocks}: Curve): boolean =>
  isChanging(live) || leftBlocks.some(count => count > 0);

function siteOf(curve: Curve, numbers: readonly number[], changing: number): LeakSite {
  const {site, largest, blocks, leftBlocks, leftBytes} = curve;
  const left = Array.from(leftBlocks, (count, i) => ({blocks: count, bytes: leftBytes[i]!}));
  const lag = lagOf(curve);
  return {site, left, lag, largest, blocks, ...judge(curve.live, numbers, changing, lag)};
}

/** @param places where a trend may come up by chance. */
function judge(
  live: readonly number[],
  numbers: readonly number[],
  places: number,
  lag: number | null,
): JudgedCurve {
  // blocks that are held for some iterations fill up first
  const filled = live.slice(lag === null ? 0 : lag - 1);
  const {pairs, rises, slope} = trendOf(filled);
  const isTooFew = filled.length < FEWEST_ITERATIONS;
  const chance = isTooFew || rises <= 0 ? null : chanceOf(filled, rises);
  const level = isTooFew ? 'too few' : levelOf(filled, chance, places);
  const last = filled.findLastIndex((bytes, i) => i > 0 && bytes !== filled[i - 1]);
  const pattern = patternOf({live, filled, last, level, lag});
  return {
    live,
    grown: (live.at(-1) ?? 0) - (live[0] ?? 0),
    growth: slope,
    rose: live.filter((bytes, i) => i > 0 && bytes > live[i - 1]!).length,
    pairs,
    rises,
    chance,
    level,
    pattern,
    restsFrom: pattern === 'settled' ? numbers[live.length - filled.length + last]! : null,
  };
}

function levelOf(values: readonly number[], chance: Chance | null, places: number): TrendLevel {
  if (!chance || !risesToTheEnd(values)) return 'none';
  if (isBelow(chance, STRONG, places)) return 'strong';
  return isBelow(chance, WEAK, places) ? 'weak' : 'none';
}

interface Shape {
  readonly live: readonly number[];
  /** Without the iterations in which held blocks fill up. */
  readonly filled: readonly number[];
  /** The last index of `filled` that differs from the one before; −1 where none does. */
  readonly last: number;
  readonly level: TrendLevel;
  readonly lag: number | null;
}

function patternOf({live, filled, last, level, lag}: Shape): LeakPattern {
  if (level === 'strong' || level === 'weak') return 'grows';
  if (lag !== null && (level === 'none' || last < 0)) return 'held';
  if (!isChanging(live)) return 'steady';
  if (level === 'too few') return 'unknown';
  const isRaised = filled.at(-1)! > filled[0]!;
  return isRaised && 2 * last <= filled.length ? 'settled' : 'varies';
}

/** The least lag that all iterations confirm which have so many after them: two at least, one of which left blocks behind. */
function lagOf({lags}: Curve): number | null {
  for (let lag = 1; lag <= lags.length - 2; lag++) {
    const judged = lags.subarray(0, lags.length - lag);
    if (judged.some(one => one > 0) && judged.every(one => one <= lag)) return lag;
  }
  return null;
}

const ORDER: readonly TrendLevel[] = ['strong', 'weak', 'too few', 'none'];

function worstFirst(a: LeakSite, b: LeakSite): number {
  return (
    ORDER.indexOf(a.level) - ORDER.indexOf(b.level) ||
    b.growth - a.growth ||
    b.grown - a.grown ||
    b.live.at(-1)! - a.live.at(-1)! ||
    (a.site.name < b.site.name ? -1 : a.site.name > b.site.name ? 1 : a.site.key - b.site.key)
  );
}

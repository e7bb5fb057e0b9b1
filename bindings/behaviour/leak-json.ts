/** What stays behind, and waits, as JSON: of the sites the first ones, and how many there are. */

import type {JudgedCurve, Leaks} from './leaks.ts';
import type {Site} from './sites.ts';
import type {Chance} from './trend.ts';
import type {Waits} from './waits.ts';

/** @param most sites that are listed. */
export function leaksJson(leaks: Leaks, most: number): object {
  const {by, whole, iterations, sites, unchanged, changing, total, isTruncated, isCut} = leaks;
  return {
    by,
    whole,
    iterations,
    isTruncated,
    isCut,
    changing,
    total: curveJson(total),
    sites: sites.slice(0, most).map(({site, left, lag, blocks, largest, ...curve}) => ({
      ...siteJson(site),
      ...curveJson(curve),
      left,
      lag,
      blocks,
      largest,
    })),
    moreSites: Math.max(0, sites.length - most),
    unchanged,
  };
}

function curveJson({
  live,
  grown,
  growth,
  rose,
  pairs,
  rises,
  chance,
  level,
  pattern,
  restsFrom,
}: JudgedCurve) {
  const judged = chance ? chanceJson(chance) : null;
  return {live, grown, growth, rose, pairs, rises, chance: judged, level, pattern, restsFrom};
}

/** Orders may be above 2^53: they are texts. */
function chanceJson({asStrong, orders}: Chance): object {
  return {asStrong: String(asStrong), orders: String(orders)};
}

const siteJson = ({by, name, operation}: Site): object => ({by, name, operation});

/** @param most sites that are listed. */
export function waitsJson(found: Waits, most: number): object {
  const {waits, sites, most: bytes, mostMoment, peak, peakMoment, atPeak, peakWithout} = found;
  return {
    count: waits.length,
    open: waits.filter(({isOpen}) => isOpen).length,
    most: bytes,
    mostMoment,
    peak,
    peakMoment,
    atPeak,
    peakWithout,
    sites: sites
      .slice(0, most)
      .map(({site, count, most: own, atPeak: there, events, microseconds, largest}) => ({
        ...siteJson(site),
        count,
        most: own,
        atPeak: there,
        events,
        microseconds,
        largest,
      })),
    moreSites: Math.max(0, sites.length - most),
  };
}

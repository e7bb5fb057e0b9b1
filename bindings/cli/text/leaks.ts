/** What stays behind from iteration to iteration, and frees that waited, as lines of text. */
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {
  describeLeaks,
  describeLevels,
  describeLongest,
  describeMissing,
  describePattern,
  describeWaits,
  describeWaitsAtPeak,
  growingSites,
  HOW_TO_MARK,
  type LeakSite,
  type Leaks,
  nameOfSite,
  type WaitSite,
  type Waits,
} from '../../trace.ts';

const SITES_SHOWN = 8;

/** Only what matters: sites that grow, and waits that are part of the peak. */
export function leakLines(leaks: Leaks, waits: Waits): string[] {
  const growing = growingSites(leaks);
  return [
    ...(growing.length > 0
      ? [
          `leaks: ${describeLeaks(leaks)}`,
          ...shown(growing, SITES_SHOWN).map(siteLine),
          ...more(growing.length, SITES_SHOWN),
          ...describeMissing(leaks).map(text => `  ${text}`),
        ]
      : []),
    ...(waits.atPeak > 0
      ? [
          `waiting frees: ${describeWaitsAtPeak(waits)}`,
          ...shown(waits.sites, SITES_SHOWN).map(waitLine),
          ...more(waits.sites.length, SITES_SHOWN),
        ]
      : []),
  ];
}

/** All of both, with what the words mean. */
export function allLeakLines(leaks: Leaks, waits: Waits): string[] {
  const {sites, unchanged} = leaks;
  const others =
    unchanged.sites > 0
      ? [
          `  ${plural(unchanged.sites, 'other site')}, ${formatBytes(unchanged.bytes)}: the same after each iteration`,
        ]
      : [];
  return [
    `leaks: ${describeLeaks(leaks)}`,
    ...(leaks.whole === 0 ? [`  ${HOW_TO_MARK}`] : []),
    ...describeMissing(leaks).map(text => `  ${text}`),
    ...(growingSites(leaks).length > 0 ? [`  ${describeLevels(leaks)}`] : []),
    ...sites.flatMap(site => [
      siteLine(site),
      `      live after each: ${site.live.map(formatCount).join(', ')} B`,
    ]),
    ...others,
    `waiting frees: ${describeWaits(waits)}`,
    ...(waits.waits.length > 0 ? [`  ${describeWaitsAtPeak(waits)}`] : []),
    ...waits.sites.map(waitLine),
  ];
}

const shown = <T>(list: readonly T[], most: number): readonly T[] => list.slice(0, most);

function more(count: number, most: number): string[] {
  return count > most ? [`    … ${formatCount(count - most)} more; --leaks shows all`] : [];
}

function siteLine(site: LeakSite): string {
  const {growth, grown, blocks, live, rose} = site;
  const rate = site.pattern === 'grows' ? `${formatBytes(growth)} per iteration, ` : '';
  const steps = rose > 0 ? `, rose ${formatCount(rose)} of ${plural(live.length - 1, 'time')}` : '';
  return `    ${rate}${formatSigned(grown)} in all${steps}; ${plural(blocks, 'block')}, ${formatBytes(live.at(-1) ?? 0)} at the end: ${nameOfSite(site)}: ${describePattern(site)}`;
}

/** `+8 B`, `−8 B`, `0 B`. */
function formatSigned(bytes: number): string {
  const sign = bytes > 0 ? '+' : bytes < 0 ? '−' : '';
  return `${sign}${formatBytes(Math.abs(bytes))}`;
}

function waitLine(site: WaitSite): string {
  const {count, most, atPeak} = site;
  return `    ${formatBytes(atPeak)} at the peak, ${formatBytes(most)} at most, ${plural(count, 'free')}, ${describeLongest(site)}: ${nameOfSite(site)}`;
}

/** Memory behaviour as lines of text. */

import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import type {BehaviourReport, Breakdown} from '../../trace.ts';

const GROUPS_SHOWN = 8;
const DEVIATIONS_SHOWN = 5;

export function behaviourLines(report: BehaviourReport): string[] {
  return [
    ...(report.time.isTrustworthy ? [] : [`wall time is not trustworthy: ${report.time.reason}`]),
    ...lifetimeLines(report),
    ...peakLines(report),
    ...intervalLines(report),
    ...swapLines(report),
  ];
}

function lifetimeLines({lifetimes, blocksPerIteration, stability}: BehaviourReport): string[] {
  const classes = Object.entries(lifetimes).filter(([, {blocks}]) => blocks > 0);
  const texts = classes.map(
    ([name, {blocks, bytes}]) => `${formatCount(blocks)} ${name}, ${formatBytes(bytes)}`,
  );
  return [
    ...(texts.length > 0 ? [`lifetimes: ${texts.join('; ')}`] : []),
    ...(stability.compared > 0 ? stabilityLines(blocksPerIteration, stability) : []),
  ];
}

function stabilityLines(counts: readonly number[], stability: BehaviourReport['stability']): string[] {
  const {compared, majority, events, growth, deviations} = stability;
  const least = counts.reduce((a, b) => Math.min(a, b));
  const most = counts.reduce((a, b) => Math.max(a, b));
  const range = least === most ? formatCount(least) : `${formatCount(least)} to ${formatCount(most)}`;
  const growing = growth === 0 ? '' : `; live bytes grow by ${formatBytes(growth)} over all iterations`;
  return [
    `stability: ${majority} of ${plural(compared, 'complete iteration')} have the same ${plural(events, 'event')}; ${range} blocks each${growing}`,
    ...deviations
      .slice(0, DEVIATIONS_SHOWN)
      .map(
        ({number, position, expected, found}) =>
          `  iteration ${number} differs at event ${formatCount(position)}: ${describe(found)} instead of ${describe(expected)}`,
      ),
  ];
}

function describe(event: {kind: string; bytes: number} | null): string {
  return event ? `${event.kind} of ${formatCount(event.bytes)} B` : 'its end';
}

function peakLines({peak, iteration}: BehaviourReport): string[] {
  const {byLifetime, byContent, byOperation, byFrame} = peak;
  const where = iteration === null ? 'of the recording' : `of iteration ${iteration}`;
  const at = `after event ${formatCount(Math.max(0, byLifetime.peakEvent))}`;
  // a single group without a name says nothing
  const isNamed = ({groups}: Breakdown) => groups.some(({name, peakBytes}) => name !== '' && peakBytes > 0);
  const persistent = byLifetime.groups.find(({name}) => name === 'persistent')?.peakBytes ?? 0;
  const rest =
    persistent > 0 ? `; ${formatBytes(byLifetime.peakBytes - persistent)} of it not persistent` : '';
  return [
    `peak ${where}: ${formatBytes(byLifetime.peakBytes)}, ${at}${rest}`,
    ...groupLines('lifetime', byLifetime),
    ...(byContent ? groupLines('content', byContent) : []),
    ...(isNamed(byOperation) ? groupLines('operation', byOperation) : []),
    ...(byFrame && isNamed(byFrame) ? groupLines('source frame', byFrame) : []),
  ];
}

function groupLines(by: string, {groups, peakBytes}: Breakdown): string[] {
  const shown = groups.filter(group => group.peakBytes > 0);
  const lines = shown.slice(0, GROUPS_SHOWN).map(group => {
    const share = ((100 * group.peakBytes) / peakBytes).toFixed(1);
    return `    ${share.padStart(5)} %  ${formatBytes(group.peakBytes)}, ${plural(group.peakBlocks, 'block')}: ${group.name || 'unknown'}`;
  });
  const more = shown.length - lines.length;
  return [`  by ${by}`, ...lines, ...(more > 0 ? [`    … ${more} more`] : [])];
}

function intervalLines({intervals, reads, writes, time}: BehaviourReport): string[] {
  if (!intervals) return [];
  const kinds = Object.entries(intervals.kinds).map(([kind, count]) => `${kind} ${formatCount(count)}`);
  const shares = intervals.percentiles.map(({percent, events, microseconds}) => {
    const clock = time.isTrustworthy ? ` (${microseconds.toFixed(1)} µs)` : '';
    return `${percent} % ${formatCount(events)}${clock}`;
  });
  const {outliers} = intervals;
  const unit = outliers.unit === 'us' ? 'µs' : 'events';
  return [
    `accesses: ${plural(reads, 'read')}, ${plural(writes, 'write')}; ${plural(intervals.count, 'interval')}: ${kinds.join(', ')}`,
    ...(shares.length > 0 ? [`  events between accesses: ${shares.join(', ')}`] : []),
    `  outliers: ${formatCount(outliers.count)} of at least ${formatCount(outliers.leastLength)} ${unit} and ${formatBytes(outliers.leastBytes)}`,
    ...outliers.first.map(
      ({block, bytes, kind, events, operation}) =>
        `    block ${block}, ${formatBytes(bytes)}, ${kind}, ${plural(events, 'event')}${operation ? `, ${operation}` : ''}`,
    ),
  ];
}

function swapLines({swap, time}: BehaviourReport): string[] {
  if (!swap) return [];
  const {bandwidths, intervals, largestBytes, schedule} = swap;
  const rates = `${bandwidths.out / 1e9} GB/s out and ${bandwidths.in / 1e9} GB/s in`;
  const doubt = time.isTrustworthy ? '' : ', by wall times that are not trustworthy';
  const lines = [
    `swapping: ${plural(intervals, 'interval')} long enough to swap without a stall, blocks of up to ${formatBytes(largestBytes)}, at ${rates}${doubt}`,
  ];
  if (!schedule) return lines;
  const {limit, isMet, missing, swaps, moved, stall, duration, peak} = schedule;
  if (!isMet)
    return [
      ...lines,
      `  ${formatBytes(limit)} cannot be reached by swapping: ${formatBytes(missing)} too much remains`,
    ];
  const share = duration === 0 ? '0' : ((100 * stall) / duration).toFixed(2);
  return [
    ...lines,
    `  within ${formatBytes(limit)}: ${plural(swaps, 'swap')}, ${formatBytes(moved)} moved out, peak ${formatBytes(peak)}, stall ${(stall / 1000).toFixed(1)} ms (${share} %)${doubt}`,
  ];
}

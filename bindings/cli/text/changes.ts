/** Changes and what they do: lines for a person, and the `changes` of `stowage.plan/1`. */
import {type ChangeEffect, describeChange, type ListedChange} from '../../index.ts';
import {formatBytes, formatShortBytes, plural} from '../../model/quantities.ts';
import type {ChangedPlan, ChangesReport} from '../planning/changes.ts';

/** Documented in `docs/changes.md`. */
export interface ChangesJson {
  readonly name?: string;
  readonly categories: ChangesReport['categories'];
  readonly before: ChangedPlan;
  readonly together: ChangedPlan;
  readonly single: readonly ChangeJson[];
  readonly recoverable?: ChangesReport['recoverable'];
}

interface ChangeJson extends Omit<ChangeEffect, 'index' | 'refused'> {
  readonly change: ListedChange;
  readonly alone: ChangedPlan | null;
}

export function changesJson({
  name,
  categories,
  before,
  together,
  single,
  recoverable,
}: ChangesReport): ChangesJson {
  return {
    ...(name === undefined ? {} : {name}),
    categories,
    before,
    together,
    single: single.map(({effect: {index: _, refused: __, ...effect}, alone = null}) => ({...effect, alone})),
    ...(recoverable ? {recoverable} : {}),
  };
}

export function changesLines({
  name,
  categories,
  before,
  together,
  single,
  recoverable,
}: ChangesReport): string[] {
  return [
    '',
    `at the peak  ${categories.map(describeCategory).join('; ') || 'nothing'}`,
    `changes      ${name === undefined ? plural(single.length, 'change') : `${name}: ${plural(single.length, 'change')}`}`,
    ...single.flatMap(({effect, alone}) => changeLines(effect, alone, before)),
    `together     peak ${describePeak(together, before)}`,
    `needed       ${describeNeed(before)} without changes`,
    `             ${describeNeed(together)} with them, ${difference(together.needed, before.needed)}`,
    ...(recoverable
      ? [
          `recoverable  of what was reserved: ${describeRecoverable(recoverable.before)} without changes, ${describeRecoverable(recoverable.after)} with them`,
        ]
      : []),
  ];
}

/** Changes whose selection matched nothing, for warnings. */
export function unmatched({single}: ChangesReport): string[] {
  return single
    .filter(({effect}) => !hasEffect(effect))
    .map(({effect}) => `${describeChange(effect.change)}: nothing here is selected, so it changes nothing`);
}

function hasEffect({buffers, persistent}: ChangeEffect): boolean {
  return buffers > 0 || persistent.count > 0;
}

function describeCategory({category, atPeak, persistent}: ChangesReport['categories'][number]): string {
  const beside = persistent.bytes > 0 ? ` + ${formatShortBytes(persistent.bytes)} persistent` : '';
  return `${category} ${formatShortBytes(atPeak.bytes)}${beside}`;
}

function changeLines(effect: ChangeEffect, alone: ChangedPlan | undefined, before: ChangedPlan): string[] {
  const {change, buffers, bytes, atPeak, persistent, assumptions} = effect;
  const kept = persistent.count > 0 ? `, ${formatShortBytes(persistent.bytes)} persistent` : '';
  const matched = `${plural(buffers, 'buffer')}, ${formatShortBytes(bytes)}, ${formatShortBytes(atPeak.bytes)} at the peak${kept}`;
  return [
    `  ${describeChange(change)}: ${hasEffect(effect) ? matched : 'nothing is selected'}`,
    ...(alone && hasEffect(effect)
      ? [`    alone: peak ${describePeak(alone, before)}; needed ${difference(alone.needed, before.needed)}`]
      : []),
    ...assumptions.map(text => `    ${text}`),
  ];
}

function describePeak({peak, lowerBound, isProven}: ChangedPlan, before: ChangedPlan): string {
  const proof = isProven ? 'proven' : `at least ${formatShortBytes(lowerBound)}`;
  return `${formatBytes(peak)}, ${proof}, ${difference(peak, before.peak)}`;
}

function describeNeed({needed, peak, persistent, stays}: ChangedPlan): string {
  const staying = stays > 0 ? ` + ${formatShortBytes(stays)} that stay` : '';
  return `${formatBytes(needed)}: peak ${formatShortBytes(peak)} + persistent ${formatShortBytes(persistent)}${staying}`;
}

function describeRecoverable(bytes: number | null): string {
  return bytes === null ? 'not known' : formatBytes(bytes);
}

/** `1.2 MiB less (−12.3 %)`. */
function difference(after: number, before: number): string {
  if (after === before) return 'the same';
  const part =
    before > 0
      ? ` (${after < before ? '−' : '+'}${((100 * Math.abs(after - before)) / before).toFixed(1)} %)`
      : '';
  return `${formatShortBytes(Math.abs(after - before))} ${after < before ? 'less' : 'more'}${part}`;
}

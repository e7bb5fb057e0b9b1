/** What a reader of a run must know beside its figures. */
import {formatCount, plural} from '../model/quantities.ts';
import {cut, listNames} from '../model/shown.ts';
import type {Analysed} from './analysed.ts';
import type {RunSource} from './result.ts';
import type {Rank, Run} from './run.ts';

/** Warnings of recordings that are repeated, the most frequent first. */
const MOST_REPEATED = 10;
/** Names in one warning. */
const MOST_NAMES = 5;

export function warningsOf(
  folder: RunSource,
  all: readonly Analysed[],
  run: Pick<Run, 'versions'>,
): string[] {
  return [
    ...(folder.damage ?? []),
    ...unannounced(folder),
    ...mixedVersions(run.versions),
    ...mixedOptions(all),
    ...duplicates(all.map(({rank}) => rank)),
    ...notRecordings(all),
    ...reservedUnknown(all),
    ...repeated(all),
  ];
}

function unannounced({shares, files}: RunSource): string[] {
  if (shares.length > 0 || files.length === 0) return [];
  return ['no share says which files belong to the run, so files that are missing are not known'];
}

function mixedVersions(versions: readonly string[]): string[] {
  if (versions.length < 2) return [];
  return [
    `the results are of ${formatCount(versions.length)} versions of stowage (${listNames(versions, MOST_NAMES)}), whose figures may differ: run the batch again with one of them`,
  ];
}

function mixedOptions(all: readonly Analysed[]): string[] {
  const names = new Set(all.flatMap(({result}) => Object.keys(result?.options ?? {})));
  const common = commonOptions(all);
  const mixed = [...names].filter(name => !Object.hasOwn(common, name)).sort();
  if (mixed.length === 0) return [];
  return [
    `files were analysed with different options (${listNames(mixed, MOST_NAMES)}), so their figures may not be comparable`,
  ];
}

/** The options that all results have, with the same value. */
export function commonOptions(all: readonly Analysed[]): Record<string, unknown> {
  const given = all.flatMap(({result}) => (result ? [result.options] : []));
  const [first, ...others] = given;
  const isCommon = ([name, value]: [string, unknown]): boolean =>
    others.every(one => Object.hasOwn(one, name) && JSON.stringify(one[name]) === JSON.stringify(value));
  return Object.fromEntries(Object.entries(first ?? {}).filter(isCommon));
}

function duplicates(ranks: readonly Rank[]): string[] {
  const files = new Map<number, string[]>();
  for (const {rank, file} of ranks) {
    if (rank === null) continue;
    const own = files.get(rank);
    if (own) own.push(file);
    else files.set(rank, [file]);
  }
  const twice = [...files].filter(([, names]) => names.length > 1);
  if (twice.length === 0) return [];
  const [rank, names] = twice[0]!;
  const more = twice.length === 1 ? '' : `, and so on for ${plural(twice.length - 1, 'further rank')}`;
  return [
    `${plural(names.length, 'file')} are of rank ${rank} (${listNames(names, MOST_NAMES)})${more}: each counts as a rank of its own; a manifest can state the ranks`,
  ];
}

function notRecordings(all: readonly Analysed[]): string[] {
  const others = all.filter(({result}) => result && !result.failure && !result.recording);
  if (others.length === 0) return [];
  const names = others.map(({file}) => file.name);
  const are = names.length === 1 ? 'is no recording' : 'are no recordings';
  return [
    `${plural(names.length, 'file')} ${are} (${listNames(names, MOST_NAMES)}) and in no group: a problem or a model has no rank`,
  ];
}

/** Then no rank is compared with another by reserved bytes. */
function reservedUnknown(all: readonly Analysed[]): string[] {
  const recordings = all.flatMap(({result}) => result?.recording ?? []);
  const unknown = recordings.filter(({reserved}) => reserved === null).length;
  if (unknown === 0 || unknown === recordings.length) return [];
  return [
    `${formatCount(unknown)} of ${plural(recordings.length, 'recording')} ${unknown === 1 ? 'does' : 'do'} not show reserved bytes, so ranks are compared by live bytes`,
  ];
}

/** Warnings of the analysis of each file, equal ones once. */
function repeated(all: readonly Analysed[]): string[] {
  const files = new Map<string, string[]>();
  for (const {file, result} of all) {
    for (const warning of new Set(result?.warnings)) {
      const own = files.get(warning);
      if (own) own.push(file.name);
      else files.set(warning, [file.name]);
    }
  }
  // a stable sort: of equals, that of the first rank
  const sorted = [...files].sort(([, a], [, b]) => b.length - a.length);
  const left = sorted.length - MOST_REPEATED;
  return [
    ...sorted
      .slice(0, MOST_REPEATED)
      .map(([warning, [first, ...others]]) =>
        others.length === 0
          ? `${cut(first!)}: ${warning}`
          : `${cut(first!)} and ${plural(others.length, 'further file')}: ${warning}`,
      ),
    ...(left > 0 ? [`${plural(left, 'further warning')} of single files: their results have them`] : []),
  ];
}

/** The heading of a run. */
import {formatCount, plural} from '../model/quantities.ts';
import type {Run} from './run.ts';

export function describeRun({ranks, groups, versions, missing}: Run): {
  readonly title: string;
  readonly source: string;
} {
  const waiting = new Set(missing.files);
  const analysed = ranks.filter(({failure, file}) => failure === null && !waiting.has(file)).length;
  return {
    title: `Run of ${plural(ranks.length, 'rank')}`,
    source: `${formatCount(analysed)} of ${plural(ranks.length, 'rank')} analysed, ${plural(groups.length, 'group')}; stowage ${versions.join(', ')}`,
  };
}

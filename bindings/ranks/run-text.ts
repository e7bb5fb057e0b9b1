/** The heading of a run. */
import {formatCount, plural} from '../model/quantities.ts';
import type {Run} from './run.ts';

export function describeRun({ranks, groups, versions}: Run): {
  readonly title: string;
  readonly source: string;
} {
  const analysed = ranks.filter(({failure}) => failure === null).length;
  return {
    title: `Run of ${plural(ranks.length, 'rank')}`,
    source: `${formatCount(analysed)} of ${plural(ranks.length, 'rank')} analysed, ${plural(groups.length, 'group')}; stowage ${versions.join(', ')}`,
  };
}

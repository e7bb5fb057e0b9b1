/** A run as CSV: a row per rank, in the run's order. What is not known is an empty cell. */
import type {Table} from '../pictures/index.ts';
import {tableCsv} from '../report/table.ts';
import type {Rank, Run} from './run.ts';

type Cell = string | number;
type Column = Table['columns'][number] & {readonly of: (rank: Rank, index: number) => Cell | null};

export function runCsv(run: Run): Generator<string, void, undefined> {
  const columns = columnsOf(run);
  return tableCsv({
    columns,
    count: run.ranks.length,
    row: index => columns.map(({of}) => of(run.ranks[index]!, index) ?? ''),
  });
}

function columnsOf({ranks, groups}: Run): Column[] {
  const coordinates = [...new Set(ranks.flatMap(rank => Object.keys(rank.coordinates)))].sort();
  const typical = new Set(groups.map(group => group.typical));
  const reasons = new Map(
    groups.flatMap(({outliers}) => outliers.map(({rank, reasons: own}) => [rank, own.join(' ')] as const)),
  );
  const bytes = (name: string, of: (rank: Rank) => number | null): Column => ({name, unit: 'bytes', of});
  return [
    {name: 'rank', of: ({rank}) => rank},
    {name: 'file', of: ({file}) => file},
    ...coordinates.map((name): Column => ({name, of: rank => rank.coordinates[name] ?? null})),
    {name: 'group', of: ({group}) => (group === null ? null : groups[group]!.name)},
    {name: 'typical', of: (_, index) => (typical.has(index) ? 'yes' : '')},
    {name: 'outlier', of: (_, index) => reasons.get(index) ?? ''},
    {name: 'device', of: ({device}) => device},
    bytes('peak', ({peak}) => peak),
    bytes('reserved', ({reserved}) => reserved),
    bytes('planned', ({planned}) => planned),
    {name: 'proven', of: ({planned, isProven}) => (planned === null ? '' : isProven ? 'yes' : 'no')},
    bytes('recoverable', ({recoverable}) => recoverable),
    bytes('growth per iteration', ({growth}) => growth),
    {name: 'verdict', of: ({verdict}) => verdict},
    {name: 'time', unit: 'microseconds', of: ({microseconds}) => microseconds},
    {name: 'failure', of: ({failure}) => failure},
  ];
}

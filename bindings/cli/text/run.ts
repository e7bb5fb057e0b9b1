/** A run of many ranks as lines of text. */
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {listNames} from '../../model/shown.ts';
import type {Rank, RankGroup, RankOutlier, Run} from '../../report.ts';
import {formatChange, limited} from './diff.ts';
import {type Cell, type Table, tableLines} from './table.ts';

const MOST_NAMES = 5;

/** @param top ranks, groups and outliers that are listed, each; the rest is summed. */
export function runLines(folder: string, run: Run, top: number): string[] {
  return [
    headLine(folder, run),
    ...missingLines(run),
    ...limitLines(run),
    ...settingLines(run),
    ...(run.groups.length > 0 ? tableLines(groupTable(run, top)) : []),
    ...outlierLines(run, top),
    ...growthLines(run),
    ...(run.ranks.length > 0 ? tableLines(rankTable(run, top)) : []),
  ];
}

function headLine(folder: string, {ranks, groups}: Run): string {
  const failed = ranks.filter(({failure}) => failure !== null).length;
  const analysed = ranks.filter(({group}) => group !== null).length;
  const counts = [
    `${plural(analysed, 'recording')} in ${plural(groups.length, 'group')}`,
    ...(failed > 0 ? [`${plural(failed, 'file')} could not be read`] : []),
  ];
  return `read         ${folder}: ${plural(ranks.length, 'file')}: ${counts.join(', ')}`;
}

function missingLines({missing: {shares, files}, ranks}: Run): string[] {
  const failed = ranks.filter(({failure}) => failure !== null);
  return [
    ...(shares.length > 0
      ? [
          `missing      ${plural(shares.length, 'share')} not begun: ${listNames(shares.map(String), MOST_NAMES)}`,
        ]
      : []),
    ...(files.length > 0
      ? [`missing      ${plural(files.length, 'file')} without a result: ${listNames(files, MOST_NAMES)}`]
      : []),
    ...failed.slice(0, MOST_NAMES).map(({file, failure}) => `failed       ${file}: ${failure}`),
    ...(failed.length > MOST_NAMES
      ? [`failed       ${plural(failed.length - MOST_NAMES, 'further file')}`]
      : []),
  ];
}

/** `rank 3`, or the file where it has no number. */
export function nameOfRank({rank, file}: Pick<Rank, 'rank' | 'file'>): string {
  return rank === null ? file : `rank ${rank}`;
}

function limitLines({limit, ranks}: Run): string[] {
  if (!limit) return [];
  const {reason, bytes, next} = limit;
  const name = limit.rank === null ? limit.file : `rank ${limit.rank} (${limit.file})`;
  const failed = ranks.filter(({verdict}) => verdict !== null).length;
  switch (reason) {
    case 'failed-request': {
      const {verdict} = ranks.find(({file}) => file === limit.file)!;
      const others = failed > 1 ? `, most of ${plural(failed, 'rank')} in which one failed` : '';
      return [
        `limited by   ${name}: a request failed with ${formatBytes(bytes)} live and requested${others}; ${VERDICTS[verdict ?? 'unknown']}`,
      ];
    }
    case 'reserved':
      return [`limited by   ${name}: it reserves most, ${formatBytes(bytes)}${nextWords(next)}`];
    case 'peak':
      return [
        `limited by   ${name}: it has most live bytes, ${formatBytes(bytes)}${nextWords(next)}; what is reserved is not known of all ranks`,
      ];
  }
}

const VERDICTS: Readonly<Record<NonNullable<Rank['verdict']>, string>> = {
  capacity: 'that is more than the memory, under any allocator',
  fragmentation: 'a plan of its whole recording fits, with the request',
  unknown: 'whether a plan fits is not shown',
};

function nextWords(next: number | null): string {
  return next === null ? '' : `; the next rank ${formatBytes(next)}`;
}

function settingLines({setting, ranks}: Run): string[] {
  if (!setting) return [];
  const {allocator, reserved, failed, served, file, recorded} = setting;
  const rank = ranks.find(one => one.file === file)!;
  const requests = [
    ...(served > 0 ? [`serves ${plural(served, 'request')} that failed`] : []),
    ...(failed > 0 ? [`cannot serve ${plural(failed, 'request')}`] : []),
  ];
  return [
    `setting      ${allocator}: the model reserves ${formatBytes(reserved)} at most in ${nameOfRank(rank)}, where ${formatBytes(recorded)} were recorded${requests.map(one => `, and ${one}`).join('')}`,
  ];
}

function groupTable({groups, ranks}: Run, top: number): Table {
  const {shown, rest} = limited(groups, top);
  const sum = (list: readonly RankGroup[], of: (group: RankGroup) => number): number =>
    list.reduce((all, one) => all + of(one), 0);
  const row = (list: readonly RankGroup[], name: Cell, typical: Rank | undefined): Cell[] => [
    name,
    plural(
      sum(list, ({members}) => members.length),
      'rank',
    ),
    typical ? typicalName(typical) : '',
    typical ? bytesOf(typical.peak) : '',
    typical ? bytesOf(typical.reserved) : '',
    plural(
      sum(list, ({outliers}) => outliers.length),
      'outlier',
    ),
  ];
  return {
    title: 'groups of ranks that do the same: their typical rank, its most live bytes, its reserved bytes',
    head: ['group', 'ranks', 'typical', 'peak', 'reserved', 'outliers'],
    right: [1, 3, 4, 5],
    rows: [
      ...shown.map(group => row([group], {name: group.name}, ranks[group.typical])),
      ...(rest.length > 0 ? [row(rest, plural(rest.length, 'further group'), undefined)] : []),
    ],
  };
}

function typicalName(rank: Rank): Cell {
  return rank.rank === null ? {name: rank.file} : `rank ${rank.rank}`;
}

function bytesOf(bytes: number | null): string {
  return bytes === null ? 'unknown' : formatBytes(bytes);
}

function outlierLines(run: Run, top: number): string[] {
  const all = run.groups.flatMap(group => group.outliers.map(outlier => ({group, outlier})));
  const {shown, rest} = limited(all, top);
  return [
    ...shown.flatMap(({group, outlier}) => linesOfOutlier(run, group, outlier)),
    ...(rest.length > 0 ? [`outlier      ${plural(rest.length, 'further rank')}`] : []),
  ];
}

/** Operations of one outlier in the text; JSON has ten. */
const MOST_OPERATIONS = 3;

function linesOfOutlier({ranks}: Run, group: RankGroup, {rank, reasons, operations}: RankOutlier): string[] {
  const [own, typical] = [ranks[rank]!, ranks[group.typical]!];
  const figures = reasons.map(reason => {
    switch (reason) {
      case 'structure':
        return 'other sites or counts of allocations';
      case 'failed-request':
        return 'a request failed';
      case 'growth':
        return `grows by ${bytesOf(own.growth)} per iteration`;
      default:
        return `${reason} ${bytesOf(own[reason])}, typical ${bytesOf(typical[reason])}`;
    }
  });
  const changes = operations.slice(0, MOST_OPERATIONS).map(({name, before, after}): Cell[] => {
    const isLive = after.liveBytes !== before.liveBytes;
    const change = isLive ? after.liveBytes - before.liveBytes : after.bytes - before.bytes;
    return [
      {name},
      change === 0 ? `${formatCount(after.blocks - before.blocks)} blocks` : formatChange(change),
      isLive ? 'live at the peak' : 'in all blocks of the window',
    ];
  });
  const beside = own === typical ? '' : `, beside ${nameOfRank(typical)}`;
  const lines = tableLines({title: '', head: [], right: [1], rows: changes}).slice(1);
  return [`outlier      ${nameOfRank(own)} of group ${group.name}${beside}: ${figures.join('; ')}`, ...lines];
}

function growthLines({growing, ranks}: Run): string[] {
  const count = ranks.filter(({growth}) => growth !== null && growth > 0).length;
  const unknown = ranks.filter(({group, growth}) => group !== null && growth === null).length;
  const [worst] = growing;
  return [
    ...(worst
      ? [
          `growth       ${plural(count, 'rank')} ${count === 1 ? 'grows' : 'grow'} from iteration to iteration, ${nameOfRank(ranks[worst.rank]!)} most: by ${bytesOf(ranks[worst.rank]!.growth)} per iteration, over its last ${formatCount(worst.liveAfter.length)} whole ones`,
        ]
      : []),
    ...(unknown > 0
      ? [`growth       not known of ${plural(unknown, 'rank')} with fewer than three whole iterations`]
      : []),
  ];
}

function rankTable({ranks, groups}: Run, top: number): Table {
  // as for the limit: by reserved bytes only where they are known of all
  const isReserved = ranks.every(({group, reserved}) => group === null || reserved !== null);
  const needOf = ({reserved, peak}: Rank): number => (isReserved ? reserved : peak) ?? -1;
  // a stable sort: of equals, the first rank
  const sorted = [...ranks].sort((a, b) => needOf(b) - needOf(a));
  const {shown, rest} = limited(sorted, top);
  const most = rest[0] && needOf(rest[0]) >= 0 ? `at most ${formatBytes(needOf(rest[0]))}` : '';
  return {
    title: `ranks, those that ${isReserved ? 'reserve most' : 'have most live'} first: most live, reserved, planned, recoverable of the whole recording`,
    head: ['rank', 'peak', 'reserved', 'planned', 'recoverable', 'verdict', 'group', 'file'],
    right: [0, 1, 2, 3, 4],
    rows: [
      ...shown.map((rank): Cell[] => [
        rank.rank === null ? '' : String(rank.rank),
        bytesOf(rank.peak),
        bytesOf(rank.reserved),
        bytesOf(rank.planned) + (rank.isProven ? ' (proven)' : ''),
        bytesOf(rank.recoverable),
        rank.failure === null ? (rank.verdict ?? '') : 'failed',
        rank.group === null ? '' : {name: groups[rank.group]!.name},
        {name: rank.file},
      ]),
      ...(rest.length > 0
        ? [
            [
              '',
              ...(isReserved ? ['', most] : [most, '']),
              '',
              '',
              '',
              '',
              plural(rest.length, 'further rank'),
            ],
          ]
        : []),
    ],
  };
}

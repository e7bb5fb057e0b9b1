/** The ranks by group: what each held, on an axis that begins near the least of them. */
import {formatBytes, formatCount, formatShortBytes, plural} from '../../model/quantities.ts';
import {REST} from '../../pictures/palette.ts';
import {type Mark, type Picture, type Series, SHAPES} from '../../pictures/picture.ts';
import {heldBytes, rankName, rankRanges} from '../rank-text.ts';
import type {Run} from '../run.ts';
import {groupBorders, outliersOf, pointsAt, rankAxis} from './axis.ts';
import {describeRank} from './memory.ts';

/** Groups with a colour of their own: the largest. One colour is for outliers, one for the rest. */
const MOST_COLOURED = 6;
const OUTLIER_COLOUR = 6;
/** Outliers with a text beside them. */
const MOST_TEXTS = 8;

/** @returns a picture without marks where no rank was analysed. */
export function rankGroupsPicture(run: Run): Picture {
  const {ranks, groups} = run;
  const order = groups.map((_, i) => i).sort((a, b) => sizeOf(run, b) - sizeOf(run, a) || a - b);
  const shown = order.slice(0, MOST_COLOURED);
  const outliers = new Set(outliersOf(run));
  const series: Series[] = [
    ...shown.map((group, colour) => ({name: `group ${groups[group]!.name}`, colour})),
    ...(order.length > shown.length
      ? [{name: `${plural(order.length - shown.length, 'other group')}`, colour: REST}]
      : []),
    ...(outliers.size > 0 ? [{name: 'outlier of its group', colour: OUTLIER_COLOUR}] : []),
  ];
  const seriesOf = (group: number) => {
    const at = shown.indexOf(group);
    return at < 0 ? shown.length : at;
  };
  const points = ranks.flatMap((one, rank) => {
    const y = heldBytes(one);
    return y === null || one.group === null
      ? []
      : [{rank, y, series: outliers.has(rank) ? series.length - 1 : seriesOf(one.group)}];
  });
  // the outliers last, over all others
  points.sort((a, b) => Number(outliers.has(a.rank)) - Number(outliers.has(b.rank)) || a.rank - b.rank);
  const shapes = series.map((_, k) =>
    outliers.size > 0 && k === series.length - 1 ? SHAPES.indexOf('cross') : k % SHAPES.indexOf('cross'),
  );
  return {
    name: 'rank-groups',
    title: 'Ranks by group, and the outliers',
    description: describeGroups(run),
    x: rankAxis(run),
    y: {
      label: 'the most that was held',
      unit: 'bytes',
      scale: 'linear',
      domain: domainOf(points.map(({y}) => y)),
    },
    series,
    layers: [
      {kind: 'rules', rules: groupBorders(run)},
      pointsAt(points, shapes, rank => describeRank(run, rank)),
      {kind: 'marks', marks: outlierMarks(run)},
    ],
    notes: [
      'Ranks of a group allocate at the same places, as often. The axis does not begin at 0.',
      ...(outliers.size > MOST_TEXTS
        ? [`The ${formatCount(MOST_TEXTS)} outliers that are farthest from their typical rank have a name.`]
        : []),
    ],
    table: {
      columns: [
        {name: 'group'},
        {name: 'ranks', unit: 'count'},
        {name: 'which'},
        {name: 'typical'},
        {name: 'typical held', unit: 'bytes'},
        {name: 'least held', unit: 'bytes'},
        {name: 'most held', unit: 'bytes'},
        {name: 'outliers'},
      ],
      count: groups.length,
      row: i => {
        const group = groups[i]!;
        const held = heldOf(run, i);
        return [
          group.name,
          group.members.length,
          rankRanges(run, group.members),
          rankName(ranks[group.typical]!),
          heldBytes(ranks[group.typical]!) ?? '',
          held.length === 0 ? '' : held.reduce((a, b) => Math.min(a, b)),
          held.length === 0 ? '' : held.reduce((a, b) => Math.max(a, b)),
          rankRanges(
            run,
            group.outliers.map(({rank}) => rank),
          ),
        ];
      },
    },
  };
}

const sizeOf = ({groups}: Run, group: number) => groups[group]!.members.length;

function heldOf({ranks, groups}: Run, group: number): number[] {
  return groups[group]!.members.flatMap(rank => heldBytes(ranks[rank]!) ?? []);
}

/** A tenth more than the values take on either side; at least a hundredth of the most. */
function domainOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const most = values.reduce((a, b) => Math.max(a, b));
  const least = values.reduce((a, b) => Math.min(a, b));
  const margin = Math.max(1, 0.1 * (most - least), 0.01 * most);
  return [Math.max(0, least - margin), most + margin];
}

/** The outliers farthest from the typical rank of their group. */
function outlierMarks({ranks, groups}: Run): Mark[] {
  const all = groups.flatMap(({outliers, typical}) => {
    const usual = heldBytes(ranks[typical]!) ?? 0;
    return outliers.flatMap(({rank}) => {
      const held = heldBytes(ranks[rank]!);
      return held === null ? [] : [{rank, held, distance: Math.abs(held - usual)}];
    });
  });
  return all
    .sort((a, b) => b.distance - a.distance || a.rank - b.rank)
    .slice(0, MOST_TEXTS)
    .map(({rank, held}) => ({
      x: rank + 0.5,
      y: held,
      text: `${rankName(ranks[rank]!)}: ${formatShortBytes(held)}`,
    }));
}

function describeGroups(run: Run): string {
  const {groups, ranks} = run;
  const texts = groups.slice(0, MOST_COLOURED).map(({name, members, typical}) => {
    const held = heldBytes(ranks[typical]!);
    return `${name}: ${plural(members.length, 'rank')}${held === null ? '' : `, typically ${formatBytes(held)}`}`;
  });
  const more = groups.length > texts.length ? `; ${groups.length - texts.length} more` : '';
  return `${plural(groups.length, 'group')}. ${texts.join('; ')}${more}.`;
}

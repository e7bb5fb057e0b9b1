/** The axis of all pictures with a rank at each place. */
import type {Axis, PointLayer, Rule} from '../../pictures/picture.ts';
import {shortened} from '../../pictures/text.ts';
import {rankName} from '../rank-text.ts';
import type {Run} from '../run.ts';

/** Letters of the name of a rank without a number. */
const MOST_LETTERS = 16;
/** More borders hide the marks. */
const MOST_BORDERS = 24;

/** Rank i of the run is at `[i, i + 1)`. */
export function rankAxis({ranks}: Run): Axis {
  const hasNumbers = ranks.some(({rank}) => rank !== null);
  return {
    label: hasNumbers ? 'rank' : 'file',
    unit: 'category',
    scale: 'linear',
    domain: [0, Math.max(1, ranks.length)],
    categories: ranks.map(one =>
      one.rank === null ? shortened(rankName(one), MOST_LETTERS) : String(one.rank),
    ),
  };
}

/** Where the next group begins, if groups are runs of ranks: pipeline stages usually are. */
export function groupBorders({ranks, groups}: Run): Rule[] {
  const starts = ranks.flatMap(({group}, i) =>
    group !== null && (i === 0 || ranks[i - 1]!.group !== group) ? [i] : [],
  );
  if (starts.length < 2 || starts.length > MOST_BORDERS) return [];
  return starts.map(at => ({axis: 'x', at, text: groups[ranks[at]!.group!]!.name, isFaint: true}));
}

/** Indices into `ranks`, ascending. */
export function outliersOf({groups}: Run): number[] {
  return groups.flatMap(({outliers}) => outliers.map(({rank}) => rank)).sort((a, b) => a - b);
}

/** Points at ranks: an own series and shape for each. */
export function pointsAt(
  points: readonly {readonly rank: number; readonly y: number; readonly series: number}[],
  shapes: readonly number[],
  detail: (rank: number) => string,
): PointLayer {
  return {
    kind: 'points',
    count: points.length,
    x: Float64Array.from(points, ({rank}) => rank + 0.5),
    y: Float64Array.from(points, ({y}) => y),
    series: Uint8Array.from(points, ({series}) => series),
    shapes,
    item: Uint32Array.from(points, ({rank}) => rank),
    detail: i => detail(points[i]!.rank),
  };
}

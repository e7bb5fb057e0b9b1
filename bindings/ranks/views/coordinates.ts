/** What ranks held, by the coordinates that their names state: a map of boxes. */
import {formatBytes, formatShortBytes, plural} from '../../model/quantities.ts';
import {categoryAxis} from '../../pictures/bars.ts';
import type {Picture, Series} from '../../pictures/picture.ts';
import {heldBytes, rankName} from '../rank-text.ts';
import type {Rank, Run} from '../run.ts';
import {outliersOf} from './axis.ts';
import {describeRank} from './memory.ts';

/** Rows and columns that can still be told apart. */
const MOST_ROWS = 96;
const MOST_COLUMNS = 256;
/** Sides of the least and of the largest box, as parts of the cell. */
const LEAST_SIDE = 0.2;
const MOST_SIDE = 0.96;

const SERIES: readonly Series[] = [
  {name: 'rank', colour: 0},
  {name: 'outlier of its group', colour: 1},
  {name: 'limits the run', colour: 5},
];
/** Columns that are wide enough for numbers. */
const MOST_LABELLED = 8;
const [PLAIN, OUTLIER, LIMIT] = [0, 1, 2];

/** Undefined where fewer than two coordinates differ, or they are too many to be shown. */
export function coordinatesPicture(run: Run): Picture | undefined {
  const {ranks, limit} = run;
  const placed = ranks.flatMap((rank, index) => {
    const held = heldBytes(rank);
    return held === null ? [] : [{rank, index, held}];
  });
  const sides = sidesOf(placed.map(({rank}) => rank));
  if (!sides) return undefined;
  const [columns, rows] = sides.map(names =>
    placesOf(
      names,
      placed.map(({rank}) => rank),
    ),
  );
  const [least, most] = placed.reduce(
    ([a, b], {held}) => [Math.min(a, held), Math.max(b, held)],
    [Number.POSITIVE_INFINITY, 0],
  ) as [number, number];
  const outliers = new Set(outliersOf(run));
  const boxes = placed.map(({rank, index, held}) => {
    const part = most > least ? (held - least) / (most - least) : 1;
    const side = Math.sqrt(LEAST_SIDE ** 2 + part * (MOST_SIDE ** 2 - LEAST_SIDE ** 2));
    const series = rank.file === limit?.file ? LIMIT : outliers.has(index) ? OUTLIER : PLAIN;
    return {index, held, side, series, x: columns!.placeOf(rank), y: rows!.placeOf(rank)};
  });
  const used = SERIES.map((_, k) => boxes.some(({series}) => series === k));
  const indexOf = (series: number) => used.slice(0, series).filter(Boolean).length;
  return {
    name: 'coordinates',
    title: `Memory by ${[...sides[1], ...sides[0]].join(', ')}`,
    description: `${plural(placed.length, 'rank')} by the coordinates of their names. The larger a box, the more the rank held: from ${formatBytes(least)} to ${formatBytes(most)}.`,
    x: categoryAxis(sides[0].join(', '), columns!.names),
    y: categoryAxis(sides[1].join(', '), rows!.names),
    series: SERIES.filter((_, k) => used[k]),
    layers: [
      {
        kind: 'boxes',
        count: boxes.length,
        x0: Float64Array.from(boxes, ({x, side}) => x + 0.5 - side / 2),
        x1: Float64Array.from(boxes, ({x, side}) => x + 0.5 + side / 2),
        y0: Float64Array.from(boxes, ({y, side}) => y + 0.5 - side / 2),
        y1: Float64Array.from(boxes, ({y, side}) => y + 0.5 + side / 2),
        series: Uint8Array.from(boxes, ({series}) => indexOf(series)),
        item: Uint32Array.from(boxes, ({index}) => index),
        ...(columns!.names.length > MOST_LABELLED
          ? {}
          : {label: (i: number) => formatShortBytes(boxes[i]!.held)}),
        detail: i => describeRank(run, boxes[i]!.index),
      },
    ],
    notes: [
      `The area of a box grows from the least held, ${formatShortBytes(least)}, to the most, ${formatShortBytes(most)}; it does not begin at 0.`,
    ],
    table: {
      columns: [
        {name: 'rank'},
        ...[...sides[1], ...sides[0]].map(name => ({name, unit: 'count' as const})),
        {name: 'held', unit: 'bytes'},
      ],
      count: placed.length,
      row: i => {
        const {rank, held} = placed[i]!;
        return [rankName(rank), ...[...sides[1], ...sides[0]].map(name => rank.coordinates[name]!), held];
      },
    },
  };
}

type Names = readonly string[];

/** Coordinates across and down, of those that all ranks have and that differ: about twice as many columns as rows. */
function sidesOf(ranks: readonly Rank[]): readonly [across: Names, down: Names] | undefined {
  const first = ranks[0]?.coordinates ?? {};
  const names = Object.keys(first).filter(
    name =>
      ranks.every(({coordinates}) => Object.hasOwn(coordinates, name)) &&
      ranks.some(({coordinates}) => coordinates[name] !== first[name]),
  );
  const extent = (list: Names) => new Set(ranks.map(rank => keyOf(rank, list))).size;
  let best: readonly [Names, Names] | undefined;
  let least = Number.POSITIVE_INFINITY;
  // a name has few coordinates: of eight, all ways to divide them are 256
  for (let ways = 1; ways < 2 ** Math.min(8, names.length) - 1; ways++) {
    const down = names.filter((_, k) => (ways >> k) & 1);
    const across = names.filter((_, k) => !((ways >> k) & 1));
    const [columns, rows] = [extent(across), extent(down)];
    if (rows > MOST_ROWS || columns > MOST_COLUMNS) continue;
    const odd = Math.abs(Math.log(columns / rows / 2));
    if (odd < least) [best, least] = [[across, down], odd];
  }
  return best;
}

const keyOf = ({coordinates}: Rank, names: Names) =>
  names.map(name => `${name} ${coordinates[name]}`).join(', ');

/** The places along one side, in the order of numbers. */
function placesOf(names: Names, ranks: readonly Rank[]): {names: string[]; placeOf: (rank: Rank) => number} {
  const known = new Map(ranks.map(rank => [keyOf(rank, names), names.map(name => rank.coordinates[name]!)]));
  const order = [...known].sort(([, a], [, b]) => {
    const at = a.findIndex((value, k) => value !== b[k]);
    return at < 0 ? 0 : a[at]! - b[at]!;
  });
  const places = new Map(order.map(([key], place) => [key, place]));
  return {names: order.map(([key]) => key), placeOf: rank => places.get(keyOf(rank, names))!};
}

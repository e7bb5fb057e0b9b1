/** What each rank held at most, and how much of it a plan of its recording needs. */
import {formatBytes, formatCount, formatShortBytes, plural} from '../../model/quantities.ts';
import {REST} from '../../pictures/palette.ts';
import type {BoxLayer, Layer, Mark, Picture, Series, Table} from '../../pictures/picture.ts';
import {SHAPES} from '../../pictures/picture.ts';
import {heldBytes, rankName} from '../rank-text.ts';
import type {Rank, Run} from '../run.ts';
import {groupBorders, outliersOf, pointsAt, rankAxis} from './axis.ts';

/** Bars that are drawn one by one; more are a stack. */
const MOST_BARS = 256;
/** Between bars there is room for a gap up to so many. */
const MOST_GAPS = 96;
const GAP = 0.1;

const SERIES: readonly Series[] = [
  {name: 'planned, with persistent blocks', colour: 0},
  {name: 'recoverable', colour: 1},
  {name: 'the rest of reserved', colour: REST},
  {name: 'live peak, where reserved is unknown', colour: 3},
];
const PARTS = SERIES.length;
/** Only where ranks are more than can be drawn one by one. */
const LINE: Series = {name: 'held: the least and the most of a column', colour: 2};
const OUTLIER: Series = {name: 'outlier of its group', colour: 6};
const MISSING: Series = {name: 'not analysed', colour: 4};
const WAITING: Series = {name: 'no result yet', colour: REST};

/** Bytes by part, in the order of `SERIES`; they add up to what the rank held, or to its plan where that is more. */
export function partsOf(rank: Rank): readonly [number, number, number, number] {
  const {reserved, peak, planned, recoverable} = rank;
  if (reserved === null) return [0, 0, 0, peak ?? 0];
  const free = Math.max(0, recoverable ?? 0);
  const used = planned === null ? 0 : Math.min(planned, reserved - free);
  return [used, free, reserved - used - free, 0];
}

export function ranksPicture(run: Run): Picture {
  const {ranks} = run;
  const parts = ranks.map(partsOf);
  const most = ranks.reduce((a, rank) => Math.max(a, heldBytes(rank) ?? 0), 1);
  const outliers = outliersOf(run);
  const missing = ranks.flatMap(({failure}, i) => (failure === null ? [] : [i]));
  const waiting = waitingIn(run);
  const used = SERIES.map((_, k) => parts.some(one => one[k]! > 0));
  const isMany = ranks.length > MOST_BARS;
  const all = [...SERIES, OUTLIER, MISSING, LINE, WAITING];
  const isUsed = [...used, outliers.length > 0, missing.length > 0, isMany, waiting.length > 0];
  const kept = all.flatMap((_, k) => (isUsed[k] ? [k] : []));
  const indexOf = (series: number) => kept.indexOf(series);
  const detail = (i: number) => describeRank(run, i);
  const shapes = kept.map(k => SHAPES.indexOf(k === PARTS ? 'cross' : 'square'));
  const points = [
    ...outliers.map(rank => ({
      rank,
      y: (heldBytes(ranks[rank]!) ?? 0) + 0.03 * most,
      series: indexOf(PARTS),
    })),
    ...missing.map(rank => ({rank, y: 0.02 * most, series: indexOf(PARTS + 1)})),
    ...waiting.map(rank => ({rank, y: 0.02 * most, series: indexOf(PARTS + 3)})),
  ];
  return {
    name: 'ranks',
    title: 'Memory by rank',
    description: describeRun(run, outliers.length),
    x: rankAxis(run),
    y: {label: 'the most that was held', unit: 'bytes', scale: 'linear', domain: [0, 1.15 * most]},
    series: kept.map(k => all[k]!),
    layers: [
      ...(isMany ? stackOf(parts, indexOf) : [barsOf(parts, indexOf, detail)]),
      {kind: 'rules', rules: groupBorders(run)},
      ...(points.length > 0 ? [pointsAt(points, shapes, detail)] : []),
      {kind: 'marks', marks: limitMark(run)},
    ],
    notes: notesOf(run),
    table: ranksTable(run),
  };
}

function barsOf(
  parts: readonly (readonly number[])[],
  indexOf: (series: number) => number,
  detail: (rank: number) => string,
): BoxLayer {
  const gap = parts.length > MOST_GAPS ? 0 : GAP;
  const boxes = parts.flatMap((values, rank) => {
    let from = 0;
    return values.flatMap((value, k) => {
      const box = {rank, from, to: from + value, value, series: indexOf(k)};
      from = box.to;
      return value > 0 ? [box] : [];
    });
  });
  return {
    kind: 'boxes',
    count: boxes.length,
    x0: Float64Array.from(boxes, ({rank}) => rank + gap),
    x1: Float64Array.from(boxes, ({rank}) => rank + 1 - gap),
    y0: Float64Array.from(boxes, ({from}) => from),
    y1: Float64Array.from(boxes, ({to}) => to),
    series: Uint8Array.from(boxes, box => box.series),
    item: Uint32Array.from(boxes, ({rank}) => rank),
    label: i => formatShortBytes(boxes[i]!.value),
    detail: i => detail(boxes[i]!.rank),
  };
}

/** A column of pixels shows the rank that holds most; the line shows the least of the column, too. */
function stackOf(parts: readonly (readonly number[])[], indexOf: (series: number) => number): Layer[] {
  const x = Float64Array.from({length: parts.length + 1}, (_, i) => i);
  const shown = SERIES.flatMap((_, k) => (indexOf(k) >= 0 ? [k] : []));
  return [
    {
      kind: 'stack',
      x,
      bands: shown.map(k => Float64Array.from(parts, one => one[k]!)),
      series: shown.map(indexOf),
    },
    {
      kind: 'line',
      isStepped: false,
      x: Float64Array.from(parts, (_, i) => i + 0.5),
      y: Float64Array.from(parts, one => one.reduce((sum, value) => sum + value, 0)),
      series: indexOf(PARTS + 2),
    },
  ];
}

function limitMark({ranks, limit}: Run): Mark[] {
  const at = limit ? ranks.findIndex(({file}) => file === limit.file) : -1;
  if (!limit || at < 0) return [];
  const held = heldBytes(ranks[at]!) ?? 0;
  return [{x: at + 0.5, y: held, text: `${rankName(limit)} limits the run`}];
}

/** Ranks whose file has no result yet. */
function waitingIn({ranks, missing}: Run): number[] {
  const files = new Set(missing.files);
  return ranks.flatMap(({file, failure}, i) => (failure === null && files.has(file) ? [i] : []));
}

/** All facts about a rank, in one line. */
export function describeRank({ranks, groups, missing}: Run, index: number): string {
  const one = ranks[index]!;
  if (one.peak === null && missing.files.includes(one.file)) return `${rankName(one)}: no result yet`;
  if (one.failure !== null) return `${rankName(one)}: not analysed: ${one.failure}`;
  const facts = [
    ...(one.reserved === null ? [] : [`reserved ${formatBytes(one.reserved)}`]),
    ...(one.peak === null ? [] : [`live peak ${formatBytes(one.peak)}`]),
    ...(one.planned === null ? [] : [`planned ${formatBytes(one.planned)}`]),
    ...(one.recoverable === null ? [] : [`recoverable ${formatBytes(one.recoverable)}`]),
    ...(one.growth ? [`grows by ${formatBytes(one.growth)} per iteration`] : []),
    ...(one.verdict === null ? [] : [`a request failed: ${one.verdict}`]),
    ...(one.group === null ? [] : [`group ${groups[one.group]!.name}`]),
  ];
  return `${rankName(one)}: ${facts.join(', ')}`;
}

function describeRun({ranks, limit}: Run, outliers: number): string {
  const held = ranks.flatMap(rank => heldBytes(rank) ?? []);
  if (held.length === 0) return `None of ${plural(ranks.length, 'rank')} was analysed.`;
  const [least, most] = held.reduce(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [
    Number.POSITIVE_INFINITY,
    0,
  ] as [number, number]);
  const limiting = limit ? ` The run is limited by ${rankName(limit)}.` : '';
  return `${plural(ranks.length, 'rank')}, ${formatCount(held.length)} of them analysed: each held from ${formatBytes(least)} to ${formatBytes(most)}.${limiting} ${plural(outliers, 'rank')} ${outliers === 1 ? 'differs' : 'differ'} from the group.`;
}

function notesOf({ranks}: Run): string[] {
  const unknown = ranks.filter(({reserved, peak}) => reserved === null && peak !== null).length;
  const unplanned = ranks.filter(({planned, peak}) => planned === null && peak !== null).length;
  return [
    'Each figure is of one whole recording on its own. Recoverable is reserved less persistent blocks and the planned peak: what a plan of that recording frees.',
    ...(unknown > 0
      ? [
          `Of ${plural(unknown, 'rank')} the recording does not show what was reserved: the bar is its live peak.`,
        ]
      : []),
    ...(unplanned > 0
      ? [`Of ${plural(unplanned, 'rank')} no plan is known: the bar is what was held, and not divided.`]
      : []),
    ...(ranks.length > MOST_BARS
      ? [
          'Where a column of pixels has several ranks, it shows the one that held most, and the line goes through the one that held least.',
        ]
      : []),
  ];
}

/** A rank a row, in the order of the run. */
function ranksTable({ranks, groups}: Run): Table {
  return {
    columns: [
      {name: 'rank'},
      {name: 'file'},
      {name: 'group'},
      {name: 'live peak', unit: 'bytes'},
      {name: 'reserved', unit: 'bytes'},
      {name: 'planned', unit: 'bytes'},
      {name: 'recoverable', unit: 'bytes'},
      {name: 'growth per iteration', unit: 'bytes'},
      {name: 'failed request'},
      {name: 'recorded', unit: 'microseconds'},
      {name: 'differs by'},
    ],
    count: ranks.length,
    row: i => {
      const one = ranks[i]!;
      const group = one.group === null ? undefined : groups[one.group];
      const outlier = group?.outliers.find(({rank}) => rank === i);
      return [
        one.rank === null ? '' : String(one.rank),
        one.file,
        group?.name ?? '',
        one.peak ?? '',
        one.reserved ?? '',
        one.planned ?? '',
        one.recoverable ?? '',
        one.growth ?? '',
        one.failure === null ? (one.verdict ?? '') : `not analysed: ${one.failure}`,
        one.microseconds ?? '',
        outlier?.reasons.join(', ') ?? '',
      ];
    },
  };
}

/** The difference between two files: the growth of each operation at the peak. */
import type {BlockTableDiff, GroupChange} from '../../bindings/compare/index.ts';
import {formatBytes, formatShortBytes, plural} from '../../bindings/model/quantities.ts';
import {REST} from '../../bindings/pictures/palette.ts';
import type {Picture} from '../../bindings/pictures/picture.ts';

const MOST_BARS = 16;
const MORE = 1;
const LESS = 0;

/** Undefined where no group differs at the peak. */
export function differencePicture({groups}: BlockTableDiff): Picture | undefined {
  const by = (['operation', 'frame', 'lifetime'] as const).find(one => (groups[one]?.length ?? 0) > 0);
  const all = by ? groups[by]! : [];
  const changed = all.filter(one => changeOf(one) !== 0);
  if (!by || changed.length === 0) return undefined;
  const shown = changed.slice(0, MOST_BARS);
  const most = shown.reduce((length, one) => Math.max(length, Math.abs(changeOf(one))), 1);
  const boxes = shown.map((one, row) => ({row, change: changeOf(one), text: textOf(one)}));
  const hidden = changed.slice(MOST_BARS);
  return {
    name: 'difference',
    title: `Growth and shrinkage at the peak, by ${by}`,
    description: `${plural(changed.length, 'group')} differ: ${shown.slice(0, 3).map(textOf).join('; ')}.`,
    x: {
      label: 'less ← live at the peak → more',
      unit: 'bytes',
      scale: 'linear',
      domain: [-most * 1.25, most * 1.25],
    },
    y: {
      label: by,
      unit: 'category',
      scale: 'linear',
      domain: [0, shown.length],
      categories: shown.map(({name}) => name || 'unknown'),
    },
    series: [
      {name: 'less', colour: 0},
      {name: 'more', colour: 1},
      ...(hidden.length > 0 ? [{name: '', colour: REST}] : []),
    ],
    layers: [
      {
        kind: 'boxes',
        count: boxes.length,
        x0: Float64Array.from(boxes, ({change}) => Math.min(0, change)),
        x1: Float64Array.from(boxes, ({change}) => Math.max(0, change)),
        y0: Float64Array.from(boxes, ({row}) => row + 0.14),
        y1: Float64Array.from(boxes, ({row}) => row + 0.86),
        series: Uint8Array.from(boxes, ({change}) => (change < 0 ? LESS : MORE)),
        detail: i => boxes[i]!.text,
      },
      {
        kind: 'texts',
        texts: boxes.map(({row, change}) => ({x: Math.max(0, change), y: row + 0.5, text: signed(change)})),
      },
    ],
    notes: hidden.length > 0 ? [`${plural(hidden.length, 'smaller change')} only in the table.`] : [],
    table: {
      columns: [
        {name: by},
        {name: 'before', unit: 'bytes'},
        {name: 'after', unit: 'bytes'},
        {name: 'change', unit: 'bytes'},
        {name: 'blocks before', unit: 'count'},
        {name: 'blocks after', unit: 'count'},
      ],
      count: all.length,
      row: i => {
        const {name, before, after} = all[i]!;
        const change = after.liveBytes - before.liveBytes;
        return [
          name || 'unknown',
          before.liveBytes,
          after.liveBytes,
          change,
          before.liveBlocks,
          after.liveBlocks,
        ];
      },
    },
  };
}

const changeOf = ({before, after}: GroupChange) => after.liveBytes - before.liveBytes;

function textOf(one: GroupChange): string {
  const {name, before, after} = one;
  return `${name || 'unknown'}: ${formatBytes(before.liveBytes)} before, ${formatBytes(after.liveBytes)} after, ${signed(changeOf(one))}`;
}

export function signed(bytes: number): string {
  if (bytes === 0) return 'the same';
  return `${bytes < 0 ? '−' : '+'}${formatShortBytes(Math.abs(bytes))}`;
}

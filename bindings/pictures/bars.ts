/** Horizontal bars, in parts one after the other: boxes between categories and values. */
import type {Axis, BoxLayer, Picture, Series} from './picture.ts';

/** Between a bar and the border of its category, as a part of that. */
export const BAR_MARGIN = 0.14;

/** One bar. */
export interface Bar {
  readonly name: string;
  /** Written behind it. */
  readonly text: string;
  /** From the left; parts of nothing are left out. */
  readonly parts: readonly {readonly series: number; readonly value: number; readonly text: string}[];
}

/** The axes of a bar picture, boxes over the categories, and the totals as texts behind them. */
export function barChart(
  bars: readonly Bar[],
  xLabel: string,
  yLabel: string,
  all: readonly Series[],
): Pick<Picture, 'x' | 'y' | 'series' | 'layers'> {
  const isUsed = all.map((_, k) =>
    bars.some(({parts}) => parts.some(({series, value}) => series === k && value > 0)),
  );
  const indexOf = all.map((_, k) => isUsed.slice(0, k).filter(Boolean).length);
  const series = all.filter((_, k) => isUsed[k]);
  const ends = bars.map(({parts}) => parts.reduce((sum, {value}) => sum + Math.max(0, value), 0));
  const longest = ends.reduce((a, b) => Math.max(a, b), 1);
  return {
    x: {label: xLabel, unit: 'bytes', scale: 'linear', domain: [0, longest]},
    y: categoryAxis(
      yLabel,
      bars.map(({name}) => name),
    ),
    series,
    layers: [
      boxesOf(bars, series, indexOf),
      {kind: 'texts', texts: bars.map(({text}, row) => ({x: ends[row]!, y: row + 0.5, text}))},
    ],
  };
}

/** @param indexOf per series of a part: its index among `series`. */
function boxesOf(bars: readonly Bar[], series: readonly Series[], indexOf: readonly number[]): BoxLayer {
  const boxes = bars.flatMap(({parts, name}, row) => {
    let from = 0;
    return parts
      .filter(({value}) => value > 0)
      .map(part => {
        const box = {row, from, to: from + part.value, series: indexOf[part.series]!, name, text: part.text};
        from = box.to;
        return box;
      });
  });
  const nameOf = (index: number) => (series[index]!.name ? `${series[index]!.name} ` : '');
  return {
    kind: 'boxes',
    count: boxes.length,
    x0: Float64Array.from(boxes, ({from}) => from),
    x1: Float64Array.from(boxes, ({to}) => to),
    y0: Float64Array.from(boxes, ({row}) => row + BAR_MARGIN),
    y1: Float64Array.from(boxes, ({row}) => row + 1 - BAR_MARGIN),
    series: Uint8Array.from(boxes, box => box.series),
    detail: i => `${boxes[i]!.name}: ${nameOf(boxes[i]!.series)}${boxes[i]!.text}`,
  };
}

export function categoryAxis(label: string, categories: readonly string[]): Axis {
  return {label, unit: 'category', scale: 'linear', domain: [0, Math.max(1, categories.length)], categories};
}

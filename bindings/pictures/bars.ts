/** Horizontal bars, in parts one after the other: boxes between categories and values. */
import type {BoxLayer, Layer, Series} from './picture.ts';

/** One bar. */
export interface Bar {
  readonly name: string;
  /** Written behind it. */
  readonly text: string;
  /** From the left; parts of nothing are left out. */
  readonly parts: readonly {readonly series: number; readonly value: number; readonly text: string}[];
}

/** The bars as boxes over the categories of their names, and their totals as the texts behind them. */
export function barLayers(bars: readonly Bar[], series: readonly Series[]): Layer[] {
  const parts = bars.flatMap(({parts: own, name}, row) => {
    let from = 0;
    return own
      .filter(({value}) => value > 0)
      .map(part => {
        const one = {...part, row, name, from, to: from + part.value};
        from = one.to;
        return one;
      });
  });
  const column = (of: (part: (typeof parts)[number]) => number) => Float64Array.from(parts, of);
  const boxes: BoxLayer = {
    kind: 'boxes',
    count: parts.length,
    x0: column(({from}) => from),
    x1: column(({to}) => to),
    y0: column(({row}) => row + 0.14),
    y1: column(({row}) => row + 0.86),
    series: Uint8Array.from(parts, part => part.series),
    detail: i =>
      `${parts[i]!.name}: ${series[parts[i]!.series]!.name ? `${series[parts[i]!.series]!.name} ` : ''}${parts[i]!.text}`,
  };
  const ends = bars.map(({parts: own}) => own.reduce((sum, {value}) => sum + Math.max(0, value), 0));
  return [boxes, {kind: 'texts', texts: bars.map(({text}, row) => ({x: ends[row]!, y: row + 0.5, text}))}];
}

/** The largest sum of a bar's parts; at least 1. */
export function longestBar(bars: readonly Bar[]): number {
  return bars.reduce(
    (most, {parts}) =>
      Math.max(
        most,
        parts.reduce((sum, {value}) => sum + Math.max(0, value), 0),
      ),
    1,
  );
}

/** What allocators need, beside what a plan needs and what no plan can undercut. */
import {formatBytes, formatShortBytes} from '../quantities.ts';
import {type Bar, barLayers, longestBar} from './bars.ts';
import type {Picture, Series} from './picture.ts';

/** One way to hold the memory. Bytes. */
export interface Need {
  readonly name: string;
  /** What lives through the iteration, and is planned by nobody. */
  readonly persistent?: number;
  /** In live blocks, or in the arena of a plan. */
  readonly used: number;
  /** Held beyond that. */
  readonly stranded?: number;
  readonly kind: 'allocator' | 'plan' | 'bound';
}

const SERIES: readonly Series[] = [
  {name: 'persistent', colour: 2},
  {name: 'in live blocks', colour: 0},
  {name: 'held and in no block', colour: 1},
  {name: 'planned arena', colour: 3},
  {name: 'lower bound', colour: 5},
];
const [PERSISTENT, LIVE, STRANDED] = [0, 1, 2];
const USED = {allocator: LIVE, plan: 3, bound: 4} as const;

/** Bars, in the order given. */
export function needsPicture(needs: readonly Need[], notes: readonly string[]): Picture {
  const totals = needs.map(({persistent = 0, used, stranded = 0}) => persistent + used + stranded);
  const bars: Bar[] = needs.map(({name, persistent = 0, used, stranded = 0, kind}, i) => ({
    name,
    text: formatShortBytes(totals[i]!),
    parts: [
      {series: PERSISTENT, value: persistent, text: formatBytes(persistent)},
      {series: USED[kind], value: used, text: formatBytes(used)},
      {series: STRANDED, value: stranded, text: formatBytes(stranded)},
    ],
  }));
  const used = SERIES.map((_, series) =>
    bars.some(({parts}) => parts.some(part => part.series === series && part.value > 0)),
  );
  const series = SERIES.filter((_, i) => used[i]);
  const indexOf = SERIES.map((_, i) => used.slice(0, i).filter(Boolean).length);
  const shown = bars.map(bar => ({
    ...bar,
    parts: bar.parts.map(part => ({...part, series: indexOf[part.series]!})),
  }));
  return {
    name: 'allocators',
    title: 'Memory by allocator and by plan',
    description: needs.map(({name}, i) => `${name}: ${formatBytes(totals[i]!)}`).join('. '),
    x: {label: 'the most that is held', unit: 'bytes', scale: 'linear', domain: [0, longestBar(bars)]},
    y: {
      label: 'held by',
      unit: 'category',
      scale: 'linear',
      domain: [0, Math.max(1, needs.length)],
      categories: needs.map(({name}) => name),
    },
    series,
    layers: barLayers(shown, series),
    notes,
    table: {
      columns: [
        {name: 'held by'},
        {name: 'all', unit: 'bytes'},
        {name: 'persistent', unit: 'bytes'},
        {name: 'in blocks or planned', unit: 'bytes'},
        {name: 'held and in no block', unit: 'bytes'},
      ],
      count: needs.length,
      row: i => {
        const {name, persistent = 0, used: own, stranded = 0} = needs[i]!;
        return [name, totals[i]!, persistent, own, stranded];
      },
    },
  };
}

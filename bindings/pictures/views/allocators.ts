/** The memory that allocators need, beside the plan's and the lower bound. */
import {formatBytes, formatShortBytes} from '../../model/quantities.ts';
import {type Bar, barChart} from '../bars.ts';
import {KNOWN_COLOURS} from '../groups.ts';
import type {Picture, Series} from '../picture.ts';

/** One way to hold the memory. Bytes. */
export interface Need {
  readonly name: string;
  /** Blocks that live through the iteration and are not planned. */
  readonly persistent?: number;
  /** In live blocks, or in the arena of a plan. */
  readonly used: number;
  /** Held beyond that. */
  readonly stranded?: number;
  readonly kind: 'allocator' | 'plan' | 'bound';
}

const SERIES: readonly Series[] = [
  {name: 'persistent', colour: KNOWN_COLOURS.persistent!},
  {name: 'in live blocks', colour: 0},
  {name: 'held outside blocks', colour: 1},
  {name: 'planned arena', colour: 3},
  {name: 'lower bound', colour: 5},
];
const [PERSISTENT, LIVE, STRANDED] = [0, 1, 2];
const USED = {allocator: LIVE, plan: 3, bound: 4} as const;

/** Bars, in the order given. */
export function needsPicture(needs: readonly Need[], notes: readonly string[]): Picture {
  return {
    name: 'allocators',
    title: 'Memory by allocator and by plan',
    description: needs.map(need => `${need.name}: ${formatBytes(totalOf(need))}`).join('. '),
    ...barChart(needs.map(barOf), 'the most that is held', 'held by', SERIES),
    notes,
    table: {
      columns: [
        {name: 'held by'},
        {name: 'all', unit: 'bytes'},
        {name: 'persistent', unit: 'bytes'},
        {name: 'in blocks or planned', unit: 'bytes'},
        {name: 'held outside blocks', unit: 'bytes'},
      ],
      count: needs.length,
      row: i => {
        const {name, persistent = 0, used, stranded = 0} = needs[i]!;
        return [name, totalOf(needs[i]!), persistent, used, stranded];
      },
    },
  };
}

function totalOf({persistent = 0, used, stranded = 0}: Need): number {
  return persistent + used + stranded;
}

function barOf(need: Need): Bar {
  const {name, persistent = 0, used, stranded = 0, kind} = need;
  const parts = [
    {series: PERSISTENT, value: persistent, text: formatBytes(persistent)},
    {series: USED[kind], value: used, text: formatBytes(used)},
    {series: STRANDED, value: stranded, text: formatBytes(stranded)},
  ];
  return {name, text: formatShortBytes(totalOf(need)), parts};
}

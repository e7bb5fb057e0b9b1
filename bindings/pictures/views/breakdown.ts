/** The peak broken down: by content or lifetime over iterations, by operation or source frame in bars. */

import type {Breakdown, GroupBy} from '../../behaviour/breakdown.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../../model/quantities.ts';
import {type Bar, barChart} from '../bars.ts';
import {KNOWN_COLOURS} from '../groups.ts';
import {REST} from '../palette.ts';
import type {Column, Picture} from '../picture.ts';

/** The rows of a bar picture: more are summed up. */
const MOST_BARS = 12;

const TITLES: Readonly<Record<GroupBy, string>> = {
  content: 'content of the blocks',
  lifetime: 'lifetime of the blocks',
  module: 'module',
  operation: 'operation',
  leaf: 'innermost operation',
  frame: 'source frame',
};

const GROUP_COLUMNS: readonly Column[] = [
  {name: 'at the peak', unit: 'bytes'},
  {name: 'blocks at the peak', unit: 'count'},
  {name: 'all', unit: 'bytes'},
  {name: 'all blocks', unit: 'count'},
];

/** Groups as bars, the largest at the peak first. */
export function groupsPicture({groups, peakBytes}: Breakdown, by: GroupBy): Picture {
  const own = groups.filter(group => group.peakBytes > 0);
  const shown = own.slice(0, own.length > MOST_BARS ? MOST_BARS - 1 : MOST_BARS);
  const rest = own.slice(shown.length);
  const bars: Bar[] = shown.map(({name, peakBytes: value}) =>
    barOf(name || 'unknown', value, peakBytes, name === '' ? 1 : 0),
  );
  if (rest.length > 0) {
    const left = rest.reduce((sum, group) => sum + group.peakBytes, 0);
    bars.push(barOf(`${formatCount(rest.length)} others`, left, peakBytes, 1));
  }
  const series = [
    {name: '', colour: 0},
    {name: '', colour: REST},
  ];
  return {
    name: `peak-by-${by}`,
    title: `The peak by ${TITLES[by]}`,
    description: `${formatBytes(peakBytes)} at the peak, by ${TITLES[by]}. ${shown[0] ? `The largest is ${shown[0].name || 'unknown'} with ${formatBytes(shown[0].peakBytes)}.` : ''}`,
    ...barChart(bars, 'live at the peak', TITLES[by], series),
    notes: [],
    table: {
      columns: [{name: TITLES[by]}, ...GROUP_COLUMNS],
      count: groups.length,
      row: i => {
        const group = groups[i]!;
        return [group.name || 'unknown', group.peakBytes, group.peakBlocks, group.bytes, group.blocks];
      },
    },
  };
}

function barOf(name: string, value: number, whole: number, series: number): Bar {
  const share = whole === 0 ? 0 : (100 * value) / whole;
  const text = `${formatShortBytes(value)}, ${share.toFixed(1)} %`;
  return {name, text, parts: [{series, value, text}]};
}

/** One row of the picture: the peak of an iteration, or of the whole recording. */
export interface BreakdownRow {
  readonly name: string;
  readonly breakdown: Breakdown;
}

/** The same groups in every row, one after the other: for content and lifetime, which are few. */
export function stackedPicture(rows: readonly BreakdownRow[], by: 'content' | 'lifetime'): Picture {
  const names = [...new Set(rows.flatMap(row => atPeak(row).map(({name}) => name)))];
  const series = names.map(name => ({name, colour: KNOWN_COLOURS[name] ?? REST}));
  const facts = rows.flatMap(({name, breakdown}) => breakdown.groups.map(group => ({name, group})));
  const bars = rows.map(row => stackedBar(row, names));
  return {
    name: by,
    title: `The peak by ${TITLES[by]}`,
    description: rows.map(describeRow).join('. '),
    ...barChart(bars, 'live at the peak', 'peak of', series),
    notes: [NOTES[by]],
    table: {
      columns: [{name: 'peak of'}, {name: by}, ...GROUP_COLUMNS],
      count: facts.length,
      row: i => {
        const {name, group} = facts[i]!;
        return [name, group.name || 'unknown', group.peakBytes, group.peakBlocks, group.bytes, group.blocks];
      },
    },
  };
}

const NOTES = {
  content:
    'Inferred from reads and writes alone. A block that is read first is an input, or a parameter if it is written later; a block that is written first is an output, or an intermediate result if it is read later.',
  lifetime: 'Persistent blocks live through the whole window; the others begin or end in it.',
} as const;

const atPeak = ({breakdown}: BreakdownRow) => breakdown.groups.filter(({peakBytes}) => peakBytes > 0);

function describeRow(row: BreakdownRow): string {
  const groups = atPeak(row).map(({name, peakBytes}) => `${name || 'unknown'} ${formatBytes(peakBytes)}`);
  return `${row.name}: ${groups.join(', ')}`;
}

function stackedBar(row: BreakdownRow, names: readonly string[]): Bar {
  const whole = row.breakdown.peakBytes;
  const parts = atPeak(row).map(({name, peakBytes, peakBlocks}) => ({
    series: names.indexOf(name),
    value: peakBytes,
    text: `${formatBytes(peakBytes)}, ${((100 * peakBytes) / whole).toFixed(1)} %, ${plural(peakBlocks, 'block')}`,
  }));
  return {name: row.name, text: formatShortBytes(whole), parts};
}

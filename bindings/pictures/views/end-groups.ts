/** The blocks in use at the end of a recording, grouped: bars, the largest first. */
import type {EndGroup, EndGroupBy} from '../../behaviour/end-groups.ts';
import {formatBytes, formatCount, formatShortBytes, plural} from '../../model/quantities.ts';
import {type Bar, barChart} from '../bars.ts';
import {REST} from '../palette.ts';
import type {Picture} from '../picture.ts';

/** More groups are summed up. */
const MOST_BARS = 12;

const TITLES: Readonly<Record<EndGroupBy, string>> = {
  operation: 'operation',
  frame: 'source frame',
  segment: 'segment',
  pool: 'pool',
  stream: 'stream',
  block: 'block',
};

export function endGroupsPicture(groups: readonly EndGroup[], by: EndGroupBy): Picture {
  const shown = groups.slice(0, groups.length > MOST_BARS ? MOST_BARS - 1 : MOST_BARS);
  const rest = groups.slice(shown.length);
  const all = sumOf(groups);
  const bars = [
    ...shown.map(({name, bytes}) => barOf(name || 'unknown', bytes, all, name === '' ? 1 : 0)),
    ...(rest.length > 0 ? [barOf(`${formatCount(rest.length)} others`, sumOf(rest), all, 1)] : []),
  ];
  const [first] = groups;
  const largest = first
    ? ` The largest is ${first.name || 'unknown'} with ${formatBytes(first.bytes)} in ${plural(first.blocks, 'block')}.`
    : '';
  return {
    name: `end-by-${by}`,
    title: `In use at the end, by ${TITLES[by]}`,
    description: `${formatBytes(all)} in use when the recording ended, by ${TITLES[by]}.${largest}`,
    ...barChart(bars, 'in use at the end', TITLES[by], [
      {name: '', colour: 0},
      {name: '', colour: REST},
    ]),
    notes: ['The state at the end, not the peak.'],
    table: {
      columns: [
        {name: TITLES[by]},
        {name: 'in use at the end', unit: 'bytes'},
        {name: 'blocks', unit: 'count'},
      ],
      count: groups.length,
      row: i => [groups[i]!.name || 'unknown', groups[i]!.bytes, groups[i]!.blocks],
    },
  };
}

const sumOf = (groups: readonly EndGroup[]): number => groups.reduce((sum, {bytes}) => sum + bytes, 0);

function barOf(name: string, value: number, whole: number, series: number): Bar {
  const share = whole === 0 ? 0 : (100 * value) / whole;
  const text = `${formatShortBytes(value)}, ${share.toFixed(1)} %`;
  return {name, text, parts: [{series, value, text}]};
}

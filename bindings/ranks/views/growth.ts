/** The ranks that grow: what is live after each of their last iterations, counted from the first that is shown. */
import {formatBytes, plural} from '../../model/quantities.ts';
import type {Picture} from '../../pictures/picture.ts';
import {rankName} from '../rank-text.ts';
import type {Run} from '../run.ts';

/** Lines by rank, the worst first; without lines where no rank grows. */
export function growthPicture(run: Run): Picture {
  const {ranks, growing} = run;
  const lines = growing.map(({rank, liveAfter}) => ({
    name: rankName(ranks[rank]!),
    growth: ranks[rank]!.growth ?? 0,
    liveAfter,
    more: Float64Array.from(liveAfter, bytes => bytes - liveAfter[0]!),
  }));
  const values = lines.flatMap(({more}) => [...more]);
  const [least, most] = [Math.min(0, ...values), Math.max(1, ...values)];
  const longest = Math.max(1, ...lines.map(({more}) => more.length - 1));
  const facts = lines.flatMap(({name, more, liveAfter}) =>
    liveAfter.map((live, i) => ({name, i, live, more: more[i]!})),
  );
  const all = ranks.filter(({growth}) => growth !== null && growth > 0).length;
  const texts = lines.map(({name, growth}) => `${name} by ${formatBytes(growth)} per iteration`);
  return {
    name: 'growth',
    title: 'Ranks that grow from iteration to iteration',
    description: `${plural(all, 'rank')} ${all === 1 ? 'grows' : 'grow'}: ${texts.join(', ')}.`,
    x: {
      label: 'whole iterations after the first that is shown',
      unit: 'count',
      scale: 'linear',
      domain: [0, longest],
    },
    y: {
      label: 'live after the iteration, more than after the first',
      unit: 'bytes',
      scale: 'linear',
      domain: [least, 1.08 * most],
    },
    series: lines.map(({name}, colour) => ({name, colour})),
    layers: lines.map(({more}, series) => ({
      kind: 'line',
      isStepped: false,
      x: Float64Array.from(more, (_, i) => i),
      y: more,
      series,
    })),
    notes: [
      'The last whole iterations of each recording, at most 64.',
      ...(all > lines.length ? [`The ${plural(lines.length, 'rank')} that grow most, of ${all}.`] : []),
    ],
    table: {
      columns: [
        {name: 'rank'},
        {name: 'iteration', unit: 'count'},
        {name: 'live after it', unit: 'bytes'},
        {name: 'more than after the first', unit: 'bytes'},
      ],
      count: facts.length,
      row: index => {
        const {name, i, live, more} = facts[index]!;
        return [name, i, live, more];
      },
    },
  };
}

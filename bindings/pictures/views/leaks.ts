/** What stays behind: the live bytes of the sites that change, after each whole iteration. */

import {describeLeakScope, describeLeaks, describePattern, nameOfSite} from '../../behaviour/leak-text.ts';
import type {LeakSite, Leaks} from '../../behaviour/leaks.ts';
import {formatBytes, formatCount, plural} from '../../model/quantities.ts';
import {MOST_GROUPS} from '../groups.ts';
import type {Axis, Picture} from '../picture.ts';

/** Lines of the sites that grow, then of those that differ most; without lines where nothing changes. */
export function leaksPicture(leaks: Leaks): Picture {
  const changing = leaks.sites.filter(({live}) => live.some(bytes => bytes !== live[0]));
  const order = [...changing].sort((a, b) => rank(a) - rank(b) || Math.abs(b.grown) - Math.abs(a.grown));
  const sites = order.slice(0, MOST_GROUPS);
  const x = placesOf(leaks.iterations);
  const most = sites.reduce((all, {live}) => Math.max(all, ...live), 1);
  const facts = sites.flatMap(site => site.live.map((bytes, i) => ({site, bytes, i})));
  return {
    name: 'leaks',
    title: 'What stays behind, by site',
    description: `Bytes live after each iteration, of ${plural(sites.length, 'site')}; ${describeLeaks(leaks)}.`,
    x: axisOf(leaks.iterations, x),
    y: {label: 'live after the iteration', unit: 'bytes', scale: 'linear', domain: [0, 1.08 * most]},
    series: sites.map((site, colour) => ({name: seriesName(site), colour})),
    layers: [
      ...sites.map(
        ({live}, series) =>
          ({kind: 'line', isStepped: false, x, y: Float64Array.from(live), series}) as const,
      ),
      ...sites.map(({live}, series) => ({
        kind: 'points' as const,
        count: live.length,
        x,
        y: Float64Array.from(live),
        series: new Uint8Array(live.length).fill(series),
        shapes: sites.map((_, k) => k % 5),
        detail: (i: number) =>
          `${nameOfSite(sites[series]!)}: ${formatBytes(live[i]!)} live after iteration ${leaks.iterations[i]}`,
      })),
    ],
    notes: [
      `All of it ${describeLeakScope(leaks)}.`,
      ...(changing.length > sites.length
        ? [
            `The ${plural(sites.length, 'site')} that grow or differ most, of ${formatCount(changing.length)} that change.`,
          ]
        : []),
    ],
    table: {
      columns: [
        {name: 'site'},
        {name: 'iteration', unit: 'count'},
        {name: 'live after it', unit: 'bytes'},
        {name: 'allocated in it and left', unit: 'bytes'},
        {name: 'over all iterations'},
      ],
      count: facts.length,
      row: index => {
        const {site, bytes, i} = facts[index]!;
        return [nameOfSite(site), leaks.iterations[i]!, bytes, site.left[i]!.bytes, describePattern(site)];
      },
    },
  };
}

const rank = ({pattern}: LeakSite): number => (pattern === 'grows' ? 0 : 1);

/** Names of sources are long: their ends tell them apart. */
const MOST_CHARACTERS = 60;

function seriesName(site: LeakSite): string {
  const name = nameOfSite(site);
  return name.length > MOST_CHARACTERS ? `…${name.slice(1 - MOST_CHARACTERS)}` : name;
}

/** The numbers of the iterations, where they ascend one by one; else their places. */
function placesOf(iterations: readonly number[]): Float64Array {
  const first = iterations[0] ?? 0;
  return Float64Array.from(iterations, (number, i) => (areConsecutive(iterations) ? number : first + i));
}

function areConsecutive(iterations: readonly number[]): boolean {
  return iterations.every((number, i) => number === iterations[0]! + i);
}

function axisOf(iterations: readonly number[], x: Float64Array): Axis {
  const [first, last] = [x[0] ?? 0, x.at(-1) ?? 0];
  return {
    label: areConsecutive(iterations) ? 'iteration' : 'whole iterations, in order',
    unit: 'count',
    scale: 'linear',
    domain: [first, Math.max(first + 1, last)],
  };
}

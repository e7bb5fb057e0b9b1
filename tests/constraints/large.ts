/** Large problems with one constraint each. */
import type {BufferInfo, Problem} from '../../bindings/index.ts';
import {seeded} from '../random.ts';

export type Large = 'share' | 'views' | 'chain' | 'adjacent' | 'pools' | 'scopes';

export function large(kind: Large, count: number): Problem {
  const random = seeded(count);
  const all = Array.from({length: count}, (_, i) => i);
  const short = (i: number): BufferInfo => ({size: 1 + random(1000), start: i, end: i + 1 + random(50)});
  switch (kind) {
    case 'share':
      return {buffers: all.map(i => ({...short(i), size: 1 + random(100_000)})), share: [all]};
    case 'views':
      return {
        buffers: all.map(i => ({size: 2 * count - i, start: i, end: i + 3})),
        views: all.slice(1).map(i => ({buffer: i, of: i - 1, offset: 1})),
      };
    case 'chain':
      return {
        buffers: all.map(i => ({size: 64, start: i, end: i + 2})),
        inPlace: all.slice(1).map(i => ({input: i - 1, output: i})),
      };
    case 'adjacent':
      return {
        buffers: all.map(() => ({size: 1 + random(100), start: random(count), end: 2 * count})),
        adjacent: [all],
      };
    case 'pools':
      return {
        buffers: all.map(short),
        pools: [{name: 'a', capacity: 8000}, {name: 'b', capacity: 20_000}, {name: 'c'}],
      };
    case 'scopes':
      return {
        buffers: [...all, ...all].map((_, i) => short(i)),
        scopes: [{reads: all, writes: all.map(i => i + count)}],
      };
  }
}

/** Which bytes of a buffer are in use when: windows of bytes, each with its ticks, those in which the bytes are held among them. */
import type {Bytes, Tick} from '../model/numbers.ts';
import type {ProblemColumns} from '../model/problem.ts';
import {type Hold, stretchesOf} from '../model/sizes.ts';
import {type Pieces, unionOf} from './pieces.ts';

/** Bytes `[from, to)` from the buffer's offset on. */
export interface ByteWindow {
  readonly from: Bytes;
  readonly to: Bytes;
  readonly pieces: Pieces;
}

/** The windows of buffer `i`, which is live in `pieces`; none where it never uses a byte. */
export function windowsOf(columns: ProblemColumns, pieces: Pieces, i: number): readonly ByteWindow[] {
  if (pieces.length === 0) return [];
  const {sizes, hold} = columns.constraints ?? {};
  const held = (own: Pieces): Pieces => (hold ? heldFor(hold, own) : own);
  if (sizes === undefined || sizes.index[i] === sizes.index[i + 1])
    return [{from: 0, to: columns.size[i]!, pieces: held(pieces)}];
  const byBytes = new Map<string, {from: Bytes; to: Bytes; ticks: Tick[]}>();
  let next = 0;
  for (const {start, end, from, to} of stretchesOf(columns, sizes, i)) {
    if (from === to) continue;
    while (next < pieces.length && pieces[next + 1]! <= start) next += 2;
    for (let k = next; k < pieces.length && pieces[k]! < end; k += 2) {
      const key = `${from} ${to}`;
      const known = byBytes.get(key) ?? {from, to, ticks: []};
      if (known.ticks.length === 0) byBytes.set(key, known);
      const [begin, until] = [Math.max(start, pieces[k]!), Math.min(end, pieces[k + 1]!)];
      if (known.ticks.at(-1) === begin) known.ticks[known.ticks.length - 1] = until;
      else known.ticks.push(begin, until);
    }
  }
  return [...byBytes.values()].map(({from, to, ticks}) => ({from, to, pieces: held(ticks)}));
}

/** Each piece as long as its bytes are held; what crosses the border of a plan that repeats is held at its beginning. */
function heldFor({ticks, period}: Hold, pieces: Pieces): Pieces {
  const longer: Pieces[] = [];
  for (let k = 0; k < pieces.length; k += 2) {
    const [start, end] = [pieces[k]!, pieces[k + 1]! + ticks];
    if (period === undefined || end <= period) longer.push([start, end]);
    else longer.push([start, period], [0, Math.min(period, end - period)]);
  }
  return longer.length === 0 ? [] : unionOf(longer.filter(([from, to]) => from! < to!));
}

/** What moves between an earlier plan and another. */
import {isEverLive} from '../model/load.ts';
import {type Bytes, NO_OFFSET, type ProblemColumns} from '../model/problem.ts';

/** Buffers and their bytes. */
export interface Amount {
  readonly buffers: number;
  readonly bytes: Bytes;
}

/** Whether the earlier plan says where buffer `i` is, and it holds anything. */
export function isKnown(columns: ProblemColumns, previous: ArrayLike<Bytes>, i: number): boolean {
  return previous[i] !== NO_OFFSET && isEverLive(columns, i);
}

/** The buffers that both plans have: all of them, and those that are at another offset. */
export function movesOf(
  columns: ProblemColumns,
  previous: ArrayLike<Bytes>,
  offsets: ArrayLike<Bytes>,
): {readonly all: Amount; readonly moved: Amount} {
  const [all, moved] = [
    {buffers: 0, bytes: 0},
    {buffers: 0, bytes: 0},
  ];
  for (let i = 0; i < columns.count; i++) {
    if (!isKnown(columns, previous, i)) continue;
    all.buffers++;
    all.bytes += columns.size[i]!;
    if (offsets[i] === previous[i]) continue;
    moved.buffers++;
    moved.bytes += columns.size[i]!;
  }
  return {all, moved};
}

/** What-if: changes of single items, made to all buffers of each item. */
import {type ChangeKind, edited, editsOf} from '../../bindings/explain/change.ts';
import {pieceAt} from '../../bindings/model/load.ts';
import type {ProblemColumns} from '../../bindings/model/problem.ts';

export interface ItemEdit {
  readonly item: number;
  readonly kind: Exclude<ChangeKind, 'begins-later'>;
  /** Its new end, for `ends-earlier`. */
  readonly moment?: number;
}

/** A problem, and the way from its buffers back to the items of the file. */
export interface EditableProblem {
  readonly problem: ProblemColumns;
  /** Per buffer. */
  readonly itemOf: (buffer: number) => number;
  /** The moment of tick 0. */
  readonly firstMoment: number;
}

/** The problem with the edits. A buffer that is not live at the moment of its edit stays as it is. */
export function withEdits(
  {problem, itemOf, firstMoment}: EditableProblem,
  edits: readonly ItemEdit[],
): ProblemColumns {
  let columns = problem;
  for (const {item, kind, moment = 0} of edits) {
    for (let buffer = 0; buffer < problem.count; buffer++) {
      if (itemOf(buffer) !== item) continue;
      const tick = kind === 'ends-earlier' ? moment - firstMoment : columns.start[buffer]!;
      if (!pieceAt(columns, buffer, tick)) continue;
      const changes = editsOf(columns, buffer, {start: tick, end: tick + 1, bytes: 0});
      const change = changes.find(one => one.kind === kind);
      if (change) columns = edited(columns, change);
    }
  }
  return columns;
}

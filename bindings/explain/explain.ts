/**
 * Explains a peak: the instant of the lower bound, the buffers that make it, and the bound and peak
 * if one of them were smaller or lived elsewhere. Bounds are the core's on the changed problem, never estimates.
 */

import {areAny} from '../model/constraints.ts';
import {UsageError} from '../model/errors.ts';
import {type Instant, isEverLive, LoadOverTime, peakOf, pieceAt, piecesOf} from '../model/load.ts';
import type {Plan} from '../model/plan.ts';
import {type Bytes, idOf, NO_OFFSET, type Problem, type ProblemColumns, type Tick} from '../model/problem.ts';
import {toColumns} from '../model/to-columns.ts';
import type {Planner} from '../planner/planner.ts';
import {CHANGE_KINDS, type Change, changesOf, type ExplainOptions, Trial} from './change.ts';

const DEFAULT_TOP = 10;

/** A buffer of an explanation. */
export interface ExplainedBuffer {
  /** In the problem. */
  readonly index: number;
  readonly id: string;
  /** Bytes. */
  readonly size: Bytes;
  /** The piece `[start, end)` of its lifetime that holds the instant, ticks; all of it where it has no gaps. */
  readonly start: Tick;
  readonly end: Tick;
}

/** A buffer that is live at the instant of the lower bound. */
export interface BoundBuffer extends ExplainedBuffer {
  /** Its size by the bytes live there, 0 … 1. */
  readonly share: number;
  /** In the order of `ChangeKind`; absent beyond the largest `top` buffers. */
  readonly changes?: readonly Change[];
}

/** The instant of the lower bound. */
export interface BoundInstant extends Instant {
  readonly lowerBound: Bytes;
  /** lowerBound − bytes: bytes that alignment or a fixed offset adds to the load. */
  readonly overhead: Bytes;
  /** Index of the fixed buffer whose own top is the bound; the instant is then its heaviest. */
  readonly pinned?: number;
}

/** The instant of the plan's peak: the heaviest in the lifetimes of the buffers that reach it. */
export interface PeakInstant extends Instant {
  readonly peak: Bytes;
  /** peak − bytes: bytes of padding and fragmentation there. */
  readonly lost: Bytes;
  /** The buffers whose top is the peak, each with its whole lifetime `[start, end)`. */
  readonly tops: readonly ExplainedBuffer[];
}

/** Why a problem needs the bytes it needs. */
export interface PeakExplanation {
  readonly bound: BoundInstant;
  /** Absent where the plan has no offsets. */
  readonly peak?: PeakInstant;
  /** All that are live at the bound's instant, the largest first. */
  readonly buffers: readonly BoundBuffer[];
  /** The change that lowers the bound most, the mildest of equals; absent where none lowers it. */
  readonly best?: {readonly index: number; readonly change: Change};
}

/**
 * Explains the peak of a plan, or the lower bound alone where the plan has no offsets.
 * @throws UsageError for an invalid field or option, and for a plan that `verify` refuses; else as
 * `Planner.plan`.
 * @example
 * ```js
 * import {explainPeak, loadPlanner} from 'stowage';
 *
 * const planner = await loadPlanner();
 * const buffers = [
 *   {id: 'a', size: 8, start: 0, end: 3},
 *   {id: 'b', size: 4, start: 2, end: 5},
 * ];
 * const {bound, buffers: live} = explainPeak(planner, {buffers}, planner.plan({buffers}));
 * console.log(bound.start, live.map(({id, share}) => `${id} ${share.toFixed(2)}`).join());
 * // prints 2 a 0.67,b 0.33
 * ```
 */
export function explainPeak(
  planner: Planner,
  problem: Problem | ProblemColumns,
  plan: Pick<Plan, 'offsets'>,
  options: ExplainOptions = {},
): PeakExplanation {
  const columns = toColumns(problem);
  checkExplainable(columns);
  const {top = DEFAULT_TOP} = options;
  const trial = new Trial(planner, columns, plan.offsets, options);
  const load = new LoadOverTime(columns);
  const bound = boundInstant(trial, load);
  const peak = plan.offsets.length === columns.count ? peakInstant(columns, plan.offsets, load) : undefined;
  const buffers = liveAt(columns, bound).map((buffer, rank) =>
    rank < top || buffer.index === bound.pinned
      ? {...buffer, changes: changesOf(trial, buffer.index, bound)}
      : buffer,
  );
  const best = bestOf(buffers, bound.lowerBound);
  return {bound, ...(peak ? {peak} : {}), buffers, ...(best ? {best} : {})};
}

/** Where buffers share bytes, or are in several parts or arenas, no instant's load determines the size of a plan. */
function checkExplainable({constraints}: ProblemColumns): void {
  if (!areAny(constraints)) return;
  if (constraints.parts)
    throw new UsageError(
      'explainPeak: the buffers are in parts (streams or pools), each with a peak of its own; explain a plan with streams together (--streams together)',
    );
  if (constraints.clocks)
    throw new UsageError(
      'explainPeak: the buffers are ordered by clocks of streams, and no instant has all that makes the bound; concurrencyBoundOf names its buffers',
    );
  throw new UsageError(
    `explainPeak: expected a problem without ${Object.keys(constraints).join(', ')}; adviseFit works with aliases`,
  );
}

function boundInstant({bounds, columns, boundsOf}: Trial, load: LoadOverTime): BoundInstant {
  const {lowerBound, start, end} = bounds;
  const pinned = columns.offset.findIndex(
    (offset, i) =>
      offset !== NO_OFFSET &&
      isEverLive(columns, i) &&
      offset + columns.size[i]! === lowerBound &&
      columns.start[i] === start &&
      columns.end[i] === end,
  );
  // a section of the same ticks may need as much
  const unpinned = {...columns, offset: new Float64Array(columns.count).fill(NO_OFFSET)};
  const isPinned = pinned >= 0 && boundsOf(unpinned).lowerBound < lowerBound;
  const instant = load.heaviest(isPinned ? piecesOf(columns, pinned) : start < end ? [{start, end}] : []);
  return {...instant, lowerBound, overhead: lowerBound - instant.bytes, ...(isPinned ? {pinned} : {})};
}

function peakInstant(columns: ProblemColumns, offsets: ArrayLike<Bytes>, load: LoadOverTime): PeakInstant {
  const peak = peakOf(columns, offsets);
  const tops: ExplainedBuffer[] = [];
  for (let i = 0; i < columns.count; i++) {
    if (!isEverLive(columns, i) || offsets[i]! + columns.size[i]! !== peak) continue;
    const [size, start, end] = [columns.size[i]!, columns.start[i]!, columns.end[i]!];
    tops.push({index: i, id: idOf(columns, i), size, start, end});
  }
  const instant = load.heaviest(tops.flatMap(({index}) => piecesOf(columns, index)));
  return {...instant, peak, lost: peak - instant.bytes, tops};
}

/** The buffers live at an instant, the largest first, then in the problem's order. */
function liveAt(columns: ProblemColumns, instant: Instant): BoundBuffer[] {
  const found: BoundBuffer[] = [];
  for (let index = 0; index < columns.count; index++) {
    const piece = pieceAt(columns, index, instant.start);
    if (piece === undefined) continue;
    const size = columns.size[index]!;
    const {start, end} = piece;
    found.push({index, id: idOf(columns, index), size, start, end, share: size / instant.bytes});
  }
  return found.sort((a, b) => b.size - a.size);
}

function bestOf(buffers: readonly BoundBuffer[], lowerBound: Bytes): PeakExplanation['best'] {
  let best: PeakExplanation['best'];
  for (const kind of CHANGE_KINDS) {
    for (const {index, changes = []} of buffers) {
      const change = changes.find(one => one.kind === kind);
      if (change && change.lowerBound < (best?.change.lowerBound ?? lowerBound)) best = {index, change};
    }
  }
  return best;
}

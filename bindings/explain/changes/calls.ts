/** The calls of a selection in the forward, as runs of allocations, and the backward that each belongs to. */
import type {BufferFacts, PhaseSpan} from '../../model/buffer-facts.ts';
import type {ProblemColumns, Tick} from '../../model/problem.ts';
import type {Selection} from './contract.ts';
import {isFrame} from './select.ts';

export interface Call {
  /** In order of allocation. */
  readonly buffers: readonly number[];
  /** The tick at which something else allocates after it: its forward is over. */
  readonly end: Tick;
  /** Of the same iteration; undefined where none follows. */
  readonly backward: PhaseSpan | undefined;
}

/** The tick at which a buffer's block is allocated: of one that crosses the border of an iteration, after its gap. */
export function allocatedAt({start, gapIndex, gapEnd}: ProblemColumns, buffer: number): Tick {
  const last = gapIndex[buffer + 1]!;
  return last > gapIndex[buffer]! ? gapEnd[last - 1]! : start[buffer]!;
}

/**
 * @param columns as recorded, without changes.
 * @param own the selected buffers.
 */
export function callsOf(
  columns: ProblemColumns,
  facts: BufferFacts,
  own: ReadonlySet<number>,
  of: Selection,
): Call[] {
  const order = Array.from({length: columns.count}, (_, i) => i);
  const at = Float64Array.from(order, i => allocatedAt(columns, i));
  order.sort((a, b) => at[a]! - at[b]! || a - b);
  const backwards = facts.phases.filter(({phase}) => phase === 'backward');
  const siteOf = siteTest(facts, of);
  const calls: Call[] = [];
  let open: number[] = [];
  const close = (end: Tick) => {
    const last = open.at(-1);
    if (last === undefined) return;
    const backward = backwards.find(({start}) => start > at[last]!);
    calls.push({buffers: open, end: backward ? Math.min(end, backward.start) : end, backward});
    open = [];
  };
  for (const buffer of order) {
    const isOwn = own.has(buffer) && facts.phase(buffer) === 'forward';
    const isAgain = isOwn && open.length > 0 && siteOf(buffer) !== '' && siteOf(buffer) === siteOf(open[0]!);
    if (!isOwn || isAgain) close(at[buffer]!);
    if (isOwn) open.push(buffer);
  }
  close(columns.end.reduce((a, b) => Math.max(a, b), 0));
  return calls;
}

/**
 * The place in a called function that allocates: where the first one of a call comes again, it is the next call. Only frames
 * show it: `''` for other selections, whose calls end where another operation allocates.
 */
function siteTest(facts: BufferFacts, of: Selection): (buffer: number) => string {
  if (of === 'batch' || of.frame === undefined) return () => '';
  const {frame} = of;
  return buffer => {
    const frames = facts.frames(buffer);
    const from = frames.findIndex(one => isFrame(one, frame));
    return [...frames.slice(Math.max(0, from)), facts.operation(buffer)].join('\n');
  };
}

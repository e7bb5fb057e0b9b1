/** The block table of a problem: its buffers in order of birth, at the tick at which most of them weighs. */
import {operatorType, sourcesOf} from '../calls/problem-calls.ts';
import {UsageError} from '../model/errors.ts';
import {idOf, type ProblemColumns} from '../model/problem.ts';
import {type BlockTable, type KnownTotals, nameColumn} from './block-table.ts';

/**
 * @param operations per buffer; where absent, buffers are known by their names.
 * @param at the tick of the moment; where absent, the first at which the most bytes are live.
 * @throws {UsageError} for a tick at which nothing can be live.
 */
export function blockTableOfProblem(
  problem: ProblemColumns,
  {
    at,
    operations,
    ...known
  }: KnownTotals & {readonly at?: number; readonly operations?: readonly string[]} = {},
): BlockTable {
  const heaviest = heaviestTick(problem);
  const moment = at ?? heaviest.tick;
  if (!Number.isInteger(moment) || moment < 0) throw new UsageError(`tick: expected one from 0, got ${at}`);
  const rows = new Uint32Array(problem.count).map((_, i) => i);
  rows.sort((a, b) => problem.start[a]! - problem.start[b]! || a - b);
  const isLive = Uint8Array.from(rows, buffer => (livesAt(problem, buffer, moment) ? 1 : 0));
  const sourceOf = sourcesOf(problem, operations);
  const nameOf = (row: number): string => {
    const name = sourceOf(rows[row]!);
    return operations ? operatorType(name) : name;
  };
  const source = nameColumn(problem.count, nameOf);
  const bytes = Float64Array.from(rows, buffer => problem.size[buffer]!);
  const totals = {
    lowerBound: null,
    peak: null,
    recording: null,
    reserved: null,
    load: heaviest.bytes,
    ...known,
  };
  return {
    count: problem.count,
    bytes,
    isLive,
    source,
    groups: operations ? {operation: source} : {},
    idOf: row => idOf(problem, rows[row]!),
    moment,
    unseen: {blocks: 0, bytes: 0},
    totals: {
      ...totals,
      persistent: 0,
      live: bytes.reduce((sum, size, row) => sum + (isLive[row] === 1 ? size : 0), 0),
    },
  };
}

function livesAt({start, end, gapIndex, gapStart, gapEnd}: ProblemColumns, i: number, tick: number): boolean {
  if (tick < start[i]! || tick >= end[i]!) return false;
  for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++)
    if (tick >= gapStart[gap]! && tick < gapEnd[gap]!) return false;
  return true;
}

/** The first tick at which the most bytes are live. */
function heaviestTick(problem: ProblemColumns): {readonly tick: number; readonly bytes: number} {
  const {count, start, end, size, gapIndex, gapStart, gapEnd} = problem;
  const changes = new Map<number, number>();
  const add = (tick: number, bytes: number): void => {
    changes.set(tick, (changes.get(tick) ?? 0) + bytes);
  };
  for (let i = 0; i < count; i++) {
    add(start[i]!, size[i]!);
    add(end[i]!, -size[i]!);
    for (let gap = gapIndex[i]!; gap < gapIndex[i + 1]!; gap++) {
      add(gapStart[gap]!, -size[i]!);
      add(gapEnd[gap]!, size[i]!);
    }
  }
  let live = 0;
  let most = {tick: 0, bytes: 0};
  for (const tick of Float64Array.from(changes.keys()).sort()) {
    live += changes.get(tick)!;
    if (live > most.bytes) most = {tick, bytes: live};
  }
  return most;
}

/** The buffers that make the lower bound: those live at its instant. */
import {pieceAt} from '../model/load.ts';
import {idOf, type ProblemColumns} from '../model/problem.ts';

/** Bytes and ticks. */
export interface PeakBuffer {
  readonly id: string;
  readonly bytes: number;
  /** Part of all that is live there, 0 … 1. */
  readonly share: number;
  readonly start: number;
  readonly end: number;
  /** `''` where unknown. */
  readonly operation: string;
}

export interface PeakBuffers {
  /** The ticks `[start, end)`, and the buffers live in them. */
  readonly start: number;
  readonly end: number;
  readonly bytes: number;
  readonly count: number;
  /** The largest ones. */
  readonly largest: readonly PeakBuffer[];
}

const MOST = 12;

export function peakBuffers(
  problem: ProblemColumns,
  {start, end}: {readonly start: number; readonly end: number},
  operations: readonly string[] | undefined,
): PeakBuffers {
  const live: number[] = [];
  let bytes = 0;
  for (let i = 0; i < problem.count; i++) {
    if (!pieceAt(problem, i, start)) continue;
    live.push(i);
    bytes += problem.size[i]!;
  }
  live.sort((a, b) => problem.size[b]! - problem.size[a]! || a - b);
  const largest = live.slice(0, MOST).map(i => ({
    id: idOf(problem, i),
    bytes: problem.size[i]!,
    share: problem.size[i]! / bytes,
    start: problem.start[i]!,
    end: problem.end[i]!,
    operation: operations?.[i] ?? '',
  }));
  return {start, end, bytes, count: live.length, largest};
}

/** A file of a batch with its result: what the parts of the analysis look at. */
import {growthOf} from '../behaviour/growth.ts';
import {rankNameOf} from './names.ts';
import type {BatchFile, RankRecording, RunResult} from './result.ts';
import type {Rank} from './run.ts';

export interface Analysed {
  readonly file: BatchFile;
  /** Undefined where there is none, or where it cannot be read. */
  readonly result: RunResult | undefined;
  readonly rank: Rank;
}

export function analysedOf(file: BatchFile, result: RunResult | undefined): Analysed {
  const recording = result?.recording;
  const {rank, coordinates} = rankNameOf(file);
  return {
    file,
    result,
    rank: {
      file: file.name,
      rank,
      coordinates,
      key: file.key,
      failure: file.failure?.message ?? result?.failure?.message ?? null,
      device: recording?.device ?? null,
      microseconds: recording?.microseconds ?? null,
      peak: recording?.peak.bytes ?? null,
      reserved: recording?.reserved ?? null,
      ...planOf(result),
      recoverable: recording?.recoverable?.recoverable ?? null,
      verdict: recording ? verdictOf(recording) : null,
      growth: recording ? growthOf(recording.iterations.liveAfter) : null,
      group: null,
    },
  };
}

/** Of the whole recording, or of the problem, where the file is one. */
function planOf(result: RunResult | undefined): Pick<Rank, 'planned' | 'isProven'> {
  const recoverable = result?.recording?.recoverable;
  if (recoverable) {
    const {needed, plannedPeak, lowerBound} = recoverable;
    return {planned: needed, isProven: plannedPeak === lowerBound};
  }
  const whole = result?.figures.find(({evidence: {scope}}) => scope.kind !== 'iteration');
  if (!whole || typeof whole.peak === 'string') return {planned: null, isProven: false};
  return {planned: whole.persistent + whole.peak, isProven: whole.peak === whole.lowerBound};
}

/** A request that failed without a verdict: the memory available is not known. */
function verdictOf({outOfMemory, peak}: RankRecording): Rank['verdict'] {
  return outOfMemory?.verdict ?? (peak.failedRequest > 0 ? 'unknown' : null);
}

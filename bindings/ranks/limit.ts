/** Who limits the run, and the setting that helps there. */
import type {Analysed} from './analysed.ts';
import type {RankRecording} from './result.ts';
import type {Run, RunLimit} from './run.ts';

interface Candidate {
  readonly of: Analysed;
  readonly bytes: number;
}

/**
 * A rank whose request failed ends the run: of several, the one that held and requested most. Else the rank that reserves
 * most, if that is known of all; else the one with the most live bytes. The first of equals.
 */
export function limitOf(all: readonly Analysed[]): {limit: RunLimit; of: Analysed} | undefined {
  const recordings = all.flatMap(of => (of.result?.recording ? [{of, recording: of.result.recording}] : []));
  const by = (bytesOf: (recording: RankRecording) => number | null): Candidate[] =>
    recordings.flatMap(({of, recording}) => {
      const bytes = bytesOf(recording);
      return bytes === null ? [] : [{of, bytes}];
    });
  const failed = by(failedBytes);
  if (failed.length > 0) return most(failed, 'failed-request');
  const reserved = by(recording => recording.reserved);
  if (reserved.length > 0 && reserved.length === recordings.length) return most(reserved, 'reserved');
  return most(
    by(({peak}) => peak.bytes),
    'peak',
  );
}

/** Live and requested when the last request failed; null where none failed. */
function failedBytes({outOfMemory, peak}: RankRecording): number | null {
  if (outOfMemory) return outOfMemory.live + outOfMemory.request;
  return peak.failedRequest > 0 ? peak.bytes : null;
}

function most(
  candidates: readonly Candidate[],
  reason: RunLimit['reason'],
): {limit: RunLimit; of: Analysed} | undefined {
  const [first, second] = [...candidates].sort((a, b) => b.bytes - a.bytes);
  if (!first) return undefined;
  const {rank} = first.of;
  return {
    of: first.of,
    limit: {file: rank.file, rank: rank.rank, reason, bytes: first.bytes, next: second?.bytes ?? null},
  };
}

/** The best setting for a rank: null where the model knows none, or what was recorded is not known. */
export function settingOf({file, result}: Analysed): Run['setting'] {
  const recording = result?.recording;
  const [best] = recording?.settings ?? [];
  if (!best || recording?.reserved == null) return null;
  return {...best, file: file.name, recorded: recording.reserved};
}

/** Requests that failed. */
import type {CudaOutOfMemory} from '../../cuda.ts';
import type {SnapshotColumns} from './columns.ts';
import type {MergedEntries} from './entries.ts';

/** Failures that get a warning each; the others are counted. */
const MOST_WARNED = 3;

export function readOutOfMemory({events}: SnapshotColumns, merged: MergedEntries): CudaOutOfMemory[] {
  return merged.outOfMemory.map(([entry, row]) => {
    const at = events.freeRow.view().indexOf(row);
    const deviceFree = at < 0 ? 0 : events.freeBytes.array[at]!;
    return {entry, bytes: merged.entries.bytes[entry]!, deviceFree};
  });
}

export function outOfMemoryWarnings(
  failures: readonly CudaOutOfMemory[],
  nameOf: (entry: number) => string,
): string[] {
  const warnings = failures
    .slice(0, MOST_WARNED)
    .map(
      ({entry, bytes, deviceFree}) =>
        `${nameOf(entry)} ran out of memory: ${bytes} bytes were asked for, the device had ${deviceFree} free`,
    );
  const all = `${failures.length} × ran out of memory in all`;
  return failures.length > MOST_WARNED ? [...warnings, all] : warnings;
}

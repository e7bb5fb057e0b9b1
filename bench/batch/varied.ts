/** Results of as many ranks as wanted, made from those of a few: each has its own figures. */
import {createHash} from 'node:crypto';
import {FolderStore} from '../../bindings/cli/batch/folder-store.ts';
import {keyOf, writeFileEntry, writeResult, writeShare} from '../../bindings/cli/batch/layout.ts';
import type {BatchFile, BatchResult, RankRecording} from '../../bindings/ranks/result.ts';
import {type Random, seeded} from '../../tests/random.ts';
import type {SimulatedRank} from '../../tools/simulate/ranks.ts';

/** Writes a batch folder with a result for each rank. `resultOf` gives the real result of one that does the same. */
export async function writeVaried(
  folder: string,
  ranks: readonly SimulatedRank[],
  seed: number,
  resultOf: (rank: SimulatedRank) => BatchResult,
): Promise<void> {
  const store = new FolderStore(folder);
  for (const rank of ranks) {
    const result = varied(resultOf(rank), rank, seeded(seed * 4099 + rank.rank));
    const key = keyOf(result.content.sha256, result.options, result.version);
    const {bytes} = result.content;
    const file: BatchFile = {schema: 'stowage.file/1', name: rank.name, bytes, key, failure: null};
    await writeResult(store, key, result);
    await writeFileEntry(store, file);
  }
  const files = ranks.map(({name}) => name);
  await writeShare(store, {
    schema: 'stowage.share/1',
    share: 1,
    shares: 1,
    batch: digest(files.join()),
    files,
  });
}

/** The same structure and verdict; the figures of memory up to 0.1 % more, as from data of another replica. */
function varied(result: BatchResult, {name}: SimulatedRank, random: Random): BatchResult {
  const more = random(1000) / 1e6;
  const scaled = (bytes: number) => Math.floor((bytes * (1 + more)) / 512) * 512;
  const {recording, content} = result;
  return {
    ...result,
    content: {sha256: digest(`${content.sha256} ${name}`), bytes: content.bytes + random(4096)},
    recording: recording && variedRecording(recording, scaled, random),
  };
}

function variedRecording(
  recording: RankRecording,
  scaled: (bytes: number) => number,
  random: Random,
): RankRecording {
  const {microseconds, peak, reserved, operations, iterations} = recording;
  return {
    ...recording,
    microseconds: microseconds === null ? null : microseconds + random(10_000),
    peak: {...peak, bytes: scaled(peak.bytes)},
    reserved: reserved === null ? null : scaled(reserved),
    operations: operations.map(one => ({...one, bytes: scaled(one.bytes)})),
    iterations: {...iterations, liveAfter: growing(iterations.liveAfter, random)},
  };
}

/** The same growth from another level. */
function growing(liveAfter: readonly number[], random: Random): number[] {
  const level = random(1 << 12) * 512;
  return liveAfter.map(bytes => bytes + level);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

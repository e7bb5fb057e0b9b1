/** Batch folders on the disk, as `stowage batch` writes them. */
import {FolderStore} from '../../bindings/cli/batch/folder-store.ts';
import {keyOf, writeFileEntry, writeResult, writeShare} from '../../bindings/cli/batch/layout.ts';
import type {BatchShare} from '../../bindings/ranks/result.ts';
import {fileOf, type Planted, resultOf, shareOf} from './results.ts';

/** Writes the files of a folder; in one share if none is given. */
export async function writeFolder(
  folder: string,
  planted: readonly Planted[],
  shares: readonly BatchShare[] = [shareOf(planted.map(({name}) => name))],
): Promise<void> {
  const store = new FolderStore(folder);
  for (const one of planted) {
    const result = resultOf(one);
    const key = keyOf(result.content.sha256, result.options, result.version);
    await writeResult(store, key, result);
    await writeFileEntry(store, {...fileOf(one), key});
  }
  for (const share of shares) await writeShare(store, share);
}

/** The files of a drop or of a chosen folder: folders are looked through, and what is no recording by its name is left out. */

import {formatCount} from '../../bindings/model/quantities.ts';
import {mayBeInput} from '../../bindings/ranks/file-names.ts';
import type {LeftOut} from './run-maker.ts';
import type {Source} from './source.ts';

/** More are for the command line. */
const MOST_FILES = 4096;
/** Files that are looked at in folders, of any kind. */
const MOST_SEEN = 50_000;

export interface ChosenFiles {
  readonly sources: readonly Source[];
  readonly leftOut: readonly LeftOut[];
}

export function sourcesOf(list: Iterable<File> | null | undefined): Source[] {
  return Array.from(list ?? [], blob => ({name: blob.name, size: blob.size, blob}));
}

/** Of an input that takes a folder. @throws Error where they are too many. */
export function filesOfFolder(list: FileList | null): ChosenFiles {
  const found = new Found();
  for (const file of list ?? [])
    found.add(file.webkitRelativePath || file.name, file.name) && found.take(file);
  return found.chosen();
}

/**
 * To be called while the event is handled: later the browser forgets what was dropped.
 * @throws Error where the files are too many, or the browser refuses to read a folder.
 */
export async function droppedFiles(transfer: DataTransfer | null): Promise<ChosenFiles> {
  const entries = Array.from(transfer?.items ?? [], item => item.webkitGetAsEntry?.());
  const folders = entries.filter(entry => entry?.isDirectory);
  if (folders.length === 0) return {sources: sourcesOf(transfer?.files), leftOut: []};
  const found = new Found();
  // files beside the folders are meant, whatever their names
  const files = Array.from(transfer!.files).filter((_, i) => !entries[i]?.isDirectory);
  for (const folder of folders) await look(folder as FileSystemDirectoryEntry, found);
  const {sources, leftOut} = found.chosen();
  return {sources: [...sourcesOf(files), ...sources], leftOut};
}

class Found {
  readonly #sources: Source[] = [];
  readonly #leftOut: LeftOut[] = [];
  #seen = 0;
  #path = '';

  /** @returns whether the file may be a recording. */
  add(path: string, base: string): boolean {
    this.#path = path.replace(/^\//, '');
    if (++this.#seen > MOST_SEEN) throw tooMany('files', MOST_SEEN);
    const isInput = mayBeInput(base);
    if (!isInput) this.#leftOut.push({name: this.#path, reason: 'by its name no recording'});
    return isInput;
  }

  take(blob: File): void {
    this.#sources.push({name: this.#path, size: blob.size, blob, isOfFolder: true});
    if (this.#sources.length > MOST_FILES) throw tooMany('recordings', MOST_FILES);
  }

  chosen(): ChosenFiles {
    return {sources: this.#sources, leftOut: this.#leftOut};
  }
}

function tooMany(what: string, most: number): Error {
  return new Error(
    `the folder has more than ${formatCount(most)} ${what}: choose a part of it, or use stowage batch and stowage merge`,
  );
}

async function look(folder: FileSystemDirectoryEntry, found: Found): Promise<void> {
  const reader = folder.createReader();
  // some at a time, until there are none
  for (;;) {
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory) await look(entry as FileSystemDirectoryEntry, found);
      else if (found.add(entry.fullPath, entry.name)) found.take(await fileOf(entry as FileSystemFileEntry));
    }
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

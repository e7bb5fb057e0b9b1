/** Recordings of a folder, or of a pattern of names, to be served: those that were there at the start, and nothing else. */
import {type FileHandle, stat} from 'node:fs/promises';
import {formatCount, plural} from '../../model/quantities.ts';
import {listNames} from '../../model/shown.ts';
import {CliError, EXIT} from '../io/exit.ts';
import {type ListedFile, listFiles} from './files.ts';
import {inTurns} from './in-turns.ts';
import {openRegular} from './recordings.ts';

/** More are for `stowage batch`: the page reads as many. */
const MOST_FILES = 4096;
const AT_ONCE = 32;
const MOST_NAMES = 5;

export interface RecordingsToServe {
  readonly files: readonly {readonly name: string; readonly size: number}[];
  /** What was left out, in words; `''` where nothing was. */
  readonly warning: string;
  /** Opens a file by its index, when it is asked for. @throws CliError where another file has taken its place */
  open(index: number): Promise<FileHandle>;
}

interface Known extends ListedFile {
  readonly size: number;
  readonly device: number;
  readonly inode: number;
}

/** @param path of a folder, or a pattern. @throws CliError where it has no recording, or too many */
export async function recordingsToServe(path: string): Promise<RecordingsToServe> {
  const {files, leftOut} = await listFiles([path], [], '.');
  if (files.length > MOST_FILES)
    throw new CliError(
      `${path}: ${formatCount(files.length)} files: the page shows at most ${formatCount(MOST_FILES)}: use stowage batch and stowage merge`,
      EXIT.unreadable,
    );
  const known = (await inTurns(files, AT_ONCE, identified)).filter(one => one !== undefined);
  if (known.length === 0)
    throw new CliError(
      `${path}: no recording is in it, by the names of ${plural(leftOut.length, 'file')}`,
      EXIT.unreadable,
    );
  const warning =
    leftOut.length === 0
      ? ''
      : `${plural(leftOut.length, 'file')} left out, by their names no recordings: ${listNames(leftOut, MOST_NAMES)}`;
  return {files: known, warning, open: index => opened(path, known[index])};
}

async function identified(file: ListedFile): Promise<Known | undefined> {
  const found = await stat(file.place).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return {...file, size: found.size, device: found.dev, inode: found.ino};
}

async function opened(path: string, file: Known | undefined): Promise<FileHandle> {
  if (!file) throw new CliError(`${path}: there is no file of this number`, EXIT.unreadable);
  const handle = await openRegular(file.place, file.name);
  const {dev, ino} = await handle.stat();
  if (dev === file.device && ino === file.inode) return handle;
  await handle.close();
  throw new CliError(
    `${file.name}: another file has taken its place since the start: start stowage view again`,
    EXIT.unreadable,
  );
}

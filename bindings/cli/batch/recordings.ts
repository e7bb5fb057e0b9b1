/** The recordings of a batch, for whoever shows its run: read-only, and only below a root. */
import {constants} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';
import {isAbsolute, relative, resolve, sep} from 'node:path';
import {CliError, EXIT, inputError} from '../io/exit.ts';
import {isUrl} from './location.ts';

/**
 * @param name of the file, as in `BatchFile.name`: it comes from a folder that anybody may have written.
 * @throws CliError where it is not below the root, is no regular file, or cannot be opened; links are followed.
 */
export async function openRecording(name: string, root: string): Promise<FileHandle> {
  if (isUrl(name))
    throw new CliError(`${name}: is behind a URL, from which nothing is fetched here`, EXIT.unreadable);
  const path = resolve(root, name);
  const below = relative(resolve(root), path);
  if (
    below === '' ||
    below === '..' ||
    below.startsWith(`..${sep}`) ||
    isAbsolute(below) ||
    name.includes('\0')
  )
    throw new CliError(
      `${name}: is not below ${resolve(root)}: give the folder that it is below by --root`,
      EXIT.unreadable,
    );
  return openRegular(path, name);
}

/** @param name for errors. @throws CliError where it is no regular file, or cannot be opened */
export async function openRegular(path: string, name: string): Promise<FileHandle> {
  try {
    // a pipe would wait for a writer
    const opened = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await opened.stat()).isFile()) return opened;
    await opened.close();
  } catch (error) {
    throw inputError(name, error);
  }
  throw new CliError(`${name}: is no regular file`, EXIT.unreadable);
}

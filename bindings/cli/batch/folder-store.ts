/** A folder that holds the results of a batch, on a disk that several machines may share. */
import {mkdir, readdir, readFile, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {inputError, outputError} from '../io/exit.ts';
import {writeFileWhole} from '../io/output-file.ts';
import {removeAbandoned} from '../io/temporary-file.ts';
import type {Store} from './store.ts';

/** Temporary files are here: the folder of results may have thousands of files, and is listed for what a killed run left. */
const TEMPORARIES = 'temporary';

export class FolderStore implements Store {
  readonly address: string;

  constructor(folder: string) {
    this.address = folder;
  }

  /** Also removes what a killed run was writing. */
  async prepare(): Promise<void> {
    const temporaries = join(this.address, TEMPORARIES);
    await make(temporaries);
    await removeAbandoned(temporaries);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.address, name);
    try {
      return await readFile(path);
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw inputError(path, error);
    }
  }

  async has(name: string): Promise<boolean> {
    const path = join(this.address, name);
    try {
      return (await stat(path)).isFile();
    } catch (error) {
      if (isAbsent(error)) return false;
      throw inputError(path, error);
    }
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = join(this.address, name);
    const temporaries = join(this.address, TEMPORARIES);
    await make(dirname(path));
    await make(temporaries);
    await writeFileWhole(path, [bytes], temporaries);
  }

  async list(folder: string): Promise<string[]> {
    const path = join(this.address, folder);
    try {
      const entries = await readdir(path, {withFileTypes: true});
      return entries.flatMap(entry => (entry.isDirectory() ? [] : [entry.name])).sort();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw inputError(path, error);
    }
  }
}

/** Each time: who deletes the folder of a batch and begins again may have workers that go on. */
async function make(folder: string): Promise<void> {
  try {
    await mkdir(folder, {recursive: true});
  } catch (error) {
    throw outputError(folder, error);
  }
}

function isAbsent(error: unknown): boolean {
  const {code} = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Where results of a batch are kept: a folder, or a bucket. */
import {mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {writeFileWhole} from '../io/output-file.ts';

/** Names are paths with `/`. */
export interface Store {
  /** As the user named it. */
  readonly address: string;
  /** Undefined where there is none. @throws CliError with the address and the name. */
  read(name: string): Promise<Uint8Array | undefined>;
  has(name: string): Promise<boolean>;
  /** Whole or not at all; replaces what is there. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Names of the files directly in a folder, sorted, without it; none where there is no such folder. */
  list(folder: string): Promise<string[]>;
}

/** A run that is made file by file, of which some are not read yet. */
import type {Analysis} from './analyse.ts';
import {mergeRun} from './merge.ts';
import type {BatchFile, RunResult} from './result.ts';
import type {Run} from './run.ts';

export interface MadeFile {
  /** Each has its own. */
  readonly name: string;
  readonly bytes: number;
}

/** What became of a file, by its index. */
export type FileNews =
  | {readonly index: number; readonly analysis: Analysis}
  | {readonly index: number; readonly failure: string}
  /** It is no recording. */
  | {readonly index: number; readonly isLeftOut: true};

/** Unreadable, as `EXIT.unreadable` of the command line. */
const EXIT_CODE = 3;

export class MadeRun {
  readonly #version: string;
  /** By index; those that are left out are undefined. */
  readonly #files: (BatchFile | undefined)[];
  readonly #results = new Map<string, RunResult>();

  /** @param version of stowage */
  constructor(files: readonly MadeFile[], version: string) {
    this.#version = version;
    this.#files = files.map(({name, bytes}, index) => ({
      schema: 'stowage.file/1',
      name,
      bytes,
      key: String(index),
      failure: null,
    }));
  }

  hear(news: FileNews): void {
    const {index} = news;
    const file = this.#files[index];
    if (!file) return;
    if ('isLeftOut' in news) this.#files[index] = undefined;
    else if ('failure' in news)
      this.#files[index] = {...file, key: null, failure: {message: news.failure, exitCode: EXIT_CODE}};
    else
      this.#results.set(String(index), {
        version: this.#version,
        options: {},
        failure: null,
        ...news.analysis,
      });
  }

  /** As it is now: files without a result are missing. */
  run(): Run {
    const files = this.#files.filter(file => file !== undefined);
    const share = {
      schema: 'stowage.share/1',
      share: 1,
      shares: 1,
      batch: '',
      files: files.map(({name}) => name),
    } as const;
    const run = mergeRun({shares: [share], files, results: this.#results});
    return {...run, versions: [this.#version]};
  }
}

/** The worker of an open run, in JSON or made file by file: its answers and its pictures. */
import {runAnswers} from '../../bindings/ranks/answers.ts';
import {type FileNews, type MadeFile, MadeRun} from '../../bindings/ranks/made.ts';
import {runPictures} from '../../bindings/ranks/pictures.ts';
import {heldBytes, rankName} from '../../bindings/ranks/rank-text.ts';
import {parseRun} from '../../bindings/ranks/read.ts';
import type {Run} from '../../bindings/ranks/run.ts';
import {describeRun} from '../../bindings/ranks/run-text.ts';
import type {Answer} from '../../bindings/report/answer.ts';
import {Board} from '../canvas/board.ts';
import type {Face} from '../canvas/face.ts';
import {BoardHandler} from './handlers/board.ts';
import {fetched} from './handlers/fetched.ts';
import type {OpenRequest} from './handlers/open.ts';
import {proxy} from './link.ts';

export interface RankInfo {
  readonly name: string;
  readonly file: string;
  /** Bytes; null where it was not read. */
  readonly held: number | null;
  readonly isPlanned: boolean;
  /** Why it could not be read; `''` where it was, or waits. */
  readonly failure: string;
}

export interface RunInfo {
  readonly title: string;
  readonly source: string;
  readonly answers: readonly Answer[];
  readonly faces: readonly Face[];
  /** In the order of the run. */
  readonly ranks: readonly RankInfo[];
  readonly warnings: readonly string[];
}

export class RunWorker {
  readonly #board = new Board();
  readonly pictures = proxy(new BoardHandler(this.#board));
  #made: MadeRun | undefined;

  async open({name, blob, url}: OpenRequest): Promise<RunInfo> {
    const content = await new Response(blob ? await plain(blob) : await fetched(url!)).text();
    return this.#show(parseRun(content, name));
  }

  /** Begins a run of files, of which none is read yet. */
  make(files: readonly MadeFile[]): RunInfo {
    this.#made = new MadeRun(files, STOWAGE_VERSION);
    return this.#show(this.#made.run());
  }

  /** What was read since. */
  hear(news: readonly FileNews[]): RunInfo {
    for (const one of news) this.#made!.hear(one);
    return this.#show(this.#made!.run());
  }

  #show(run: Run): RunInfo {
    return {
      ...describeRun(run),
      answers: runAnswers(run),
      faces: runPictures(run).map(picture => this.#board.set(picture.name, picture)),
      ranks: run.ranks.map(rank => ({
        name: rankName(rank),
        file: rank.file,
        held: heldBytes(rank),
        isPlanned: rank.planned !== null,
        failure: rank.failure ?? '',
      })),
      warnings: run.warnings,
    };
  }
}

/** Without gzip. */
async function plain(blob: Blob): Promise<ReadableStream> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const stream = blob.stream();
  return first === 0x1f && second === 0x8b ? stream.pipeThrough(new DecompressionStream('gzip')) : stream;
}

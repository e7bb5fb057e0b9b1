/** The worker of an open run: `Run` in JSON, its answers and its pictures. */
import {runAnswers} from '../../bindings/ranks/answers.ts';
import {runPictures} from '../../bindings/ranks/pictures.ts';
import {rankName} from '../../bindings/ranks/rank-text.ts';
import {parseRun} from '../../bindings/ranks/read.ts';
import {describeRun} from '../../bindings/ranks/run-text.ts';
import type {Answer} from '../../bindings/report/answers.ts';
import {Board} from '../canvas/board.ts';
import type {Face} from '../canvas/face.ts';
import {BoardHandler} from './handlers/board.ts';
import {fetched} from './handlers/fetched.ts';
import type {OpenRequest} from './handlers/open.ts';
import {proxy} from './link.ts';

export interface RunInfo {
  readonly title: string;
  readonly source: string;
  readonly answers: readonly Answer[];
  readonly faces: readonly Face[];
  /** Names of ranks and of their files, in the order of the run. */
  readonly ranks: readonly {readonly name: string; readonly file: string}[];
  readonly warnings: readonly string[];
}

export class RunWorker {
  readonly #board = new Board();
  readonly pictures = proxy(new BoardHandler(this.#board));

  async open({name, blob, url}: OpenRequest): Promise<RunInfo> {
    const content = await new Response(blob ? await plain(blob) : await fetched(url!)).text();
    const run = parseRun(content, name);
    return {
      ...describeRun(run),
      answers: runAnswers(run),
      faces: runPictures(run).map(picture => this.#board.set(picture.name, picture)),
      ranks: run.ranks.map(rank => ({name: rankName(rank), file: rank.file})),
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

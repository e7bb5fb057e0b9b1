/** Makes a run of recordings in the page: reads all of them first, then plans them. */
import {failureOf} from '../../bindings/model/errors.ts';
import {formatShortBytes} from '../../bindings/model/quantities.ts';
import {failureText} from '../../bindings/ranks/failure.ts';
import type {FileNews} from '../../bindings/ranks/made.ts';
import {isCancelled} from '../worker/link.ts';
import type {ReadRank} from '../worker/rank-worker.ts';
import type {RunInfo} from '../worker/run-worker.ts';
import {bytesToRead, MOST_ALONE} from './admission.ts';
import {coresHere, RankPool} from './rank-pool.ts';
import {addressOf, type Source} from './source.ts';

/** More input than that is planned only on request: it takes minutes. */
const MOST_PLANNED = 2 ** 30;
/** Milliseconds between two pictures of the run, at least; and in how many parts of the time they may be made. */
const LEAST_PAUSE = 60;
const SHARE = 4;

export interface Making {
  readonly stage: 'reading' | 'planning';
  readonly isRunning: boolean;
  /** Files of this stage that are done, and all. */
  readonly done: number;
  readonly total: number;
  /** Files that are no recordings, each with the reason. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly name: string;
  readonly reason: string;
}

/** Where the maker's news go. */
export interface MakerHost {
  /** Of the run as it is now. */
  info(): RunInfo;
  hear(news: readonly FileNews[]): Promise<void>;
  tell(making: Making): void;
}

export class RunMaker {
  /** Each has a name of its own. */
  readonly #sources: readonly Source[];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #host: MakerHost;
  readonly #leftOut: LeftOut[];
  readonly #news: FileNews[] = [];
  #pool: RankPool | undefined;
  #telling: Promise<void> | undefined;

  constructor(sources: readonly Source[], leftOut: readonly LeftOut[], host: MakerHost) {
    this.#sources = sources;
    this.#indices = new Map(sources.map(({name}, index) => [name, index]));
    this.#leftOut = [...leftOut];
    this.#host = host;
  }

  sourceOf(name: string): Source | undefined {
    return this.#sources[this.#indices.get(name) ?? -1];
  }

  /** Reads what was not read; then plans, where that does not take long. */
  async read(): Promise<void> {
    const {ranks} = this.#host.info();
    const waiting = ranks.filter(({held, failure}) => held === null && failure === '');
    const isWhole = await this.#pass('reading', this.#of(waiting));
    const sizes = this.#sources.map(bytesToRead).filter(bytes => bytes <= MOST_ALONE);
    const bytes = sizes.reduce((sum, one) => sum + one, 0);
    if (isWhole && bytes <= MOST_PLANNED) await this.plan();
  }

  /** Plans what was not planned, those that held most first. */
  async plan(): Promise<void> {
    const {ranks} = this.#host.info();
    const waiting = ranks.filter(({held, isPlanned}) => held !== null && !isPlanned);
    await this.#pass('planning', this.#of(waiting.sort((a, b) => b.held! - a.held!)));
  }

  /** What was read and planned stays. */
  stop(): void {
    this.#pool?.stop();
  }

  #of(ranks: RunInfo['ranks']): number[] {
    return ranks.map(({file}) => this.#indices.get(file)!);
  }

  /** @returns whether it came to its end. */
  async #pass(stage: Making['stage'], indices: readonly number[]): Promise<boolean> {
    this.stop();
    // the page and an open rank need a core while others are planned
    const pool = new RankPool(stage === 'reading' ? coresHere() : coresHere() - 1);
    this.#pool = pool;
    let done = 0;
    const tell = (isRunning: boolean) => {
      if (this.#pool !== pool) return;
      const [total, leftOut] = [indices.length, [...this.#leftOut]];
      this.#host.tell({stage, isRunning, done, total, leftOut});
    };
    tell(true);
    await Promise.all(
      indices.map(async index => {
        await this.#do(pool, stage, index);
        if (pool.isStopped) return;
        done++;
        tell(true);
      }),
    );
    await this.#telling;
    const isWhole = !pool.isStopped;
    tell(false);
    pool.stop();
    return isWhole;
  }

  async #do(pool: RankPool, stage: Making['stage'], index: number): Promise<void> {
    const source = this.#sources[index]!;
    const bytes = bytesToRead(source);
    if (bytes > MOST_ALONE) return this.#hear({index, failure: tooLarge(bytes)});
    const request = addressOf(source);
    try {
      const read = await pool.ask<ReadRank>(bytes, worker =>
        stage === 'reading' ? worker.read(request) : worker.plan(request),
      );
      if ('analysis' in read) this.#hear({index, analysis: read.analysis});
      else this.#leave(index, `${read.problem}: a problem or a model has no rank`);
    } catch (error) {
      if (isCancelled(error)) return;
      const failure = failureOf(error);
      const isForeign = failure.name === 'ImportError' && failure.format === undefined;
      if (isForeign && !/\.(pickle|pkl)(\.|$)/i.test(source.name)) this.#leave(index, failureText(failure));
      else this.#hear({index, failure: failureText(failure)});
    }
  }

  #leave(index: number, reason: string): void {
    this.#leftOut.push({name: this.#sources[index]!.name, reason});
    this.#hear({index, isLeftOut: true});
  }

  #hear(news: FileNews): void {
    this.#news.push(news);
    this.#telling ??= this.#tell().finally(() => {
      this.#telling = undefined;
    });
  }

  /** Several at a time: a run of thousands is not merged anew for each. */
  async #tell(): Promise<void> {
    while (this.#news.length > 0) {
      const began = performance.now();
      await this.#host.hear(this.#news.splice(0));
      const pause = Math.max(LEAST_PAUSE, SHARE * (performance.now() - began));
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  }
}

function tooLarge(bytes: number): string {
  return `about ${formatShortBytes(bytes)} uncompressed: more than ${formatShortBytes(MOST_ALONE)} is not read in a run, for the memory of the browser; open it alone, or use stowage batch`;
}

/** From rank to rank of the open run: each recording that is opened takes the place of another, so that memory stays bounded. */
import type {FileModel} from './file.ts';
import type {RunModel} from './run.ts';
import {nextRank, rankOf} from './run-ranks.ts';
import type {Source} from './source.ts';

/** Recordings of a run that are open at a time. */
const MOST_RANKS = 4;

/** What the page does for it. */
export interface WalkHost {
  run(): RunModel | undefined;
  files(): readonly FileModel[];
  /** The file that is shown; undefined where the run is. */
  current(): FileModel | undefined;
  select(index: number): void;
  close(file: FileModel): void;
  /** @returns a number by which it is cancelled. */
  open(source: Source, replaced: FileModel | undefined): number;
  cancel(id: number): void;
  announce(text: string): void;
}

export class RankWalk {
  readonly #host: WalkHost;
  /** The rank that is read to take the place of the current one. */
  #following: {readonly id: number; readonly source: Source} | undefined;

  constructor(host: WalkHost) {
    this.#host = host;
  }

  /** The rank of a file in the open run, by its index; −1 where it is none of it. */
  rankOf(file: FileModel): number {
    const run = this.#host.run();
    return run ? rankOf(run, file.source) : -1;
  }

  /**
   * Opens the recording of a rank, by its index in the run; where it is open, shows it.
   * @param replaced a file that is closed for it.
   */
  open(index: number, replaced?: FileModel): void {
    const run = this.#host.run();
    const rank = run?.info.ranks[index];
    if (!run || !rank) return;
    run.choose(index);
    const files = this.#host.files();
    const known = files.findIndex(file => this.rankOf(file) === index);
    const source = run.sourceOf(index);
    if (known >= 0) {
      this.#host.select(known);
      if (replaced && replaced !== files[known]) this.#host.close(replaced);
    } else if (source) {
      const own = {...source, rank: {run, file: rank.file}};
      const id = this.#host.open(own, replaced);
      if (replaced) this.#following = {id, source: own};
    } else this.#host.announce(`${rank.name}: drop ${rank.file} onto the page to see it`);
  }

  /** Opens the next or the previous rank in place of the current one; in the run itself, chooses it. */
  step(by: 1 | -1): void {
    const run = this.#host.run();
    const file = this.#host.current();
    if (!run || (file && this.rankOf(file) < 0)) return;
    const following = this.#following;
    const from = file ? rankOf(run, following?.source ?? file.source) : run.store.state.chosen;
    const next = nextRank(run, from, by, file !== undefined);
    if (next === undefined) {
      this.#host.announce(by > 0 ? 'this is the last rank' : 'this is the first rank');
      return;
    }
    if (!file) run.choose(next);
    else {
      if (following) this.#host.cancel(following.id);
      this.open(next, file);
    }
    this.#host.announce(`${run.info.ranks[next]!.name}, ${next + 1} of ${run.info.ranks.length}`);
  }

  /** Whether another rank was asked for since, so that this one is not to be shown. */
  isPassed(id: number): boolean {
    return this.#following !== undefined && this.#following.id !== id;
  }

  /** An opening has ended. */
  end(id: number): void {
    if (this.#following?.id === id) this.#following = undefined;
  }

  /** Each rank that is open holds a recording in memory. */
  closeOld(): void {
    const ranks = this.#host.files().filter(({source}) => source.rank);
    for (const file of ranks.slice(0, -MOST_RANKS)) if (file !== this.#host.current()) this.#host.close(file);
  }
}

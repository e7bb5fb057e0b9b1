/** The plans of one open file: one at a time; a new one replaces the one under way. */
import {failureOf} from '../../bindings/model/errors.ts';
import type {PageOptions, PlanInfo, PlanningNews} from '../worker/handlers/plan.ts';
import {isCancelled} from '../worker/link.ts';
import {type FileState, isChanged, type PlanChoice} from './file-state.ts';
import {PlanningSlot} from './planning-slot.ts';
import type {startFileWorker} from './start-workers.ts';
import type {Store} from './store.ts';

export class FilePlanning {
  readonly #worker: ReturnType<typeof startFileWorker>;
  readonly #store: Store<FileState>;
  readonly #planning: PlanningSlot;
  /** The planning that is under way; aborted where another one takes its place. */
  #run = new AbortController();

  /** @param store where choices, progress and plans are kept. */
  constructor(worker: ReturnType<typeof startFileWorker>, store: Store<FileState>) {
    this.#worker = worker;
    this.#store = store;
    this.#planning = new PlanningSlot(worker);
  }

  /** Plans again with a changed choice. What was under way is dropped. */
  async replan(change: Partial<PlanChoice>): Promise<void> {
    const choice = {...this.#store.state.choice, ...change};
    const run = this.begin();
    this.#store.set({
      choice,
      failure: undefined,
      cuda: undefined,
      isRecovering: false,
      isHeld: false,
      isStopped: false,
    });
    try {
      await this.#plan(choice, run);
    } catch (error) {
      if (run.aborted) return;
      const {isRecovering} = this.#store.state;
      this.#store.set({planning: undefined, isRecovering: false});
      if (!isCancelled(error)) this.#store.set({failure: failureOf(error)});
      // a plan exists only if the stopped planning was the one for the verdict
      else if (!isRecovering) this.#store.set({plan: undefined, isStopped: true});
    }
  }

  async #plan(choice: PlanChoice, run: AbortSignal): Promise<void> {
    const {iteration, alignment, changes, streams, isIdle, dims, hold} = choice;
    const options = optionsOf(choice);
    const isBase = !isChanged(choice);
    const task = await this.#worker.ask(worker =>
      worker.plan.prepare({
        iteration,
        changes,
        streams,
        ...(isIdle ? {idle: 'iteration' as const} : {}),
        ...(alignment === undefined ? {} : {alignment}),
        dims,
        ...(hold === undefined ? {} : {hold}),
      }),
    );
    if (run.aborted) return;
    const {lowerBound} = task;
    this.#store.set({
      task,
      plan: undefined,
      planning: {peak: undefined, lowerBound, spent: 0, seconds: 0, peaks: []},
    });
    const plan = await this.#worker.follow<PlanningNews, PlanInfo>(
      (worker, listener) => worker.plan.solve(options, isBase, listener),
      news => run.aborted || this.#hear(news),
    );
    if (run.aborted) return;
    const {version, opened} = this.#store.state;
    const isRecovering = !plan.isCut && opened?.isCuda === true;
    const base = isBase ? {base: plan} : {};
    this.#store.set({
      plan,
      planned: choice,
      planning: undefined,
      version: version + 1,
      isRecovering,
      ...base,
    });
    if (!isRecovering) return;
    const cuda = await this.#worker.ask(worker => worker.plan.recover(options));
    if (!run.aborted) this.#store.set({cuda, isRecovering: false});
  }

  #hear({isBetter, peak, lowerBound, spent, seconds}: PlanningNews): void {
    const {planning, version} = this.#store.state;
    const peaks = planning?.peaks ?? [];
    const isLower = peak !== undefined && peak !== peaks.at(-1);
    this.#store.set({
      planning: {peak, lowerBound, spent, seconds, peaks: isLower ? [...peaks, peak] : peaks},
      ...(isBetter ? {version: version + 1} : {}),
    });
  }

  /** A new planning replaces the current one. @returns its signal, aborted when it is replaced in turn. */
  begin(): AbortSignal {
    this.#run.abort();
    this.#run = new AbortController();
    this.#planning.restart();
    return this.#run.signal;
  }

  /** Keeps the best plan until now. */
  stop(): void {
    this.#planning.restart();
  }

  close(): void {
    this.#run.abort();
    this.#planning.close();
  }
}

function optionsOf({algorithm, capacity, timeLimit}: PlanChoice): PageOptions {
  return {
    algorithm,
    capacity,
    // with a capacity planning would end at the first plan that fits, and the page is to show the smallest
    minimize: capacity === undefined ? undefined : true,
    timeLimitMs: timeLimit === undefined ? undefined : timeLimit * 1000,
  };
}

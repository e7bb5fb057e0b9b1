/** One opened file: its worker, the worker that plans for it, and what is shown of it. */

import type {Range} from '../canvas/window.ts';
import type {Edit} from '../document/plan-task.ts';
import {RemoteError} from '../rpc.ts';
import type {Session} from '../worker/file-worker.ts';
import type {Work} from '../worker/planning-worker.ts';
import type {ModelInfo} from '../worker/plans.ts';
import {FIRST_CHOICE, type FileState, NOTHING_KNOWN, type PlanChoice} from './file-state.ts';
import type {Wanted} from './hash.ts';
import type {Source} from './source.ts';
import {Store} from './store.ts';
import {type Running, startSession, startWork} from './workers.ts';

/** Milliseconds that planning waits for the first picture: both begin in the worker that holds the file. */
const MOST_WAIT = 2000;
/** Of a recording that ran out of memory, so many blocks are planned all together. */
const MOST_WHOLE = 50_000;

/** More than that are planned only when somebody asks: it takes a minute, and a gigabyte. */
const MOST_AT_ONCE = 1_000_000;

let spare: Running<Session['methods']> | undefined;

export class FileModel {
  readonly name: string;
  readonly source: Source;
  readonly store: Store<FileState>;
  readonly #session: Running<Session['methods']>;
  readonly #onChange: () => void;
  #work: Running<Work['methods']> | undefined;
  /** Counts what was begun: answers to older questions are not heard. */
  #turn = 0;
  #isClosed = false;
  #see: () => void = () => {};
  readonly #isSeen = new Promise<void>(resolve => {
    this.#see = resolve;
  });

  /** Starts a worker for the next file. */
  static prepare(): void {
    spare ??= startSession();
  }

  constructor(source: Source, onChange: () => void) {
    this.name = source.name;
    this.source = source;
    this.#onChange = onChange;
    this.#session = spare ?? startSession();
    spare = undefined;
    this.store = new Store<FileState>(NOTHING_KNOWN);
  }

  get call(): Running<Session['methods']>['remote']['call'] {
    const {remote} = this.#session;
    return remote.call.bind(remote) as Running<Session['methods']>['remote']['call'];
  }

  /** Reads the file, and what there is on its first device. */
  async open(onProgress: (bytes: number) => void): Promise<void> {
    const {name, blob, url} = this.source;
    const request = {
      name,
      ...(blob ? {blob} : {}),
      ...(url === undefined ? {} : {url: new URL(url, document.baseURI).href}),
    };
    const opened = await this.call('open', request, onProgress);
    this.store.set({opened});
    await this.#choose(opened.device);
  }

  /** A picture of it has been painted. */
  seen(): void {
    this.#see();
  }

  restore({moment, item, window}: Wanted): void {
    const {moments = 0, items = 0} = this.store.state.subject ?? {};
    this.store.set({
      moment: moment !== undefined && moment <= moments ? moment : this.store.state.moment,
      item: item !== undefined && item < items ? item : undefined,
      window: window && window[0] < moments ? [window[0], Math.min(moments, window[1])] : undefined,
    });
  }

  /** Plans what is shown first. @param waits whether a picture comes first, which needs no plan. */
  async start(waits: boolean): Promise<void> {
    if (waits) await Promise.race([this.#isSeen, new Promise(resolve => setTimeout(resolve, MOST_WAIT))]);
    const {failedRequests = 0, items = 0} = this.store.state.subject ?? {};
    if (items > MOST_AT_ONCE) {
      this.store.set({isHeld: true});
      return;
    }
    // what was live when a request failed may come from anywhere, and its own iteration never ended
    await this.replan(failedRequests > 0 && items <= MOST_WHOLE ? {iteration: 'window'} : {});
  }

  async choose(device: number): Promise<void> {
    const {opened} = this.store.state;
    this.stopWork();
    this.store.set({
      opened: {...opened!, device},
      choice: FIRST_CHOICE,
      task: undefined,
      plan: undefined,
      base: undefined,
      cuda: undefined,
      model: undefined,
      moment: undefined,
      item: undefined,
      window: undefined,
    });
    await this.#choose(device);
    await this.start(false);
  }

  async #choose(device: number): Promise<void> {
    const subject = await this.call('choose', {device});
    // what is live where most is: the first question
    this.store.set({subject, moment: subject.peakMoment, version: this.store.state.version + 1});
  }

  /** Plans anew with what is different. What was under way is dropped. */
  async replan(change: Partial<PlanChoice>): Promise<void> {
    const choice = {...this.store.state.choice, ...change};
    const turn = ++this.#turn;
    this.stopWork();
    this.store.set({choice, failure: undefined, cuda: undefined, isRecovering: false, isHeld: false});
    try {
      await this.#plan(choice, turn);
    } catch (error) {
      const failure = error instanceof RemoteError ? error.failure : {name: 'Error', message: String(error)};
      if (turn !== this.#turn) return;
      const isStopped = failure.name === 'Cancelled';
      const message = 'stopped before there was a plan; “Plan again” starts anew';
      this.store.set({failure: isStopped ? {...failure, message} : failure, planning: undefined});
    }
  }

  /** Plans with one thing more that is different; of the same kind for an item there is one. */
  edit(edit: Edit): void {
    void this.replan({edits: [...this.#editsBut(edit), edit]});
  }

  unedit(edit: Edit): void {
    void this.replan({edits: this.#editsBut(edit)});
  }

  #editsBut({item, kind}: Edit): Edit[] {
    return this.store.state.choice.edits.filter(one => one.item !== item || one.kind !== kind);
  }

  async #plan(choice: PlanChoice, turn: number): Promise<void> {
    this.#startWork();
    const {iteration, alignment, edits, algorithm, capacity, timeLimit} = choice;
    const isBase = edits.length === 0 && alignment === undefined;
    const task = await this.call('prepare', {
      iteration,
      edits,
      ...(alignment === undefined ? {} : {alignment}),
    });
    if (turn !== this.#turn) return;
    const {lowerBound} = task;
    this.store.set({
      task,
      plan: undefined,
      planning: {peak: undefined, lowerBound, spent: 0, seconds: 0, peaks: []},
    });
    const options = {
      algorithm: algorithm as 'auto',
      capacity,
      // with a capacity planning would end at the first plan that fits, and the page is to show the smallest
      minimize: capacity === undefined ? undefined : true,
      timeLimitMs: timeLimit === undefined ? undefined : timeLimit * 1000,
    } as Parameters<Session['methods']['recover']>[0]['options'];
    const plan = await this.call('plan', {options, isBase}, told => this.#hear(told, turn));
    if (turn !== this.#turn) return;
    const {version, opened} = this.store.state;
    const isRecovering = !plan.isCut && opened?.isCuda === true;
    const base = isBase ? {base: plan} : {};
    this.store.set({plan, planning: undefined, version: version + 1, isRecovering, ...base});
    if (!isRecovering) return;
    const cuda = await this.call('recover', {options});
    if (turn === this.#turn) this.store.set({cuda, isRecovering: false});
  }

  #hear(
    told: {peak?: number; lowerBound: number; spent: number; seconds: number; isBetter: boolean},
    turn: number,
  ): void {
    if (turn !== this.#turn) return;
    const {planning, version} = this.store.state;
    const peaks = planning?.peaks ?? [];
    const isLower = told.peak !== undefined && told.peak !== peaks.at(-1);
    this.store.set({
      planning: {...told, peak: told.peak, peaks: isLower ? [...peaks, told.peak!] : peaks},
      ...(told.isBetter ? {version: version + 1} : {}),
    });
  }

  /** Keeps the best plan until now. */
  stopWork(): void {
    this.#work?.stop();
    this.#work = undefined;
    this.#startWork();
  }

  #startWork(): void {
    if (this.#work || this.#isClosed) return;
    this.#work = startWork();
    const {port1, port2} = new MessageChannel();
    void this.#work.remote.call('connect', {port: port1}, undefined, [port1]).catch(() => undefined);
    void this.#session.remote.call('connect', {port: port2}, undefined, [port2]).catch(() => undefined);
  }

  setMoment(moment: number | undefined): void {
    this.store.set({moment});
    this.#onChange();
  }

  setItem(item: number | undefined): void {
    this.store.set({item});
    this.#onChange();
  }

  setWindow(window: Range | undefined): void {
    this.store.set({window});
    this.#onChange();
  }

  setModel(model: ModelInfo | undefined): void {
    this.store.set({model});
  }

  close(): void {
    this.#isClosed = true;
    this.#turn++;
    this.#session.stop();
    this.#work?.stop();
  }
}

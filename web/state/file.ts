/** One open file: its worker, its planning worker, and its view. */

import {failureOf} from '../../bindings/model/errors.ts';
import type {Face} from '../canvas/face.ts';
import type {Range} from '../canvas/window.ts';
import type {CallChoice} from '../document/calls.ts';
import {Clock, type TimeAxis} from '../document/clock.ts';
import type {Colouring} from '../views/colouring.ts';
import type {ModelInfo} from '../worker/handlers/allocator.ts';
import type {OpenedWithSubject} from '../worker/handlers/open.ts';
import type {MemoryRequest} from '../worker/handlers/pictures.ts';
import type {PageOptions, PlanInfo, PlanningNews} from '../worker/handlers/plan.ts';
import {isCancelled} from '../worker/link.ts';
import {type FileState, isChanged, NOTHING_KNOWN, type PlanChoice} from './file-state.ts';
import {type FlamesChoice, withChange} from './flames.ts';
import type {Wanted} from './hash.ts';
import {PlanningSlot} from './planning-slot.ts';
import {addressOf, type Source} from './source.ts';
import {startFileWorker} from './start-workers.ts';
import {Store} from './store.ts';
import type {View} from './view-names.ts';

/** Milliseconds that planning waits for the first picture: both begin in the worker that holds the file. */
const MOST_WAIT = 2000;
/** Milliseconds that lesser questions wait for it. */
const MOST_PAUSE = 300;
/** A recording that ran out of memory is planned as a whole up to so many blocks. */
const MOST_WHOLE = 50_000;
/** More blocks are planned only on request: it takes a minute, and a gigabyte. */
const MOST_AT_ONCE = 1_000_000;

/** Milliseconds from a change of a window to the address. */
const SOON = 100;

type FileConnection = ReturnType<typeof startFileWorker>;

let spare: FileConnection | undefined;

export class FileModel {
  readonly name: string;
  readonly source: Source;
  readonly store = new Store<FileState>(NOTHING_KNOWN);
  /** Asks the worker that holds the file. */
  readonly ask: FileConnection['ask'];
  readonly #worker: FileConnection;
  readonly #planning: PlanningSlot;
  readonly #onChange: () => void;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #clock: {readonly device: number; readonly found: Promise<Clock | undefined>} | undefined;
  /** The planning that is under way; aborted where another one takes its place. */
  #run = new AbortController();
  /** The device whose leaks were asked for. */
  #leaksOf: FileState['subject'];
  /** The first picture, asked for before the view is there that shows it. */
  #ahead: {readonly colouring: Colouring; readonly face: Promise<Face>} | undefined;
  #soon: Promise<void> | undefined;
  #see: () => void = () => {};
  readonly #isSeen = new Promise<void>(resolve => {
    this.#see = resolve;
  });

  /** Starts a worker for the next file. */
  static prepare(): void {
    spare ??= startFileWorker();
  }

  /** A file that is not one of the page's: the next one of those still finds its worker ready. */
  static aside(source: Source): FileModel {
    const ready = spare;
    spare = undefined;
    try {
      return new FileModel(source, () => undefined);
    } finally {
      spare = ready;
    }
  }

  /** @param program of the worker that holds it, where it is not the one of the page. */
  constructor(source: Source, onChange: () => void, program?: string) {
    this.name = source.name;
    this.source = source;
    this.#onChange = onChange;
    this.#worker = program === undefined ? (spare ?? startFileWorker()) : startFileWorker(program);
    if (program === undefined) spare = undefined;
    this.ask = question => this.#worker.ask(question);
    this.#planning = new PlanningSlot(this.#worker);
  }

  /** Reads the file and its first device. @returns false where it is a model, for another program. @param onRead called with the number of bytes read. */
  async open(colouring: Colouring, onRead: (bytes: number) => void): Promise<boolean> {
    const request = addressOf(this.source);
    const answer = await this.#worker.follow<number, OpenedWithSubject | undefined>(
      (worker, listener) => worker.file.open(request, listener),
      onRead,
    );
    if (!answer) return false;
    const {opened, subject} = answer;
    // the worker makes the first picture while the page builds what is around it
    this.#ahead = {
      colouring,
      face: this.ask(worker => worker.pictures.memory({colouring, capacity: undefined})),
    };
    this.#ahead.face.catch(() => undefined);
    this.store.set({opened, subject, moment: subject.peakMoment, version: this.store.state.version + 1});
    return true;
  }

  /** The picture of live memory. */
  memory(request: MemoryRequest): Promise<Face> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const isSame = request.capacity === undefined && (request.axis ?? 'event') === 'event';
    if (isSame && ahead?.colouring === request.colouring) return ahead.face;
    return this.ask(worker => worker.pictures.memory(request));
  }

  /** Settles when a picture has been painted, or will not be soon: what is less urgent than the picture waits for it. */
  whenSeen(): Promise<void> {
    this.#soon ??= Promise.race([this.#isSeen, waitFor(MOST_PAUSE)]);
    return this.#soon;
  }

  /** A picture of it has been painted. */
  seen(): void {
    this.#see();
  }

  restore({view = 'memory', moment, item, window, y, axis, flames}: Wanted): void {
    const {moments = 0, items = 0} = this.store.state.subject ?? {};
    this.store.set({
      moment: moment !== undefined && moment <= moments ? moment : this.store.state.moment,
      item: item !== undefined && item < items ? item : undefined,
      window: window && window[0] < moments ? [window[0], Math.min(moments, window[1])] : undefined,
      ...flames,
      heights: y ? {[view]: y} : {},
    });
    if (axis) void this.setAxis(axis);
  }

  /** Plans the first view. @param waits whether to wait for a picture, which needs no plan. */
  async start(waits: boolean): Promise<void> {
    if (waits) await Promise.race([this.#isSeen, waitFor(MOST_WAIT)]);
    const {failedRequests = 0, items = 0, hasStateOnly = false} = this.store.state.subject ?? {};
    // without events there is nothing to plan: the summary says what to record
    if (hasStateOnly) return;
    if (items > MOST_AT_ONCE) {
      this.store.set({isHeld: true});
      return;
    }
    // blocks live at a failed request may come from any iteration, and the last iteration never ended
    await this.replan(failedRequests > 0 && items <= MOST_WHOLE ? {iteration: 'window'} : {});
    await this.lookForLeaks();
  }

  /** Once for each device: what stays behind from iteration to iteration, and what waits. */
  async lookForLeaks(): Promise<void> {
    const {subject} = this.store.state;
    if (!subject || subject === this.#leaksOf) return;
    this.#leaksOf = subject;
    const isCurrent = () => this.store.state.subject === subject;
    try {
      const leaks = await this.ask(worker => worker.leaks.find());
      if (isCurrent()) this.store.set({leaks});
    } catch (error) {
      if (isCurrent() && !isCancelled(error)) this.store.set({leaksFailure: failureOf(error)});
    }
  }

  async choose(device: number): Promise<void> {
    this.#ahead = undefined;
    const {opened, subject, version, axis} = this.store.state;
    this.#begin();
    this.#clock = undefined;
    this.store.set({...NOTHING_KNOWN, opened: {...opened!, device}, subject, version});
    await this.#choose(device);
    await this.setAxis(axis);
    await this.start(false);
  }

  async #choose(device: number): Promise<void> {
    const subject = await this.ask(worker => worker.file.choose(device));
    // the peak is the first thing to look at
    this.store.set({subject, moment: subject.peakMoment, version: this.store.state.version + 1});
  }

  /** Plans again with a changed choice. What was under way is dropped. */
  async replan(change: Partial<PlanChoice>): Promise<void> {
    const choice = {...this.store.state.choice, ...change};
    const run = this.#begin();
    this.store.set({
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
      const {isRecovering} = this.store.state;
      this.store.set({planning: undefined, isRecovering: false});
      if (!isCancelled(error)) this.store.set({failure: failureOf(error)});
      // a plan exists only if the stopped planning was the one for the verdict
      else if (!isRecovering) this.store.set({plan: undefined, isStopped: true});
    }
  }

  async #plan(choice: PlanChoice, run: AbortSignal): Promise<void> {
    const {iteration, alignment, changes, streams, isIdle, dims, hold} = choice;
    const options = optionsOf(choice);
    const isBase = !isChanged(choice);
    const task = await this.ask(worker =>
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
    this.store.set({
      task,
      plan: undefined,
      planning: {peak: undefined, lowerBound, spent: 0, seconds: 0, peaks: []},
    });
    const plan = await this.#worker.follow<PlanningNews, PlanInfo>(
      (worker, listener) => worker.plan.solve(options, isBase, listener),
      news => run.aborted || this.#hear(news),
    );
    if (run.aborted) return;
    const {version, opened} = this.store.state;
    const isRecovering = !plan.isCut && opened?.isCuda === true;
    const base = isBase ? {base: plan} : {};
    this.store.set({
      plan,
      planned: choice,
      planning: undefined,
      version: version + 1,
      isRecovering,
      ...base,
    });
    if (!isRecovering) return;
    const cuda = await this.ask(worker => worker.plan.recover(options));
    if (!run.aborted) this.store.set({cuda, isRecovering: false});
  }

  #hear({isBetter, peak, lowerBound, spent, seconds}: PlanningNews): void {
    const {planning, version} = this.store.state;
    const peaks = planning?.peaks ?? [];
    const isLower = peak !== undefined && peak !== peaks.at(-1);
    this.store.set({
      planning: {peak, lowerBound, spent, seconds, peaks: isLower ? [...peaks, peak] : peaks},
      ...(isBetter ? {version: version + 1} : {}),
    });
  }

  /** A new planning replaces the current one. @returns its signal, aborted when it is replaced in turn. */
  #begin(): AbortSignal {
    this.#run.abort();
    this.#run = new AbortController();
    this.#planning.restart();
    return this.#run.signal;
  }

  /** Stops planning, and keeps the best plan until now. */
  stopPlanning(): void {
    this.#planning.restart();
  }

  setMoment(moment: number | undefined): void {
    this.store.set({moment});
    this.#onChange();
  }

  /** The call whose blocks are listed and outlined; a chosen item would hide them. */
  setCall(call: CallChoice | undefined): void {
    this.store.set(call ? {call, item: undefined} : {call});
    this.#onChange();
  }

  setFlames(change: Partial<FlamesChoice>): void {
    const {flames, call} = this.store.state;
    const next = withChange(flames, change);
    const isSame = next.by === flames.by && next.isReversed === flames.isReversed;
    this.store.set({flames: next, call: isSame ? call : undefined});
    this.#onChange();
  }

  setItem(item: number | undefined): void {
    this.store.set({item});
    this.#onChange();
  }

  setWindow(window: Range | undefined): void {
    this.store.set({window});
    this.#changeSoon();
  }

  /** Values of the vertical axis of a view's picture; all of them where undefined. */
  setHeight(view: View, y: Range | undefined): void {
    this.store.set({heights: {...this.store.state.heights, [view]: y}});
    this.#changeSoon();
  }

  /** Windows change with every frame; the address costs two milliseconds, and can wait for the last one. */
  #changeSoon(): void {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#onChange(), SOON);
  }

  /** By event, or by the recorded clock where that can be used. */
  async setAxis(axis: TimeAxis): Promise<void> {
    if (axis === 'clock' && !(await this.loadClock())) return;
    this.store.set({axis});
    this.#onChange();
  }

  /** Asks for the recorded times, once for a device. @returns undefined where they cannot be used. */
  loadClock(): Promise<Clock | undefined> {
    const {clock, subject, opened} = this.store.state;
    if (clock || !subject || typeof subject.clock === 'string') return Promise.resolve(clock);
    if (this.#clock?.device !== opened!.device)
      this.#clock = {device: opened!.device, found: this.#askClock(opened!.device)};
    return this.#clock.found;
  }

  async #askClock(device: number): Promise<Clock | undefined> {
    const times = await this.ask(worker => worker.items.times()).catch(() => undefined);
    // another device may have been chosen meanwhile
    if (!times || this.store.state.opened?.device !== device) return undefined;
    const clock = new Clock(times);
    this.store.set({clock});
    return clock;
  }

  setModel(model: ModelInfo | undefined): void {
    this.store.set({model});
  }

  close(): void {
    clearTimeout(this.#saving);
    this.#run.abort();
    this.#planning.close();
    this.#worker.stop();
  }
}

const waitFor = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds));

function optionsOf({algorithm, capacity, timeLimit}: PlanChoice): PageOptions {
  return {
    algorithm,
    capacity,
    // with a capacity planning would end at the first plan that fits, and the page is to show the smallest
    minimize: capacity === undefined ? undefined : true,
    timeLimitMs: timeLimit === undefined ? undefined : timeLimit * 1000,
  };
}

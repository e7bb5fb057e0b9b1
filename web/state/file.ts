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
import {isCancelled} from '../worker/link.ts';
import {FilePlanning} from './file-planning.ts';
import {type FileState, NOTHING_KNOWN, type PlanChoice} from './file-state.ts';
import {type FlamesChoice, withChange} from './flames.ts';
import type {Wanted} from './hash.ts';
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
  readonly #plans: FilePlanning;
  readonly #onChange: () => void;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #clock: {readonly device: number; readonly found: Promise<Clock | undefined>} | undefined;
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
    this.#plans = new FilePlanning(this.#worker, this.store);
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
    this.#plans.begin();
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
  replan(change: Partial<PlanChoice>): Promise<void> {
    return this.#plans.replan(change);
  }

  /** Stops planning, and keeps the best plan until now. */
  stopPlanning(): void {
    this.#plans.stop();
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
    this.#plans.close();
    this.#worker.stop();
  }
}

const waitFor = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds));

/** The state of the page, and all actions on it. */

import {type Failure, failureOf} from '../../bindings/model/errors.ts';
import {plural} from '../../bindings/model/quantities.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Colouring} from '../views/colouring.ts';
import type {DimensionSizes} from '../worker/handlers/open.ts';
import {CancelledError, isCancelled} from '../worker/link.ts';
import {loadPart} from './carried.ts';
import {isChangeList, openChanges} from './changes.ts';
import type {ChosenFiles} from './chosen-files.ts';
import {FileModel} from './file.ts';
import type {FileState} from './file-state.ts';
import {readHash, type Wanted, writeHash} from './hash.ts';
import {firstState, type Opening, type PageState} from './page-state.ts';
import type {PaneSizes} from './panes.ts';
import {RankWalk} from './rank-walk.ts';
import {isRun, RunModel} from './run.ts';
import type {LeftOut} from './run-maker.ts';
import {sorted} from './several.ts';
import type {Source} from './source.ts';
import {Store} from './store.ts';
import type {View} from './view-names.ts';

export class Page {
  readonly store: Store<PageState>;
  readonly #running = new Map<number, FileModel>();
  #ids = 0;
  readonly ranks: RankWalk = new RankWalk({
    run: () => this.store.state.run,
    files: () => this.store.state.files,
    current: () => this.current,
    select: index => this.select(index),
    close: file => this.close(file),
    open: (source, replaced) => this.#read(source, replaced),
    cancel: id => this.cancel(id),
    announce: text => this.announce(text),
  });
  #wantedRank: number | undefined;

  constructor() {
    const wanted = readHash(location.hash);
    this.store = new Store<PageState>(firstState(wanted, preferredTheme()));
    this.#wantedRank = wanted.rank;
    document.documentElement.dataset.theme = this.store.state.theme;
    // a worker that is ready saves the first file the time to start one
    FileModel.prepare();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      if (readHash(location.hash).theme === undefined) this.setTheme(preferredTheme(), false);
    });
  }

  get current(): FileModel | undefined {
    const {files, current, isRunShown} = this.store.state;
    return isRunShown ? undefined : files[current];
  }

  /** Opens files one by one, or makes a run of them where they are recordings of many ranks. */
  async openAll(sources: readonly Source[], leftOut: readonly LeftOut[] = []): Promise<void> {
    const several = await sorted(sources);
    const {files, ranks} = several;
    await Promise.all([
      ...files.map(source => this.open(source)),
      ...(ranks.length > 0 ? [this.#makeRun(ranks, [...leftOut, ...several.leftOut])] : []),
    ]);
  }

  /** The files of a drop or of a chosen folder. */
  async openChosen(name: string, choose: () => Promise<ChosenFiles>): Promise<void> {
    try {
      const {sources, leftOut} = await choose();
      if (sources.length === 0 && leftOut.length > 0)
        throw new Error(`none of ${plural(leftOut.length, 'file')} is a recording by its name`);
      await this.openAll(sources, leftOut);
    } catch (error) {
      this.#refuse(name, failureOf(error));
    }
  }

  async #makeRun(sources: readonly Source[], leftOut: readonly LeftOut[]): Promise<void> {
    try {
      const run = await RunModel.make({sources, leftOut});
      this.#showRun(run);
      await run.read();
    } catch (error) {
      this.#refuse('the run', failureOf(error));
    }
  }

  #refuse(name: string, failure: Failure): void {
    const opening = this.#begin({name, size: 0});
    this.#change(opening, {failure});
    this.announce(`${name} could not be read: ${failure.message}`);
  }

  #begin(source: Source): number {
    const id = ++this.#ids;
    const {name, size} = source;
    const opening: Opening = {id, source, name, size, read: 0, failure: undefined};
    this.store.set({openings: [...this.store.state.openings, opening]});
    return id;
  }

  async open(source: Source): Promise<void> {
    await this.#open(this.#begin(source), source);
  }

  /** @param replaced a file whose place it takes. @returns its number among the openings */
  #read(source: Source, replaced: FileModel | undefined): number {
    const id = this.#begin(source);
    void this.#open(id, source, replaced);
    return id;
  }

  async #open(id: number, source: Source, replaced?: FileModel): Promise<void> {
    const {name} = source;
    let file: FileModel | undefined;
    try {
      const [isChanges, isOfRun] = await Promise.all([isChangeList(source), isRun(source)]);
      if (isChanges) return await this.#openChanges(id, source);
      if (isOfRun) {
        const run = await RunModel.open(source);
        this.dismiss(id);
        return this.#showRun(run);
      }
      const {colouring} = this.store.state;
      const onRead = (read: number) => this.#change(id, {read});
      file = new FileModel(source, () => this.save());
      this.#running.set(id, file);
      if (!(await file.open(colouring, onRead))) {
        file.close();
        file = new FileModel(source, () => this.save(), await loadPart('models'));
        this.#running.set(id, file);
        await file.open(colouring, onRead);
      }
      this.#running.delete(id);
      if (replaced && this.ranks.isPassed(id)) throw new CancelledError();
      this.ranks.end(id);
      this.#add(id, file, replaced);
      await file.start(this.store.state.view === 'memory');
    } catch (error) {
      this.#running.delete(id);
      this.ranks.end(id);
      file?.close();
      const failure = failureOf(error);
      if (isCancelled(error)) this.dismiss(id);
      else this.#change(id, {failure});
      this.announce(
        isCancelled(error) ? `${name}: cancelled` : `${name} could not be read: ${failure.message}`,
      );
    }
  }

  /** Reads a model again, now with sizes of its dimensions. */
  reopen({id, source}: Opening, dims: DimensionSizes): void {
    this.dismiss(id);
    void this.open({...source, dims: {...source.dims, ...dims}});
  }

  cancel(id: number): void {
    this.#running.get(id)?.close();
  }

  dismiss(id: number): void {
    this.store.set({openings: this.store.state.openings.filter(opening => opening.id !== id)});
  }

  showRun(isRunShown = true): void {
    this.store.set({isRunShown});
    this.save();
  }

  closeRun(): void {
    this.store.state.run?.close();
    this.store.set({run: undefined, isRunShown: false});
  }

  /** Makes the changes of a list in the current file. */
  async #openChanges(id: number, {name, blob}: Source): Promise<void> {
    const file = this.current;
    if (!file) throw new Error('this is a list of changes: open the recording that it is for first');
    const list = await openChanges(file, await blob!.text());
    this.dismiss(id);
    this.announce(`${list.name ?? name}: ${plural(list.changes.length, 'change')} of ${file.name}`);
  }

  #showRun(run: RunModel): void {
    this.store.state.run?.close();
    this.store.set({run, isRunShown: true});
    this.announce(`${run.info.title} is open`);
    // the rank in the address is of the first run
    const rank = this.#wantedRank;
    this.#wantedRank = undefined;
    if (rank !== undefined) this.ranks.open(rank);
  }

  close(file: FileModel): void {
    file.close();
    const files = this.store.state.files.filter(one => one !== file);
    this.store.set({
      files,
      isRunShown: files.length === 0 && this.store.state.run !== undefined,
      current: Math.min(this.store.state.current, Math.max(0, files.length - 1)),
      other: 1,
    });
    this.save();
  }

  select(index: number): void {
    const {current, other} = this.store.state;
    this.store.set({isRunShown: false, current: index, other: index === other ? current : other});
    this.save();
  }

  show(view: View): void {
    this.store.set({view});
    this.save();
  }

  setOther(other: number): void {
    this.store.set({other});
  }

  setColouring(colouring: Colouring): void {
    this.store.set({colouring});
    this.save();
  }

  setTheme(theme: Theme, isChosen = true): void {
    document.documentElement.dataset.theme = theme;
    this.store.set({theme});
    if (isChosen) this.save(theme);
  }

  /** @param isLast false while a border is still being moved: browsers limit how often the address changes. */
  setPanes(panes: PaneSizes, isLast: boolean): void {
    this.store.set({panes});
    if (isLast) this.save();
  }

  toggleHelp(isHelpShown = !this.store.state.isHelpShown): void {
    this.store.set({isHelpShown});
  }

  announce(announcement: string): void {
    this.store.set({announcement});
  }

  /** View, window and selection into the address; never data. */
  save(theme = readHash(location.hash).theme): void {
    const {view, colouring, panes} = this.store.state;
    const current = this.current;
    const file = current?.store.state;
    const rank = current ? this.ranks.rankOf(current) : -1;
    const hash = writeHash({
      rank: rank < 0 ? undefined : rank,
      view,
      colouring,
      panes,
      theme,
      moment: file?.moment,
      item: file?.item,
      window: file?.window,
      y: file?.heights[view],
      axis: file?.axis,
      flames: file,
    });
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
  }

  #add(id: number, file: FileModel, replaced?: FileModel): void {
    const {openings, files, view} = this.store.state;
    const wanted = readHash(location.hash);
    const isFirst = files.length === 0;
    if (isFirst) file.restore(wanted);
    const isProblem = file.store.state.opened?.kind === 'problem';
    const at = replaced ? files.indexOf(replaced) : -1;
    // the same window of another rank
    if (at >= 0) file.restore(sameWindow(replaced!.store.state));
    if (at >= 0) replaced!.close();
    const place = at >= 0 ? at : files.length;
    this.store.set({
      openings: openings.filter(opening => opening.id !== id),
      files: [...files.slice(0, place), file, ...files.slice(place + 1)],
      isRunShown: false,
      current: place,
      other: isFirst ? 1 : at >= 0 ? this.store.state.other : this.store.state.current,
      // a problem has only its plan to show
      view: isFirst && wanted.view === undefined && isProblem ? 'plan' : view,
    });
    this.announce(`${file.name} is open`);
    this.save();
    this.ranks.closeOld();
  }

  #change(id: number, change: Partial<Opening>): void {
    this.store.set({
      openings: this.store.state.openings.map(one => (one.id === id ? {...one, ...change} : one)),
    });
  }
}

function preferredTheme(): Theme {
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** What is kept from rank to rank: the part of time that is shown, and by what. */
function sameWindow({window, axis}: FileState): Wanted {
  return {window, axis};
}

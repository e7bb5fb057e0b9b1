/** The state of the page, and all actions on it. */

import {type Failure, failureOf} from '../../bindings/model/errors.ts';
import type {Theme} from '../canvas/theme.ts';
import type {Colouring} from '../views/colouring.ts';
import type {DimensionSizes} from '../worker/handlers/open.ts';
import {isCancelled} from '../worker/link.ts';
import {FileModel} from './file.ts';
import {readHash, writeHash} from './hash.ts';
import type {PaneSizes} from './panes.ts';
import {isRun, RunModel} from './run.ts';
import type {Source} from './source.ts';
import {Store} from './store.ts';
import type {View} from './view-names.ts';

/** A file that could not be read, or that is being read. */
export interface Opening {
  readonly id: number;
  readonly source: Source;
  readonly name: string;
  /** Bytes, in all and read so far; 0 where unknown. */
  readonly size: number;
  readonly read: number;
  readonly failure: Failure | undefined;
}

export interface PageState {
  readonly openings: readonly Opening[];
  /** The run that files may be recordings of. */
  readonly run: RunModel | undefined;
  /** Whether it is shown in place of the current file. */
  readonly isRunShown: boolean;
  readonly files: readonly FileModel[];
  /** Index into `files`. */
  readonly current: number;
  /** The second file of a comparison. */
  readonly other: number;
  readonly view: View;
  readonly theme: Theme;
  readonly colouring: Colouring;
  readonly panes: PaneSizes;
  readonly isHelpShown: boolean;
  /** The last action, for screen readers. */
  readonly announcement: string;
}

export class Page {
  readonly store: Store<PageState>;
  readonly #running = new Map<number, FileModel>();
  #ids = 0;

  constructor() {
    const wanted = readHash(location.hash);
    this.store = new Store<PageState>({
      openings: [],
      run: undefined,
      isRunShown: false,
      files: [],
      current: 0,
      other: 1,
      view: wanted.view ?? 'memory',
      theme: wanted.theme ?? preferredTheme(),
      colouring: wanted.colouring ?? 'operation',
      panes: wanted.panes ?? {},
      isHelpShown: false,
      announcement: '',
    });
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

  async openAll(sources: readonly Source[]): Promise<void> {
    await Promise.all(sources.map(source => this.open(source)));
  }

  async open(source: Source): Promise<void> {
    const id = ++this.#ids;
    const {name, size} = source;
    const opening: Opening = {id, source, name, size, read: 0, failure: undefined};
    this.store.set({openings: [...this.store.state.openings, opening]});
    let file: FileModel | undefined;
    try {
      if (await isRun(source)) return this.#showRun(id, await RunModel.open(source));
      file = new FileModel(source, () => this.save());
      this.#running.set(id, file);
      await file.open(read => this.#change(id, {read}));
      this.#running.delete(id);
      this.#add(id, file);
      await file.start(this.store.state.view === 'memory');
    } catch (error) {
      this.#running.delete(id);
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

  /** Opens the recording of a rank, by its index in the run; where it is open, shows it. */
  openRecording(index: number): void {
    const {run, files} = this.store.state;
    const rank = run?.info.ranks[index];
    if (!run || !rank) return;
    const {recordings} = run.source;
    const known = files.findIndex(({name}) => rank.file === name || rank.file.endsWith(`/${name}`));
    if (known >= 0) this.select(known);
    else if (recordings !== undefined)
      void this.open({name: rank.file, size: 0, url: `${recordings}${index}`});
    else this.announce(`${rank.name}: drop ${rank.file} onto the page to see it`);
  }

  showRun(isRunShown = true): void {
    this.store.set({isRunShown});
    this.save();
  }

  closeRun(): void {
    this.store.state.run?.close();
    this.store.set({run: undefined, isRunShown: false});
  }

  #showRun(id: number, run: RunModel): void {
    this.store.state.run?.close();
    this.dismiss(id);
    this.store.set({run, isRunShown: true});
    this.announce(`${run.info.title} is open`);
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
    const file = this.current?.store.state;
    const hash = writeHash({
      view,
      colouring,
      panes,
      theme,
      moment: file?.moment,
      item: file?.item,
      window: file?.window,
      y: file?.heights[view],
      axis: file?.axis,
    });
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : hash);
  }

  #add(id: number, file: FileModel): void {
    const {openings, files, view} = this.store.state;
    const wanted = readHash(location.hash);
    const isFirst = files.length === 0;
    if (isFirst) file.restore(wanted);
    const isProblem = file.store.state.opened?.kind === 'problem';
    this.store.set({
      openings: openings.filter(opening => opening.id !== id),
      files: [...files, file],
      isRunShown: false,
      current: files.length,
      other: isFirst ? 1 : this.store.state.current,
      // a problem has only its plan to show
      view: isFirst && wanted.view === undefined && isProblem ? 'plan' : view,
    });
    this.announce(`${file.name} is open`);
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

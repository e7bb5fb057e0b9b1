/** Walks through a tree of calls by keys, clicks and searches. Each step waits for the one before. */
import type {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import type {Direction, FlamesRequest, NodeInfo} from '../worker/handlers/flames.ts';

interface Place {
  readonly request: FlamesRequest;
  /** The chosen call, or that of the chosen block. */
  readonly chosen: NodeInfo | null | undefined;
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'previous',
  ArrowRight: 'next',
};

export class FlamesWalk {
  readonly #page: Page;
  readonly #file: FileModel;
  readonly #place: () => Place;
  #last: Promise<unknown> = Promise.resolve();

  constructor(page: Page, file: FileModel, place: () => Place) {
    this.#page = page;
    this.#file = file;
    this.#place = place;
  }

  /** Arrows go to the caller, the heaviest callee and the calls beside it; Enter and Backspace zoom. */
  onKey(event: KeyboardEvent): void {
    const {key, ctrlKey, metaKey, altKey, shiftKey, target} = event;
    if (ctrlKey || metaKey || altKey || shiftKey || !(target as HTMLElement).matches('.plot')) return;
    if ((target as HTMLElement).dataset.sketch !== undefined) return;
    const direction = DIRECTIONS[key];
    if (direction) this.#step(direction);
    else if (key === 'Enter') this.#zoomIn();
    else if (key === 'Backspace') this.#zoomOut();
    else if (key === 'Home') this.#file.setFlames({root: 0});
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A box was clicked. */
  pick(item: number): void {
    this.#then(async () => {
      const found = await this.#file.ask(worker => worker.flames.box(this.#place().request, item));
      this.#choose(found);
      this.#file.setFlames({root: found.node});
    });
  }

  row(row: number): void {
    this.#then(async () => {
      const found = await this.#file.ask(worker => worker.flames.row(this.#place().request, row));
      if (found) this.#choose(found);
    });
  }

  /** To the next call that a search found, or to the one before. */
  match(step: 1 | -1): void {
    this.#then(async () => {
      const {request} = this.#place();
      const found = await this.#file.ask(worker => worker.flames.match(request, this.#current(), step));
      if (!found) return;
      this.#choose(found);
      this.#file.setFlames({root: found.root});
    });
  }

  #step(direction: Direction): void {
    this.#then(async () => {
      const {request} = this.#place();
      const from = this.#current() ?? request.root;
      const found = await this.#file.ask(worker => worker.flames.step(request, from, direction));
      if (!found) return;
      this.#choose(found);
      // a caller above the top is seen only from itself on
      if (direction === 'up' && found.node < request.root) this.#file.setFlames({root: found.node});
    });
  }

  #zoomIn(): void {
    this.#then(async () => this.#file.setFlames({root: this.#current() ?? 0}));
  }

  #zoomOut(): void {
    this.#then(async () => {
      const {request} = this.#place();
      const above = await this.#file.ask(worker => worker.flames.step(request, request.root, 'up'));
      if (above) this.#file.setFlames({root: above.node});
    });
  }

  #current(): number | undefined {
    // the view hears of a step later than the file
    const {item, call} = this.#file.store.state;
    return item === undefined ? call?.node : this.#place().chosen?.node;
  }

  #choose({node, name, words}: NodeInfo): void {
    const {by, isReversed} = this.#place().request;
    this.#file.setCall(node === 0 ? undefined : {by, isReversed, node});
    this.#page.announce(`${name}: ${words}`);
  }

  #then(step: () => Promise<unknown>): void {
    this.#last = this.#last.then(step).catch(() => undefined);
  }
}

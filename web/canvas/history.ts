/** The windows that a picture showed before, to go back to. */
import {isSameRange, type Window} from './window.ts';

/** Milliseconds between two changes that are one gesture: of the wheel, of a drag, of a key held down. */
const GESTURE = 500;
const MOST = 50;

export class WindowHistory {
  readonly #before: Window[] = [];
  #last = Number.NEGATIVE_INFINITY;

  /**
   * Keeps a window that is about to change.
   * @param now milliseconds of any clock.
   * @param isStep whether the change stands by itself, however soon another one follows.
   */
  keep(window: Window, now: number, isStep: boolean): void {
    const isOther = isStep || now - this.#last > GESTURE;
    this.#last = isStep ? Number.NEGATIVE_INFINITY : now;
    const known = this.#before.at(-1);
    if (!isOther || (known && isSameRange(known.x, window.x) && isSameRange(known.y, window.y))) return;
    this.#before.push(window);
    if (this.#before.length > MOST) this.#before.shift();
  }

  /** The window before, which is forgotten; undefined at the first one. */
  back(): Window | undefined {
    this.#last = Number.NEGATIVE_INFINITY;
    return this.#before.pop();
  }

  /** Where the axes mean something else, older windows mean nothing. */
  clear(): void {
    this.#before.length = 0;
    this.#last = Number.NEGATIVE_INFINITY;
  }
}

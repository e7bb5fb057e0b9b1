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
    if (!isOther || (known && isSame(known, window))) return;
    this.#before.push(window);
    if (this.#before.length > MOST) this.#before.shift();
  }

  /** The window before, another than the shown one, which is forgotten; undefined at the first one. */
  back(shown: Window): Window | undefined {
    this.#last = Number.NEGATIVE_INFINITY;
    let before = this.#before.pop();
    while (before && isSame(before, shown)) before = this.#before.pop();
    return before;
  }

  /** Where the axes mean something else, older windows mean nothing. */
  clear(): void {
    this.#before.length = 0;
    this.#last = Number.NEGATIVE_INFINITY;
  }
}

const isSame = (a: Window, b: Window) => isSameRange(a.x, b.x) && isSameRange(a.y, b.y);

/** Draws boxes and rulers over a picture, by the pointer or by keys alone. */
import type {Point, Sketch} from '../canvas/sketch.ts';
import {between, mappingOf} from '../canvas/window.ts';
import type {Shown} from './picture-view.ts';

/** Parts of the window that an arrow moves an end by; the smaller one with Shift. */
const STEP = 0.02;
const FINE = 0.002;
/** Part of the window on each side of its centre that a box has at first. */
const HALF = 0.25;

const ARROWS: Readonly<Record<string, readonly [x: number, up: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

export class Sketcher {
  readonly #latest: () => Shown;
  readonly #onChange: (sketch: Sketch | undefined) => void;
  #sketch: Sketch | undefined;

  constructor(latest: () => Shown, onChange: (sketch: Sketch | undefined) => void) {
    this.#latest = latest;
    this.#onChange = onChange;
  }

  begin(kind: Sketch['kind'], at: Point): void {
    this.#set({kind, from: at, to: at, isOpen: true, isByKeys: false});
  }

  /** Around the chosen moment, where it is seen; ends one of the kind that is open. */
  beginByKeys(kind: Sketch['kind']): void {
    const {props, window} = this.#latest();
    const sketch = this.#sketch;
    if (sketch?.isOpen && sketch.kind === kind) {
      this.end();
      return;
    }
    const {moment} = props;
    const isSeen = moment !== undefined && moment >= window.x[0] && moment <= window.x[1];
    const x = isSeen ? this.#units().x.position(moment) : 0.5;
    const reach = kind === 'box' ? HALF : 0;
    this.#set({
      kind,
      from: this.#valuesAt({x: x - reach, y: 0.5 + reach}),
      to: this.#valuesAt({x: x + reach, y: 0.5 - reach}),
      isOpen: true,
      isByKeys: true,
    });
  }

  moveTo(to: Point): void {
    const sketch = this.#sketch;
    if (sketch?.isOpen) this.#set({...sketch, to});
  }

  /** Zooms into a box; a ruler stays. */
  end(): void {
    const {props, show} = this.#latest();
    const sketch = this.#sketch;
    if (!sketch?.isOpen) return;
    const {kind, from, to} = sketch;
    this.#set(kind === 'box' ? undefined : {...sketch, isOpen: false});
    if (kind === 'box' && from.x !== to.x && from.y !== to.y) {
      const {x, y} = props.face;
      show({x: between(x, from.x, to.x), y: between(y, from.y, to.y)}, true);
    }
  }

  /** @returns whether there was something to forget. */
  cancel(): boolean {
    const had = this.#sketch !== undefined;
    if (had) this.#set(undefined);
    return had;
  }

  /** @returns whether the key was for what is being drawn. */
  key(key: string, isFine: boolean): boolean {
    const sketch = this.#sketch;
    if (!sketch?.isOpen) return false;
    const arrow = ARROWS[key];
    if (arrow) this.#push(sketch, arrow, isFine ? FINE : STEP);
    else if (key === ' ') this.#set({...sketch, from: sketch.to, to: sketch.from});
    else if (key === 'Enter') this.end();
    else return false;
    return true;
  }

  #push(sketch: Sketch, [right, up]: readonly [number, number], step: number): void {
    const {x, y} = this.#units();
    const isDown = this.#latest().props.face.y.categories !== undefined;
    this.#set({
      ...sketch,
      to: this.#valuesAt({
        x: x.position(sketch.to.x) + right * step,
        y: y.position(sketch.to.y) + (isDown ? -up : up) * step,
      }),
    });
  }

  /** From values to parts of the window, 0 … 1. */
  #units() {
    const {props, window} = this.#latest();
    const {x, y} = props.face;
    return {x: mappingOf(x.scale, window.x, [0, 1]), y: mappingOf(y.scale, window.y, [0, 1])};
  }

  /** Within the window. */
  #valuesAt(part: Point): Point {
    const {x, y} = this.#units();
    const cut = (value: number) => Math.min(1, Math.max(0, value));
    return {x: x.value(cut(part.x)), y: y.value(cut(part.y))};
  }

  #set(sketch: Sketch | undefined): void {
    this.#sketch = sketch;
    this.#onChange(sketch);
  }
}

/** The pointer and the wheel on a picture. */
import {drag} from '../canvas/gestures.ts';
import type {Point} from '../canvas/sketch.ts';
import type {ViewPort} from '../canvas/view-port.ts';
import {isSameRange, mappingOf, panned, type Range, zoomed} from '../canvas/window.ts';
import {tools} from '../state/tool.ts';
import type {Sketcher} from './picture-sketch.ts';
import type {Shown} from './picture-view.ts';

export interface Hint {
  readonly text: string;
  /** Pixels from the edges of the picture: from one of top and bottom. */
  readonly left: number;
  readonly top?: number;
  readonly bottom?: number;
}

/** Pixels of the area of the marks. */
interface Place extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PointerInput {
  readonly element: HTMLElement;
  readonly latest: () => Shown & {readonly port: ViewPort};
  readonly sketcher: Sketcher;
  setHint(hint: Hint | undefined): void;
}

/** @returns a function that ends it. */
export function listen(input: PointerInput): () => void {
  const {element} = input;
  const pointer = new Pointer(input);
  const stopDrag = drag(element, pointer);
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    pointer.onWheel(event);
  };
  element.addEventListener('wheel', onWheel, {passive: false});
  return () => {
    stopDrag();
    element.removeEventListener('wheel', onWheel);
  };
}

class Pointer {
  readonly #input: PointerInput;
  #isProbing = false;

  constructor(input: PointerInput) {
    this.#input = input;
  }

  onPan(dx: number, dy: number): void {
    this.#input.setHint(undefined);
    this.#panBy(dx, dy);
  }

  onPinch(factor: number, x: number, y: number): void {
    this.#zoomAt('x', factor, x, y);
  }

  onClick(clientX: number, clientY: number): void {
    const place = this.#placeOf(clientX, clientY);
    if (place.x < 0 || place.x > place.width) return;
    const {x} = this.#valuesAt(place);
    void this.#probe(place).then(
      found => this.#input.latest().props.onPick?.(found, x),
      () => undefined,
    );
  }

  onHover(clientX: number, clientY: number): void {
    const {element, setHint} = this.#input;
    const {left, top, width, height} = element.getBoundingClientRect();
    this.#point(clientX, clientY);
    if (this.#isProbing) return;
    this.#isProbing = true;
    this.#probe(this.#placeOf(clientX, clientY))
      .then(
        found => {
          const x = Math.min(clientX - left + 12, Math.max(0, width - 260));
          const y = clientY - top;
          // on the side with more room
          const place = y < height / 2 ? {top: y + 16} : {bottom: height - y + 10};
          setHint(found && found.detail !== '' ? {text: found.detail, left: x, ...place} : undefined);
        },
        () => undefined,
      )
      .finally(() => {
        this.#isProbing = false;
      });
  }

  onLeave(): void {
    this.#input.latest().port.point(undefined);
    this.#input.setHint(undefined);
  }

  /** A drag moves the picture; with the tools, or with Shift, it draws. */
  onGrab(clientX: number, clientY: number, isShift: boolean): boolean {
    const {tool} = tools.state;
    if (tool === 'move' && !isShift) return false;
    const at = this.#valuesAt(this.#placeOf(clientX, clientY));
    this.#input.setHint(undefined);
    this.#input.sketcher.begin(tool === 'measure' ? 'ruler' : 'box', at);
    return true;
  }

  onDraw(clientX: number, clientY: number): void {
    this.#point(clientX, clientY);
    this.#input.sketcher.moveTo(this.#valuesAt(this.#placeOf(clientX, clientY)));
  }

  onDrawn(isCut: boolean): void {
    const {sketcher} = this.#input;
    if (isCut) sketcher.cancel();
    else sketcher.end();
  }

  onWheel({deltaX, deltaY, deltaMode, shiftKey, altKey, ctrlKey, clientX, clientY}: WheelEvent): void {
    const unit = deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1;
    const [dx, dy] = [deltaX * unit, deltaY * unit];
    if (shiftKey || Math.abs(dx) > Math.abs(dy)) this.#panBy(-(dx || dy), 0);
    else this.#zoomAt(altKey ? 'y' : 'x', Math.exp(dy / (ctrlKey ? 100 : 300)), clientX, clientY);
  }

  #point(clientX: number, clientY: number): void {
    const {left, top} = this.#input.element.getBoundingClientRect();
    this.#input.latest().port.point({x: clientX - left, y: clientY - top});
  }

  #placeOf(clientX: number, clientY: number): Place {
    const {element, latest} = this.#input;
    const {left, top} = element.getBoundingClientRect();
    const {margins, width, height} = latest().port.plot!;
    return {x: clientX - left - margins.left, y: clientY - top - margins.top, width, height};
  }

  /** At the edge for a place beyond it. */
  #valuesAt({x, y, width, height}: Place): Point {
    const {props, window} = this.#input.latest();
    const down: Range = props.face.y.categories ? [0, height] : [height, 0];
    const cut = (value: number, most: number) => Math.min(most, Math.max(0, value));
    return {
      x: mappingOf(props.face.x.scale, window.x, [0, width]).value(cut(x, width)),
      y: mappingOf(props.face.y.scale, window.y, down).value(cut(y, height)),
    };
  }

  async #probe(place: Place) {
    const {props, window} = this.#input.latest();
    if (place.x < 0 || place.x > place.width || place.y < 0 || place.y > place.height) return undefined;
    const request = {key: props.pictureKey, window, ...place};
    return props.file.ask(worker => worker.pictures.probe(request));
  }

  #zoomAt(axis: 'x' | 'y', factor: number, clientX: number, clientY: number): void {
    const {props, window, show} = this.#input.latest();
    const value = this.#valuesAt(this.#placeOf(clientX, clientY))[axis];
    show({[axis]: zoomed(props.face[axis], window[axis], factor, value)});
  }

  #panBy(dx: number, dy: number): void {
    const {props, window, show, port} = this.#input.latest();
    const {width, height} = port.plot!;
    const isDown = !props.face.y.categories;
    show({
      ...(dx === 0 ? {} : {x: panned(props.face.x, window.x, -dx / width)}),
      // all of an axis has nowhere to go
      ...(dy === 0 || isSameRange(window.y, props.face.y.domain)
        ? {}
        : {y: panned(props.face.y, window.y, (isDown ? dy : -dy) / height)}),
    });
  }
}

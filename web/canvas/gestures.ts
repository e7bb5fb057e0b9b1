/** Gestures of pointers: move, press, drag, pinch. */

export interface Gestures {
  /** Pixels since the last call. */
  onPan(dx: number, dy: number): void;
  /** A factor below 1 shows less; around a point of the screen. */
  onPinch(factor: number, x: number, y: number): void;
  onClick(x: number, y: number): void;
  /** A drag begins, where it was pressed. @returns whether it draws rather than moves: its places go to `onDraw`. */
  onGrab(x: number, y: number, isShift: boolean): boolean;
  onDraw(x: number, y: number): void;
  /** @param isCut whether a second finger or the system ended it. */
  onDrawn(isCut: boolean): void;
  onHover(x: number, y: number): void;
  onLeave(): void;
}

/** Pixels that a finger may move and still have pressed. */
const STILL = 5;

/** @returns a function that ends it. */
export function drag(element: HTMLElement, gestures: Gestures): () => void {
  const pointers = new Map<number, {x: number; y: number}>();
  let moved = 0;
  let pressed = {x: 0, y: 0};
  /** Undefined while the pointer has not moved enough to tell. */
  let isDrawing: boolean | undefined;
  const stopDrawing = (isCut: boolean) => {
    if (isDrawing) gestures.onDrawn(isCut);
    isDrawing = false;
  };
  const on = {
    pointerdown(event: PointerEvent) {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, {x: event.clientX, y: event.clientY});
      if (pointers.size === 1) {
        moved = 0;
        pressed = {x: event.clientX, y: event.clientY};
        isDrawing = undefined;
      } else stopDrawing(true);
      element.setPointerCapture(event.pointerId);
    },
    pointermove(event: PointerEvent) {
      const before = pointers.get(event.pointerId);
      if (!before) {
        gestures.onHover(event.clientX, event.clientY);
        return;
      }
      const now = {x: event.clientX, y: event.clientY};
      const [dx, dy] = [now.x - before.x, now.y - before.y];
      moved += Math.abs(dx) + Math.abs(dy);
      const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, now);
      if (other) {
        const [was, is] = [distance(before, other), distance(now, other)];
        if (is > 0 && was > 0) gestures.onPinch(was / is, (now.x + other.x) / 2, (now.y + other.y) / 2);
      } else if (moved > STILL) {
        isDrawing ??= gestures.onGrab(pressed.x, pressed.y, event.shiftKey);
        if (isDrawing) gestures.onDraw(now.x, now.y);
        else gestures.onPan(dx, dy);
      }
    },
    pointerup(event: PointerEvent) {
      const wasDown = pointers.delete(event.pointerId);
      if (wasDown) stopDrawing(false);
      if (wasDown && pointers.size === 0 && moved <= STILL) gestures.onClick(event.clientX, event.clientY);
    },
    pointercancel(event: PointerEvent) {
      pointers.delete(event.pointerId);
      stopDrawing(true);
    },
    pointerleave() {
      if (pointers.size === 0) gestures.onLeave();
    },
  };
  const list = Object.entries(on) as [keyof typeof on, (event: PointerEvent) => void][];
  for (const [name, listener] of list) element.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of list) element.removeEventListener(name, listener);
  };
}

const distance = (a: {x: number; y: number}, b: {x: number; y: number}) => Math.hypot(a.x - b.x, a.y - b.y);

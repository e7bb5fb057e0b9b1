/**
 * A picture on the page: the last painting is shown at once, moved and stretched to its new position, and
 * painted anew by the worker as fast as that can. So a frame costs the same, however many marks there are.
 */
import {PAPER} from '../../bindings/pictures/palette.ts';
import {formatShort} from '../../bindings/pictures/ticks.ts';
import type {Painted, PaintRequest} from './board.ts';
import type {Face} from './face.ts';
import {
  drawAxes,
  drawFocus,
  drawRules,
  type FrameDrawing,
  insideOf,
  type Margins,
  mappings,
  marginsOf,
  type Size,
} from './frame.ts';
import {drawCross, drawSketch, type Point, type Sketch} from './sketch.ts';
import type {Theme} from './theme.ts';
import {isSameRange, type Window} from './window.ts';

export interface ViewPortInput {
  readonly face: Face;
  readonly key: string;
  readonly window: Window;
  readonly theme: Theme;
  /** Version of the picture: a new version is painted anew. */
  readonly version: number;
  readonly moment: number | undefined;
  /** Corners of the selection. */
  readonly boxes: Float64Array;
  readonly sketch?: Sketch | undefined;
  /** What stands at a place of the x axis, beside lines through the pointer. */
  readonly textAt?: (x: number) => string;
}

export class ViewPort {
  readonly #canvas: HTMLCanvasElement;
  readonly #paint: (request: PaintRequest) => Promise<Painted>;
  readonly #onPainted: () => void;
  #input: ViewPortInput | undefined;
  #size: Size = {width: 0, height: 0};
  #painted: (Painted & {readonly stamp: string}) | undefined;
  #isAsking = false;
  #frame = 0;
  #isGone = false;
  #cross: Point | undefined;

  constructor(
    canvas: HTMLCanvasElement,
    paint: (request: PaintRequest) => Promise<Painted>,
    onPainted: () => void,
  ) {
    this.#canvas = canvas;
    this.#paint = paint;
    this.#onPainted = onPainted;
  }

  /** Sets the input and draws it. */
  show(input: ViewPortInput): void {
    this.#input = input;
    this.draw();
  }

  resize(size: Size): void {
    if (size.width === this.#size.width && size.height === this.#size.height) return;
    this.#size = size;
    this.draw();
  }

  /** Lines through a place of the canvas, pixels; none where undefined. */
  point(at: Point | undefined): void {
    if (!at && !this.#cross) return;
    this.#cross = at;
    this.draw();
  }

  /** Asks for the first painting at once: the worker paints while the page draws what is around it. */
  begin(input: ViewPortInput, size: Size): void {
    this.#input = input;
    this.#size = size;
    if (size.width >= 20 && size.height >= 20) this.#ask(input, devicePixelRatio);
    this.draw();
  }

  /** In the next frame. */
  draw(): void {
    if (this.#frame !== 0 || this.#isGone) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  close(): void {
    this.#isGone = true;
    cancelAnimationFrame(this.#frame);
    this.#painted?.image.close();
    this.#painted = undefined;
  }

  /** Pixels of the marks. */
  get plot(): {readonly margins: Margins; readonly width: number; readonly height: number} | undefined {
    if (!this.#input) return undefined;
    const margins = marginsOf(this.#input.face, this.#size);
    return {
      margins,
      width: Math.max(1, this.#size.width - margins.left - margins.right),
      height: Math.max(1, this.#size.height - margins.top - margins.bottom),
    };
  }

  #drawNow(): void {
    const input = this.#input;
    const {width, height} = this.#size;
    if (!input || width < 20 || height < 20) return;
    const ratio = devicePixelRatio;
    if (
      this.#canvas.width !== Math.round(width * ratio) ||
      this.#canvas.height !== Math.round(height * ratio)
    ) {
      this.#canvas.width = Math.round(width * ratio);
      this.#canvas.height = Math.round(height * ratio);
      // its own pixels, not those of an element that ends within one
      this.#canvas.style.width = `${this.#canvas.width / ratio}px`;
      this.#canvas.style.height = `${this.#canvas.height / ratio}px`;
    }
    const context = this.#canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = PAPER[input.theme];
    context.fillRect(0, 0, width, height);
    const drawing: FrameDrawing = {
      ...input,
      context,
      size: this.#size,
      margins: marginsOf(input.face, this.#size),
    };
    drawAxes(drawing);
    this.#drawMarks(drawing);
    drawRules(drawing);
    drawFocus(drawing, input.moment, input.boxes);
    if (input.sketch) drawSketch(drawing, input.sketch);
    if (this.#cross) this.#drawCross(drawing, this.#cross);
    this.#ask(input, ratio);
  }

  #drawCross(drawing: FrameDrawing, at: Point): void {
    const {face, textAt} = this.#input!;
    const {x, y} = mappings(drawing);
    const value = y.value(at.y);
    drawCross(drawing, at, {
      x: textAt?.(x.value(at.x)) ?? '',
      y: face.y.categories
        ? ''
        : formatShort(face.y.unit === 'bytes' ? Math.round(value) : value, face.y.unit),
    });
  }

  /** The last painting, at the position of its window in the shown one. The grid shows through empty areas. */
  #drawMarks(drawing: FrameDrawing): void {
    const painted = this.#painted;
    if (!painted || painted.stamp.split(' ')[0] !== this.#input!.key) return;
    const {context} = drawing;
    const {x, y} = mappings(drawing);
    const [x0, x1] = painted.window.x.map(value => x.position(value)) as [number, number];
    const [y0, y1] = painted.window.y.map(value => y.position(value)) as [number, number];
    context.save();
    insideOf(drawing);
    context.drawImage(painted.image, x0, Math.min(y0, y1), x1 - x0, Math.abs(y1 - y0));
    context.restore();
  }

  #ask({key, window, theme, version}: ViewPortInput, ratio: number): void {
    const plot = this.plot!;
    const {width, height} = plot;
    const stamp = `${key} ${version} ${theme} ${width} ${height} ${ratio}`;
    const isCurrent =
      this.#painted?.stamp === stamp &&
      isSameRange(this.#painted.window.x, window.x) &&
      isSameRange(this.#painted.window.y, window.y);
    if (isCurrent || this.#isAsking) return;
    this.#isAsking = true;
    this.#paint({key, window, width, height, ratio, theme}).then(
      painted => {
        this.#isAsking = false;
        if (this.#isGone) {
          painted.image.close();
          return;
        }
        this.#painted?.image.close();
        this.#painted = {...painted, stamp};
        this.#onPainted();
        this.draw();
      },
      () => {
        this.#isAsking = false;
      },
    );
  }
}

/** What a person draws over a picture: a box to zoom into, or a ruler between two points. */
import {INK, PAPER} from '../../bindings/pictures/palette.ts';
import {type FrameDrawing, insideOf, mappings} from './frame.ts';

/** Values of both axes. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Sketch {
  readonly kind: 'box' | 'ruler';
  readonly from: Point;
  readonly to: Point;
  /** Whether an end still moves. */
  readonly isOpen: boolean;
  readonly isByKeys: boolean;
}

/** Pixels. */
const END = 6;

export function drawSketch(drawing: FrameDrawing, {kind, from, to}: Sketch): void {
  const {context, theme} = drawing;
  const {x, y} = mappings(drawing);
  const [x0, y0] = [x.position(from.x), y.position(from.y)];
  const [x1, y1] = [x.position(to.x), y.position(to.y)];
  context.save();
  insideOf(drawing);
  if (kind === 'box') {
    context.globalAlpha = 0.15;
    context.fillStyle = INK[theme];
    context.fillRect(x0, y0, x1 - x0, y1 - y0);
    context.globalAlpha = 1;
  }
  const path = new Path2D();
  if (kind === 'box') path.rect(x0, y0, x1 - x0, y1 - y0);
  else {
    path.moveTo(x0, y0);
    path.lineTo(x1, y1);
    for (const [a, b] of [
      [x0, y0],
      [x1, y1],
    ] as const) {
      path.moveTo(a - END, b);
      path.lineTo(a + END, b);
      path.moveTo(a, b - END);
      path.lineTo(a, b + END);
    }
  }
  // paper below the ink, so that it is seen on every colour
  for (const [width, colour] of [
    [4, PAPER[theme]],
    [1.5, INK[theme]],
  ] as const) {
    context.lineWidth = width;
    context.strokeStyle = colour;
    if (kind === 'box') context.setLineDash(width === 4 ? [] : [6, 3]);
    context.stroke(path);
  }
  context.restore();
}

/** Lines through a point of the canvas, with the values of both axes on plates at their ends. */
export function drawCross(drawing: FrameDrawing, at: Point, texts: {readonly x: string; readonly y: string}) {
  const {context, size, margins, theme} = drawing;
  const [right, bottom] = [size.width - margins.right, size.height - margins.bottom];
  if (at.x < margins.left || at.x > right || at.y < margins.top || at.y > bottom) return;
  context.save();
  context.strokeStyle = INK[theme];
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.beginPath();
  const [x, y] = [Math.round(at.x) + 0.5, Math.round(at.y) + 0.5];
  context.moveTo(x, margins.top);
  context.lineTo(x, bottom);
  context.moveTo(margins.left, y);
  context.lineTo(right, y);
  context.stroke();
  context.globalAlpha = 1;
  drawPlate(drawing, texts.x, at.x, bottom + 11);
  drawPlate(drawing, texts.y, 0, at.y);
  context.restore();
}

/** Ink and paper change places, so that it differs from the numbers of the axis. */
function drawPlate({context, size, theme}: FrameDrawing, text: string, centre: number, y: number): void {
  if (text === '') return;
  context.font = '12px system-ui, sans-serif';
  const width = context.measureText(text).width + 8;
  const left = Math.max(1, Math.min(centre - width / 2, size.width - width - 1));
  context.fillStyle = INK[theme];
  context.fillRect(left, y - 9, width, 18);
  context.fillStyle = PAPER[theme];
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, left + 4, y);
}

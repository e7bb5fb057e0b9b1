/** The actions of keys and buttons on a picture. */
import type {Face} from '../canvas/face.ts';
import type {Sketch} from '../canvas/sketch.ts';
import {around, mappingOf, panned, type Range, zoomed} from '../canvas/window.ts';
import type {Sketcher} from './picture-sketch.ts';
import type {Shown} from './picture-view.ts';

/** Actions of the page's keys on the picture in focus. */
export interface Steering {
  zoom(factor: number, axis: 'x' | 'y'): void;
  pan(part: number, axis: 'x' | 'y'): void;
  whole(): void;
  focus(): void;
  /** The part that was shown before. @returns whether there was one. */
  back(): boolean;
  /** Begins a box or a ruler; ends it where one is open. */
  sketch(kind: Sketch['kind']): void;
  /** Forgets what is drawn over the picture. @returns whether there was something. */
  cancel(): boolean;
  /** @returns whether the key was for what is being drawn. */
  key(key: string, isFine: boolean): boolean;
}

/** The picture that keys are meant for: the one touched last, else the first on the page. */
export const steered: {current: Steering | undefined} = {current: undefined};

/** @param grasp gives the picture the focus, since arrows are then its own. */
export function steeringOf(latest: () => Shown, sketcher: Sketcher, grasp: () => void): Steering {
  const centre = ([from, to]: Range, scale: Face['x']['scale']) =>
    mappingOf(scale, [from, to], [0, 1]).value(0.5);
  return {
    zoom(factor, axis) {
      const {props, window, show} = latest();
      const [own, range] = [props.face[axis], window[axis]];
      // around the moment that is looked at, where it is seen
      const {moment} = props;
      const isSeen = axis === 'x' && moment !== undefined && moment >= range[0] && moment <= range[1];
      show({[axis]: zoomed(own, range, factor, isSeen ? moment : centre(range, own.scale))});
    },
    pan(part, axis) {
      const {props, window, show} = latest();
      show({[axis]: panned(props.face[axis], window[axis], part)});
    },
    whole() {
      const {props, show} = latest();
      show({x: props.face.x.domain, y: props.face.y.domain}, true);
    },
    focus() {
      const {props, boxes, show} = latest();
      if (boxes.length === 0) return;
      const [x0, x1, y0, y1] = [0, 1, 2, 3].map(k => boxes.filter((_, i) => i % 4 === k)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const x = around(props.face.x, [Math.min(...x0), Math.max(...x1)]);
      show({x, y: around(props.face.y, [Math.min(...y0, ...y1), Math.max(...y0, ...y1)])}, true);
    },
    back: () => latest().back(),
    sketch(kind) {
      grasp();
      sketcher.beginByKeys(kind);
    },
    cancel: () => sketcher.cancel(),
    key: (key, isFine) => sketcher.key(key, isFine),
  };
}

/** The actions of keys and buttons on a picture. */
import type {Face} from '../canvas/face.ts';
import {around, isSameRange, mappingOf, panned, type Range, zoomed} from '../canvas/window.ts';
import type {Latest} from './picture-box.tsx';

/** Actions of the page's keys on the picture in focus. */
export interface Steering {
  zoom(factor: number, axis: 'x' | 'y'): void;
  pan(part: number, axis: 'x' | 'y'): void;
  whole(): void;
  focus(): void;
}

/** The picture that keys are meant for: the one touched last, else the first on the page. */
export const steered: {current: Steering | undefined} = {current: undefined};

export function steeringOf(latest: () => Latest): Steering {
  const set = (axis: 'x' | 'y', range: Range) => {
    const {props, setX, setY} = latest();
    if (axis === 'x') setX(range);
    else setY(isSameRange(range, props.face.y.domain) ? undefined : range);
  };
  const centre = ([from, to]: Range, scale: Face['x']['scale']) =>
    mappingOf(scale, [from, to], [0, 1]).value(0.5);
  return {
    zoom(factor, axis) {
      const {props, window} = latest();
      const [own, range] = [props.face[axis], window[axis]];
      // around the moment that is looked at, where it is seen
      const {moment} = props;
      const isSeen = axis === 'x' && moment !== undefined && moment >= range[0] && moment <= range[1];
      set(axis, zoomed(own, range, factor, isSeen ? moment : centre(range, own.scale)));
    },
    pan(part, axis) {
      const {props, window} = latest();
      set(axis, panned(props.face[axis], window[axis], part));
    },
    whole() {
      const {props, setX, setY} = latest();
      setX(props.face.x.domain);
      setY(undefined);
    },
    focus() {
      const {props, boxes} = latest();
      if (boxes.length === 0) return;
      const [x0, x1, y0, y1] = [0, 1, 2, 3].map(k => boxes.filter((_, i) => i % 4 === k)) as [
        Float64Array,
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      set('x', around(props.face.x, [Math.min(...x0), Math.max(...x1)]));
      set('y', around(props.face.y, [Math.min(...y0, ...y1), Math.max(...y0, ...y1)]));
    },
  };
}

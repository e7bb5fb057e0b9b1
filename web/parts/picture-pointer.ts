/** The pointer and the wheel on a picture. */
import {drag} from '../canvas/gestures.ts';
import type {ViewPort} from '../canvas/view-port.ts';
import {isSameRange, mappingOf, panned, type Range, zoomed} from '../canvas/window.ts';
import type {Latest} from './picture-box.tsx';

type Heard = Latest & {readonly port: ViewPort};

/** The pointer and the wheel. */
export function listen(
  element: HTMLElement,
  latest: () => Heard,
  setHint: (hint: {text: string; x: number; y: number} | undefined) => void,
): () => void {
  let isProbing = false;
  const placeOf = (clientX: number, clientY: number) => {
    const {left, top} = element.getBoundingClientRect();
    const {margins, width, height} = latest().port.plot!;
    return {x: clientX - left - margins.left, y: clientY - top - margins.top, width, height};
  };
  const valueAt = (axis: 'x' | 'y', place: ReturnType<typeof placeOf>) => {
    const {props, window} = latest();
    const isDown = axis === 'y' && !props.face.y.categories;
    const range: Range = axis === 'x' ? [0, place.width] : isDown ? [place.height, 0] : [0, place.height];
    return mappingOf(props.face[axis].scale, window[axis], range).value(place[axis]);
  };
  const probe = async (clientX: number, clientY: number) => {
    const {props, window} = latest();
    const place = placeOf(clientX, clientY);
    if (place.x < 0 || place.x > place.width || place.y < 0 || place.y > place.height) return undefined;
    const request = {key: props.pictureKey, window, ...place};
    return props.file.ask(worker => worker.pictures.probe(request));
  };
  const zoomAt = (axis: 'x' | 'y', factor: number, clientX: number, clientY: number) => {
    const {props, window, setX, setY} = latest();
    const value = valueAt(axis, placeOf(clientX, clientY));
    const range = zoomed(props.face[axis], window[axis], factor, value);
    if (axis === 'x') setX(range);
    else setY(isSameRange(range, props.face.y.domain) ? undefined : range);
  };
  const panBy = (dx: number, dy: number) => {
    const {props, window, setX, setY, port} = latest();
    const {width, height} = port.plot!;
    if (dx !== 0) setX(panned(props.face.x, window.x, -dx / width));
    const isDown = !props.face.y.categories;
    if (dy !== 0 && !isSameRange(window.y, props.face.y.domain))
      setY(panned(props.face.y, window.y, (isDown ? dy : -dy) / height));
  };
  const stopDrag = drag(element, {
    onPan: (dx, dy) => {
      setHint(undefined);
      panBy(dx, dy);
    },
    onPinch: (factor, x, y) => zoomAt('x', factor, x, y),
    onClick: (clientX, clientY) => {
      const place = placeOf(clientX, clientY);
      if (place.x < 0 || place.x > place.width) return;
      const value = valueAt('x', place);
      void probe(clientX, clientY).then(
        found => latest().props.onPick?.(found, value),
        () => undefined,
      );
    },
    onHover: (clientX, clientY) => {
      if (isProbing) return;
      isProbing = true;
      probe(clientX, clientY)
        .then(
          found => {
            const {left, top, width} = element.getBoundingClientRect();
            const x = Math.min(clientX - left + 12, Math.max(0, width - 260));
            setHint(
              found && found.detail !== '' ? {text: found.detail, x, y: clientY - top + 16} : undefined,
            );
          },
          () => undefined,
        )
        .finally(() => {
          isProbing = false;
        });
    },
    onLeave: () => setHint(undefined),
  });
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
    if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) panBy(-(dx || dy), 0);
    else
      zoomAt(
        event.altKey ? 'y' : 'x',
        Math.exp(dy / (event.ctrlKey ? 100 : 300)),
        event.clientX,
        event.clientY,
      );
  };
  element.addEventListener('wheel', onWheel, {passive: false});
  return () => {
    stopDrag();
    element.removeEventListener('wheel', onWheel);
  };
}

/** A picture that wheel, pinch, drag and keys zoom and move; a hint describes the mark under the pointer. */
import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Face} from '../canvas/face.ts';
import {drag} from '../canvas/gestures.ts';
import type {Probed} from '../canvas/probe.ts';
import type {Theme} from '../canvas/theme.ts';
import {ViewPort} from '../canvas/view-port.ts';
import {around, isSameRange, mappingOf, panned, type Range, type Window, zoomed} from '../canvas/window.ts';
import type {BoardHandler} from '../worker/handlers/board.ts';
import type {Connection, ProxyMarked} from '../worker/link.ts';
import {Legend} from './legend.tsx';

/** Whoever holds pictures: an open file, or a run. */
export interface PictureSource {
  readonly ask: Connection<{readonly pictures: BoardHandler & ProxyMarked}>['ask'];
  /** A picture of it has been painted. */
  seen(): void;
}

export interface PictureBoxProps {
  readonly file: PictureSource;
  readonly pictureKey: string;
  readonly face: Face;
  readonly version: number;
  readonly theme: Theme;
  /** Shown on the x axis, where that is decided outside; all of it where undefined. */
  readonly x?: Range | undefined;
  readonly onX?: (x: Range | undefined) => void;
  readonly moment?: number | undefined;
  readonly item?: number | undefined;
  readonly onPick?: (found: Probed | undefined, x: number) => void;
  /** Pixels; fills its pane where absent. */
  readonly height?: number | undefined;
  readonly isFirst?: boolean;
  /** Whether another picture beside it has the same colours. */
  readonly hasNoLegend?: boolean;
}

/** Actions of the page's keys on the picture in focus. */
export interface Steering {
  zoom(factor: number, axis: 'x' | 'y'): void;
  pan(part: number, axis: 'x' | 'y'): void;
  whole(): void;
  focus(): void;
}

/** The picture that keys are meant for: the one touched last, else the first on the page. */
export const steered: {current: Steering | undefined} = {current: undefined};

const NOTHING = new Float64Array(0);

export function PictureBox(props: PictureBoxProps) {
  const {file, pictureKey, face, version, theme, moment, item, height} = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const port = useRef<ViewPort | undefined>(undefined);
  const [ownX, setOwnX] = useState<Range | undefined>(undefined);
  const [y, setY] = useState<Range | undefined>(undefined);
  const [boxes, setBoxes] = useState<Float64Array>(NOTHING);
  const [hint, setHint] = useState<{text: string; x: number; y: number} | undefined>(undefined);
  const x = props.onX ? props.x : ownX;
  const window: Window = {x: x ?? face.x.domain, y: y ?? face.y.domain};
  const setX = (range: Range) => {
    const wanted = isSameRange(range, face.x.domain) ? undefined : range;
    if (props.onX) props.onX(wanted);
    else setOwnX(wanted);
  };
  const latest = useRef({props, window, boxes, setX, setY});
  latest.current = {props, window, boxes, setX, setY};

  useEffect(() => {
    const painter = new ViewPort(
      canvas.current!,
      request => file.ask(worker => worker.pictures.paint(request)),
      () => {
        file.seen();
        box.current?.setAttribute('data-painted', String(Number(box.current.dataset.painted ?? 0) + 1));
      },
    );
    port.current = painter;
    const observer = new ResizeObserver(([entry]) =>
      painter.resize({width: entry!.contentRect.width, height: entry!.contentRect.height}),
    );
    observer.observe(canvas.current!.parentElement!);
    return () => {
      observer.disconnect();
      painter.close();
    };
  }, [file]);

  useEffect(() => {
    port.current?.show({face, key: pictureKey, window, theme, version, moment, boxes});
  });

  useEffect(() => {
    let isCurrent = true;
    if (item === undefined) setBoxes(NOTHING);
    else {
      file
        .ask(worker => worker.pictures.highlight({key: pictureKey, item}))
        .then(
          found => isCurrent && setBoxes(found),
          () => undefined,
        );
    }
    return () => {
      isCurrent = false;
    };
  }, [file, pictureKey, item, version]);

  const steering = useMemo(() => steeringOf(() => latest.current), []);
  useEffect(() => {
    if (props.isFirst || !steered.current) steered.current = steering;
    return () => {
      if (steered.current === steering) steered.current = undefined;
    };
  }, [steering]);

  useEffect(() => listen(box.current!, () => ({...latest.current, port: port.current!}), setHint), []);

  return (
    <div class="picture">
      {!props.hasNoLegend && <Legend face={face} theme={theme} />}
      <div
        ref={box}
        class={height === undefined ? 'plot fill' : 'plot'}
        style={height === undefined ? {} : {height: `${height}px`}}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the picture need something to have the focus
        tabIndex={0}
        role="application"
        aria-label={`${face.title}. ${face.description}`}
        data-picture={face.name}
        onFocus={() => {
          steered.current = steering;
        }}
      >
        <canvas ref={canvas} />
        {hint && (
          <div class="hint" style={{left: `${hint.x}px`, top: `${hint.y}px`}}>
            {hint.text}
          </div>
        )}
      </div>
      {face.notes.map(note => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </div>
  );
}

interface Latest {
  readonly props: PictureBoxProps;
  readonly window: Window;
  readonly boxes: Float64Array;
  setX(range: Range): void;
  setY(range: Range | undefined): void;
}

function steeringOf(latest: () => Latest): Steering {
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

type Heard = Latest & {readonly port: ViewPort};

/** The pointer and the wheel. */
function listen(
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

/** A picture that wheel, pinch, drag and keys zoom and move; a hint describes the mark under the pointer. */
import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Face} from '../canvas/face.ts';
import type {Probed} from '../canvas/probe.ts';
import type {Theme} from '../canvas/theme.ts';
import {ViewPort} from '../canvas/view-port.ts';
import {isSameRange, type Range, type Window} from '../canvas/window.ts';
import type {BoardHandler} from '../worker/handlers/board.ts';
import type {Connection, ProxyMarked} from '../worker/link.ts';
import {Legend} from './legend.tsx';
import {listen} from './picture-pointer.ts';
import {steered, steeringOf} from './picture-steering.ts';

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

/** A picture as it is now, for what acts on it. */
export interface Latest {
  readonly props: PictureBoxProps;
  readonly window: Window;
  readonly boxes: Float64Array;
  setX(range: Range): void;
  setY(range: Range | undefined): void;
}

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

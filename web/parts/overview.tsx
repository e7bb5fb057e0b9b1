/** All of a picture as a strip, with the part that is shown: its edges and itself are dragged. Keys move the picture below. */
import {useEffect, useRef, useState} from 'preact/hooks';
import {between, mappingOf, type Range, type Window} from '../canvas/window.ts';
import type {PictureBoxProps, Shown} from './picture-view.ts';

/** Pixels beside an edge that are still the edge. */
const EDGE = 6;

interface OverviewProps extends Pick<PictureBoxProps, 'file' | 'pictureKey' | 'face' | 'version' | 'theme'> {
  readonly window: Window;
  readonly show: Shown['show'];
  /** Whether the strip may be painted. */
  readonly isReady: boolean;
}

/** What a drag moves: an edge, the part, or a new part from where it began. */
type Grip = {readonly anchor: number} | {readonly offset: number};

export function Overview(props: OverviewProps) {
  const {face, window, show} = props;
  const strip = useRef<HTMLDivElement>(null);
  const canvas = usePainting(props);
  const grip = useRef<Grip | undefined>(undefined);
  const unit = mappingOf(face.x.scale, face.x.domain, [0, 1]);
  const [from, to] = window.x.map(value => unit.position(value)) as [number, number];
  const partAt = ({clientX}: PointerEvent) => {
    const {left, width} = strip.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width));
  };
  const begin = (event: PointerEvent) => {
    if (event.button !== 0) return;
    strip.current!.setPointerCapture(event.pointerId);
    grip.current = gripAt(partAt(event), [from, to], EDGE / strip.current!.clientWidth);
    // one step back for all of the drag
    show({x: window.x}, true);
  };
  const move = (event: PointerEvent) => {
    const held = grip.current;
    if (!held) return;
    const at = partAt(event);
    const [low, high] = 'anchor' in held ? [held.anchor, at] : moved(at - held.offset, to - from);
    show({x: between(face.x, unit.value(low), unit.value(high))});
  };
  const end = () => {
    grip.current = undefined;
  };
  return (
    <div
      ref={strip}
      class="overview"
      aria-hidden="true"
      onPointerDown={begin}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <canvas ref={canvas} />
      <div class="hidden-part" style={{left: 0, width: `${100 * from}%`}} />
      <div class="part" style={{left: `${100 * from}%`, width: `${100 * (to - from)}%`}} />
      <div class="hidden-part" style={{left: `${100 * to}%`, right: 0}} />
    </div>
  );
}

/** An edge where one is near, the part where it is below the pointer; else a new part. */
function gripAt(at: number, [from, to]: Range, near: number): Grip {
  const isWhole = from <= 0 && to >= 1;
  if (!isWhole && Math.abs(at - from) <= near) return {anchor: to};
  if (!isWhole && Math.abs(at - to) <= near) return {anchor: from};
  if (!isWhole && at > from && at < to) return {offset: at - from};
  return {anchor: at};
}

function moved(from: number, length: number): Range {
  const start = Math.min(1 - length, Math.max(0, from));
  return [start, start + length];
}

/** All of the picture, painted once by the worker. */
function usePainting({file, pictureKey, face, version, theme, isReady}: OverviewProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({width: 0, height: 0});
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const {width, height} = entry!.contentRect;
      setSize({width: Math.floor(width), height: Math.floor(height)});
    });
    observer.observe(canvas.current!.parentElement!);
    return () => observer.disconnect();
  }, []);
  const {width, height} = size;
  useEffect(() => {
    if (!isReady || width < 20) return;
    let isCurrent = true;
    const window = {x: face.x.domain, y: face.y.domain};
    file
      .ask(worker =>
        worker.pictures.paint({key: pictureKey, window, width, height, ratio: devicePixelRatio, theme}),
      )
      .then(
        ({image}) => {
          // the strip may be gone before its effects are ended
          const shown = canvas.current;
          if (!isCurrent || !shown) image.close();
          else {
            [shown.width, shown.height] = [image.width, image.height];
            shown.getContext('bitmaprenderer')!.transferFromImageBitmap(image);
            shown.parentElement!.setAttribute('data-painted', pictureKey);
          }
        },
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [isReady, file, pictureKey, version, theme, width, height, face.y.domain[1]]);
  return canvas;
}

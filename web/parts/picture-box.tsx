/** A picture that wheel, pinch, drag and keys zoom, move and measure; a hint describes the mark under the pointer. */
import {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {Sketch} from '../canvas/sketch.ts';
import {ViewPort} from '../canvas/view-port.ts';
import {useStore} from '../state/store.ts';
import {tools} from '../state/tool.ts';
import {Legend} from './legend.tsx';
import {Measure} from './measure.tsx';
import {Overview} from './overview.tsx';
import {type Hint, listen} from './picture-pointer.ts';
import {Sketcher} from './picture-sketch.ts';
import {steered, steeringOf} from './picture-steering.ts';
import type {PictureBoxProps, Shown} from './picture-view.ts';
import {useWindow} from './picture-window.ts';
import {wordsOf} from './place-words.ts';
import '../style/time.css';

const NOTHING = new Float64Array(0);

export function PictureBox(props: PictureBoxProps) {
  const {file, pictureKey, face, version, theme, moment, height} = props;
  const {tool} = useStore(tools);
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const port = useRef<ViewPort | undefined>(undefined);
  const [hint, setHint] = useState<Hint | undefined>(undefined);
  const [sketch, setSketch] = useState<Sketch | undefined>(undefined);
  // all of the picture is painted after the part that is shown
  const [isPainted, setIsPainted] = useState(false);
  const words = props.words ?? wordsOf(face);
  const boxes = useHighlight(props);
  const {window, show, back} = useWindow(props);
  const latest = useRef<Shown>(undefined!);
  latest.current = {props, window, boxes, show, back};
  const sketcher = useMemo(() => new Sketcher(() => latest.current, setSketch), []);

  useLayoutEffect(() => {
    const painter = new ViewPort(
      canvas.current!,
      request => file.ask(worker => worker.pictures.paint(request)),
      () => {
        file.seen();
        setIsPainted(true);
        box.current?.setAttribute('data-painted', String(Number(box.current.dataset.painted ?? 0) + 1));
      },
    );
    port.current = painter;
    const {width, height} = box.current!.getBoundingClientRect();
    painter.begin({face, key: pictureKey, window, theme, version, moment, boxes}, {width, height});
    const observer = new ResizeObserver(([entry]) =>
      painter.resize({width: entry!.contentRect.width, height: entry!.contentRect.height}),
    );
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      painter.close();
    };
  }, [file]);

  useEffect(() => {
    port.current?.show({
      ...{face, key: pictureKey, window, theme, version, moment, boxes, sketch},
      textAt: x => words.at(x),
    });
  });

  // values of another axis are other places
  useEffect(() => void sketcher.cancel(), [pictureKey, face.x.unit]);

  const steering = useMemo(
    () =>
      steeringOf(
        () => latest.current,
        sketcher,
        () => box.current?.focus(),
      ),
    [],
  );
  useEffect(() => {
    if (props.isFirst || !steered.current) steered.current = steering;
    return () => {
      if (steered.current === steering) steered.current = undefined;
    };
  }, [steering]);

  useEffect(
    () =>
      listen({
        element: box.current!,
        latest: () => ({...latest.current, port: port.current!}),
        sketcher,
        setHint,
      }),
    [],
  );

  return (
    <div class="picture">
      {!props.hasNoLegend && <Legend face={face} theme={theme} />}
      {props.hasOverview && (
        <Overview
          {...{file, face, version, theme, window, show}}
          pictureKey={pictureKey}
          isReady={isPainted}
        />
      )}
      <div
        ref={box}
        class={height === undefined ? 'plot fill' : 'plot'}
        style={height === undefined ? undefined : {height: `${height}px`}}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys of the picture need something to have the focus
        tabIndex={0}
        role="application"
        aria-label={`${face.title}. ${face.description}`}
        data-picture={face.name}
        data-unit={face.x.unit}
        data-tool={tool}
        data-outlined={boxes.length / 4}
        data-sketch={sketch?.kind}
        onFocus={() => {
          steered.current = steering;
        }}
      >
        <canvas ref={canvas} />
        {hint && !sketch?.isOpen && (
          <div class="hint" style={styleOf(hint)}>
            {hint.text}
          </div>
        )}
        <Measure {...{sketch, face, words}} />
      </div>
      {face.notes.map(note => (
        <p class="note" key={note}>
          {note}
        </p>
      ))}
    </div>
  );
}

const styleOf = ({left, top, bottom}: Hint) => ({
  left: `${left}px`,
  ...(top === undefined ? {bottom: `${bottom}px`} : {top: `${top}px`}),
});

/** Where the chosen item is in the picture; without one, what is outlined. */
function useHighlight({file, pictureKey: key, item, outline, version}: PictureBoxProps): Float64Array {
  const [boxes, setBoxes] = useState<Float64Array>(NOTHING);
  useEffect(() => {
    let isCurrent = true;
    const found =
      item === undefined ? outline?.in(key) : file.ask(worker => worker.pictures.highlight({key, item}));
    if (!found) setBoxes(NOTHING);
    else
      found.then(
        corners => isCurrent && setBoxes(corners),
        () => undefined,
      );
    return () => {
      isCurrent = false;
    };
  }, [file, key, item, item === undefined ? outline?.of : '', version]);
  return boxes;
}

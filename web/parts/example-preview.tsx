/** A small live picture of the built-in example, with its verdict: made when the page is idle, and given up for the first file. */
import {useEffect, useRef, useState} from 'preact/hooks';
import type {Face} from '../canvas/face.ts';
import {ViewPort} from '../canvas/view-port.ts';
import {loadExample} from '../state/example.ts';
import {FileModel} from '../state/file.ts';
import type {Page} from '../state/page.ts';
import {useStore} from '../state/store.ts';
import {headline} from './summary.tsx';

/** Milliseconds, at most and, where the browser does not tell when it is idle, in any case. */
const MOST_WAIT = 2000;
const WAIT = 400;
const NOTHING = new Float64Array(0);

interface ExamplePreviewProps {
  readonly page: Page;
  readonly onOpen: () => void;
}

export function ExamplePreview({page, onOpen}: ExamplePreviewProps) {
  const [file, setFile] = useState<FileModel | undefined>(undefined);
  const [face, setFace] = useState<Face | undefined>(undefined);
  useEffect(() => {
    let opened: FileModel | undefined;
    let isGone = false;
    const show = async () => {
      const source = await loadExample();
      if (isGone) return;
      opened = FileModel.aside(source);
      await opened.open('operation', () => undefined);
      setFace(await opened.memory({colouring: 'operation', capacity: undefined}));
      setFile(opened);
      await opened.start(true);
    };
    // without the example there is no picture; and a page that is left ends its worker
    const end = whenIdle(() => void show().catch(() => undefined));
    return () => {
      isGone = true;
      end();
      opened?.close();
    };
  }, []);
  return (
    <button type="button" class="preview" onClick={onOpen}>
      {file && face ? (
        <Preview page={page} file={file} face={face} />
      ) : (
        <>
          <span class="plot" />
          <span class="caption">An example is being planned here, live …</span>
        </>
      )}
    </button>
  );
}

interface PreviewProps {
  readonly page: Page;
  readonly file: FileModel;
  readonly face: Face;
}

function Preview({page, file, face}: PreviewProps) {
  const {theme} = useStore(page.store);
  const state = useStore(file.store);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [painted, setPainted] = useState(0);
  const port = useRef<ViewPort | undefined>(undefined);
  useEffect(() => {
    const painter = new ViewPort(
      canvas.current!,
      request => file.ask(worker => worker.pictures.paint(request)),
      () => {
        file.seen();
        setPainted(count => count + 1);
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
    const window = {x: face.x.domain, y: face.y.domain};
    port.current?.show({face, key: 'memory', window, theme, version: 0, moment: undefined, boxes: NOTHING});
  }, [file, face, theme]);
  const isDone = state.cuda !== undefined || state.failure !== undefined;
  return (
    <>
      <span class="plot" data-picture="example" {...(painted > 0 ? {'data-painted': painted} : {})}>
        <canvas ref={canvas} />
      </span>
      <span class="caption" data-done={isDone}>
        Example, a simulated training run: {headline(state)}. Click to open it.
      </span>
    </>
  );
}

/** @returns a function that calls it off. */
function whenIdle(run: () => void): () => void {
  if (typeof requestIdleCallback === 'function') {
    const id = requestIdleCallback(run, {timeout: MOST_WAIT});
    return () => cancelIdleCallback(id);
  }
  const id = setTimeout(run, WAIT);
  return () => clearTimeout(id);
}

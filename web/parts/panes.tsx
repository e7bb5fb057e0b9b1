/**
 * The panes of a view: the picture, what is known of the chosen item beside it, and the table below. In a wide window they stand
 * side by side, each scrolls by itself, and their borders can be moved; in a narrow one there is one at a time.
 */
import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {Page} from '../state/page.ts';
import {type PaneName, rangeOf} from '../state/panes.ts';
import {useStore} from '../state/store.ts';
import {Border} from './border.tsx';
import '../style/panes.css';

type Shown = 'main' | PaneName;

interface PanesProps {
  readonly page: Page;
  /** Labels the main pane; it is the panel of this view's tab. */
  readonly view?: string;
  /** The picture; more content than fits scrolls. */
  readonly children: ComponentChildren;
  readonly side?: ComponentChildren;
  readonly bottom?: ComponentChildren;
}

const NAMES: Readonly<Record<Shown, string>> = {main: 'Picture', side: 'Details', bottom: 'Table'};

export function Panes({page, view, children, side, bottom}: PanesProps) {
  const {panes} = useStore(page.store);
  const box = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({width: 0, height: 0});
  // in a narrow window
  const [shown, setShown] = useState<Shown>('main');
  useLayoutEffect(() => {
    const measure = () => {
      const {clientWidth: width, clientHeight: height} = box.current!;
      setRoom(known => (known.width === width && known.height === height ? known : {width, height}));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  const present = (['main', 'side', 'bottom'] as const).filter(
    name => name === 'main' || (name === 'side' ? side : bottom),
  );
  const current = present.includes(shown) ? shown : 'main';
  const ranges = {
    side: rangeOf('side', panes.side, room.width),
    bottom: rangeOf('bottom', panes.bottom, room.height),
  };
  const border = (name: PaneName) => (
    <Border
      name={name}
      range={ranges[name]}
      onSize={(size, isLast) => page.setPanes({...panes, [name]: size}, isLast)}
    />
  );
  return (
    <>
      {present.length > 1 && (
        <nav class="switch" aria-label="panes">
          {present.map(name => (
            <button
              type="button"
              key={name}
              aria-pressed={name === current}
              aria-controls={idOf(name)}
              onClick={() => setShown(name)}
            >
              {NAMES[name]}
            </button>
          ))}
        </nav>
      )}
      <div
        class={`panes ${side ? 'has-side' : ''} ${bottom ? 'has-bottom' : ''}`}
        data-shown={current}
        ref={box}
        style={{'--side': `${ranges.side.value}px`, '--bottom': `${ranges.bottom.value}px`}}
      >
        <div
          class="pane main-pane pictures"
          id="view"
          {...(view === undefined ? {} : {role: 'tabpanel', 'aria-labelledby': `tab-${view}`})}
        >
          {children}
        </div>
        {side && border('side')}
        {side && (
          <div class="pane side-pane side" id="pane-side">
            {side}
          </div>
        )}
        {bottom && border('bottom')}
        {bottom && (
          <div class="pane bottom-pane" id="pane-bottom">
            {bottom}
          </div>
        )}
      </div>
    </>
  );
}

function idOf(name: Shown): string {
  return name === 'main' ? 'view' : `pane-${name}`;
}

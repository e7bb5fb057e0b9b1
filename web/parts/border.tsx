/** The border between the picture and another pane: moved by pointer or keys. */
import {useRef} from 'preact/hooks';
import type {PaneName, PaneRange} from '../state/panes.ts';

interface BorderProps {
  /** The pane that it sizes. */
  readonly name: PaneName;
  readonly range: PaneRange;
  /**
   * @param size pixels; undefined for the page to decide.
   * @param isLast false while it is still being moved.
   */
  readonly onSize: (size: number | undefined, isLast: boolean) => void;
}

const STEP = 16;

export function Border({name, range, onSize}: BorderProps) {
  const {min, max, value} = range;
  const grip = useRef<{readonly at: number; readonly size: number; last: number} | undefined>(undefined);
  const isSide = name === 'side';
  const along = (event: PointerEvent) => (isSide ? event.clientX : event.clientY);
  const within = (size: number) => Math.round(Math.min(max, Math.max(min, size)));
  const end = () => {
    const held = grip.current;
    grip.current = undefined;
    // a click moves nothing, and leaves the choice to the page
    if (held && held.last !== held.size) onSize(held.last, true);
  };
  const press = (event: KeyboardEvent) => {
    const size = sizeAfter(event.key, event.shiftKey ? 4 * STEP : STEP, isSide, range);
    if (size === undefined && event.key !== 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    onSize(size === undefined ? undefined : within(size), true);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is a control, and `hr` is none
    <div
      class={`border ${name}-border`}
      role="separator"
      tabIndex={0}
      aria-orientation={isSide ? 'vertical' : 'horizontal'}
      aria-label={isSide ? 'width of the details' : 'height of the table'}
      aria-controls={`pane-${name}`}
      aria-valuenow={value}
      aria-valuemin={min}
      aria-valuemax={max}
      title="drag, or arrow keys; double click or Enter: as at first"
      onKeyDown={press}
      onDblClick={() => onSize(undefined, true)}
      onPointerDown={event => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        grip.current = {at: along(event), size: value, last: value};
      }}
      onPointerMove={event => {
        const held = grip.current;
        if (!held) return;
        const size = within(held.size + held.at - along(event));
        if (size === held.last) return;
        held.last = size;
        onSize(size, false);
      }}
      onPointerUp={end}
      onPointerCancel={end}
    />
  );
}

/** Pixels that the pane gets by a key; undefined where the key means nothing. Towards the picture it grows. */
function sizeAfter(key: string, step: number, isSide: boolean, {min, max, value}: PaneRange) {
  const grow = isSide ? 'ArrowLeft' : 'ArrowUp';
  const shrink = isSide ? 'ArrowRight' : 'ArrowDown';
  const sizes: Readonly<Record<string, number>> = {
    [grow]: value + step,
    [shrink]: value - step,
    Home: min,
    End: max,
  };
  return Object.hasOwn(sizes, key) ? sizes[key] : undefined;
}

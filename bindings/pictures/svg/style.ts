/** The style of pictures in SVG: colours as variables, for light and dark, in the place of the literal ones. */
import {type Colours, FAINT, GRID, INK, PALETTE, PAPER} from '../palette.ts';

export const FONT_SIZE = 12;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

const BASICS: Readonly<Record<string, Colours>> = {paper: PAPER, ink: INK, faint: FAINT, grid: GRID};

/** Variables of `.picture`: `--paper`, `--ink`, `--faint`, `--grid`, and of series `--s0` …, text on them `--t0` … */
function variables(theme: 'light' | 'dark'): string {
  const basics = Object.entries(BASICS).map(([name, colours]) => `--${name}:${colours[theme]}`);
  const series = PALETTE.map((one, i) => {
    const ink = theme === 'light' ? one.inkOnLight : one.inkOnDark;
    return `--s${i}:${one[theme]};--t${i}:${ink}`;
  });
  return [...basics, ...series].join(';');
}

/**
 * The style sheet that every picture needs: of its own, or once for all of a page. A page that lets people choose sets
 * `data-theme="light"` or `"dark"` on an element around them.
 */
export function pictureStyle(): string {
  const series = PALETTE.map(
    (_, i) =>
      `.picture .f${i}{fill:var(--s${i})}.picture .l${i}{stroke:var(--s${i})}.picture .t${i}{fill:var(--t${i})}.picture .h${i}{stroke:var(--t${i})}`,
  );
  return [
    `.picture{${variables('light')};font:${FONT_SIZE}px ${FONT}}`,
    `@media (prefers-color-scheme:dark){.picture{${variables('dark')}}}`,
    `[data-theme=light] .picture{${variables('light')}}`,
    `[data-theme=dark] .picture{${variables('dark')}}`,
    `@media print{.picture,[data-theme] .picture{${variables('light')}}}`,
    '.picture .paper{fill:var(--paper)}.picture .ink{fill:var(--ink)}.picture .faint{fill:var(--faint)}',
    '.picture .grid{stroke:var(--grid)}.picture .axis{stroke:var(--faint)}.picture .rule{stroke:var(--ink)}',
    '.picture .halo{stroke:var(--paper);stroke-width:3px;stroke-linejoin:round;paint-order:stroke}',
    '.picture .edge{stroke:var(--paper)}',
    ...series,
  ].join('\n');
}

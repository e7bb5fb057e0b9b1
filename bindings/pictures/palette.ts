/**
 * The colours of series, in light and in dark surroundings. They begin from the hues that Okabe and Ito chose for all
 * kinds of sight (*Color Universal Design*, 2008); lightness was moved until each has a contrast of 3 to 1 with the
 * paper and any two differ by a distance of 25 or more (CIE 1976), also as people without one kind of cones see them
 * (Machado, Oliveira and Fernandes, 2009). `tests/pictures/palette.test.ts` computes both. In grey, the hatch tells.
 */

export interface Colours {
  readonly light: string;
  readonly dark: string;
}

export interface SeriesColours extends Colours {
  /** What text on it is written in. */
  readonly inkOnLight: string;
  readonly inkOnDark: string;
  readonly hatch: Hatch;
}

/** Lines within the colour: none, or so many degrees from the horizontal; `grid` is both ways, `dots` none of them. */
export type Hatch = 'none' | 'rising' | 'falling' | 'horizontal' | 'vertical' | 'grid' | 'dots' | 'diamonds';

const of = (
  light: string,
  inkOnLight: string,
  dark: string,
  inkOnDark: string,
  hatch: Hatch,
): SeriesColours => ({
  light,
  dark,
  inkOnLight,
  inkOnDark,
  hatch,
});

const WHITE = '#ffffff';
const BLACK = '#000000';

/** By `Series.colour`. */
export const PALETTE: readonly SeriesColours[] = [
  of('#1165fb', WHITE, '#59b7fd', BLACK, 'none'),
  of('#e0720f', BLACK, '#f0aa14', BLACK, 'rising'),
  of('#123455', WHITE, '#226b99', WHITE, 'falling'),
  of('#05a35f', BLACK, '#cbfee6', BLACK, 'horizontal'),
  of('#684e03', WHITE, '#f2df97', BLACK, 'vertical'),
  of('#c45dcd', BLACK, '#9b33f7', WHITE, 'grid'),
  of('#4a0918', WHITE, '#e60c4a', BLACK, 'dots'),
  of('#6b7280', WHITE, '#9aa3af', BLACK, 'diamonds'),
];

/** `Series.colour` of all that is not told apart. */
export const REST = PALETTE.length - 1;

export const PAPER: Colours = {light: '#ffffff', dark: '#15181d'};
/** Text, axes and rules. */
export const INK: Colours = {light: '#1b1f24', dark: '#e8eaed'};
/** Text of less weight. */
export const FAINT: Colours = {light: '#4b5563', dark: '#b4bac3'};
/** Lines behind the marks, which carry nothing that is not also written. */
export const GRID: Colours = {light: '#d9dde3', dark: '#363c45'};

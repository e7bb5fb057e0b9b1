/**
 * The colours of series, in light and in dark surroundings. They begin from the hues that Okabe and Ito chose for all
 * kinds of sight (*Color Universal Design*, 2008); lightness was moved until each has a contrast of 3 to 1 with the
 * paper and any two differ by a distance of 25 or more (CIE 1976), also as people without one kind of cones see them
 * (Machado, Oliveira and Fernandes, 2009). `tests/pictures/palette.test.ts` computes both. In grey, the hatch distinguishes them.
 */

export interface Colours {
  readonly light: string;
  readonly dark: string;
}

export interface SeriesColours extends Colours {
  /** The colour of text on it. */
  readonly inkOnLight: string;
  readonly inkOnDark: string;
  readonly hatch: Hatch;
  /** Lengths of strokes and gaps of a line, pixels; `''` for one without gaps. */
  readonly dash: string;
}

/** Lines within the colour: none, or so many degrees from the horizontal; `grid` is both ways, `dots` none of them. */
export type Hatch = 'none' | 'rising' | 'falling' | 'horizontal' | 'vertical' | 'grid' | 'dots' | 'diamonds';

const WHITE = '#ffffff';
const BLACK = '#000000';

/** By `Series.colour`. */
export const PALETTE: readonly SeriesColours[] = [
  {light: '#1165fb', inkOnLight: WHITE, dark: '#59b7fd', inkOnDark: BLACK, hatch: 'none', dash: ''},
  {light: '#e0720f', inkOnLight: BLACK, dark: '#f0aa14', inkOnDark: BLACK, hatch: 'rising', dash: '7 3'},
  {light: '#123455', inkOnLight: WHITE, dark: '#226b99', inkOnDark: WHITE, hatch: 'falling', dash: '2 3'},
  {
    light: '#05a35f',
    inkOnLight: BLACK,
    dark: '#cbfee6',
    inkOnDark: BLACK,
    hatch: 'horizontal',
    dash: '10 3 2 3',
  },
  {light: '#684e03', inkOnLight: WHITE, dark: '#f2df97', inkOnDark: BLACK, hatch: 'vertical', dash: '4 2'},
  {light: '#c45dcd', inkOnLight: BLACK, dark: '#9b33f7', inkOnDark: WHITE, hatch: 'grid', dash: '12 4'},
  {light: '#4a0918', inkOnLight: WHITE, dark: '#e60c4a', inkOnDark: BLACK, hatch: 'dots', dash: '1 3'},
  {
    light: '#6b7280',
    inkOnLight: WHITE,
    dark: '#9aa3af',
    inkOnDark: BLACK,
    hatch: 'diamonds',
    dash: '6 2 1 2',
  },
];

/** `Series.colour` of the rest. */
export const REST = PALETTE.length - 1;

export const PAPER: Colours = {light: '#ffffff', dark: '#15181d'};
/** Text, axes and rules. */
export const INK: Colours = {light: '#1b1f24', dark: '#e8eaed'};
/** Text of less weight. */
export const FAINT: Colours = {light: '#4b5563', dark: '#b4bac3'};
/** Lines behind the marks, which carry nothing that is not also written. */
export const GRID: Colours = {light: '#d9dde3', dark: '#363c45'};

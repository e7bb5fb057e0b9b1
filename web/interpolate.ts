/** What d3-scale takes from d3-interpolate for scales of numbers, by the same names; `scripts/build-page.mjs` puts it there. */

export const interpolateNumber = (from: number, to: number) => (t: number) => from * (1 - t) + to * t;

export const interpolateRound = (from: number, to: number) => (t: number) =>
  Math.round(interpolateNumber(from, to)(t));

export {interpolateNumber as interpolate};

/** Of diverging scales, which the page has not. */
export const piecewise = undefined;

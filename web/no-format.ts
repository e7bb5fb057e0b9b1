/** In place of d3-format: the page writes its numbers by `bindings/model/quantities.ts`, and asks no scale for texts. */
export const format = undefined;
export const formatPrefix = undefined;
export const formatSpecifier = undefined;
export const precisionFixed = undefined;
export const precisionPrefix = undefined;
export const precisionRound = undefined;

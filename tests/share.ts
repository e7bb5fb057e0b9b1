/**
 * Tests over many seeds run a part of them where `TEST_SHARE` says so, a number from 0 to 1: a mutation run repeats them
 * for every mutant and has time for a few. `npm test` runs all.
 */
const SHARE = Number(process.env.TEST_SHARE ?? 1);
if (!(SHARE > 0 && SHARE <= 1))
  throw new Error(`TEST_SHARE: expected a number above 0 up to 1, got ${SHARE}`);

/** So many of `count` seeds, at least one. */
export const share = (count: number): number => Math.max(1, Math.round(count * SHARE));

/** Whether only a part is run. */
export const isQuick = (): boolean => SHARE < 1;

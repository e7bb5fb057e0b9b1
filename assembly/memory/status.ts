/** Return codes and names of choices that cross the boundary; `bindings/core/abi.ts` holds the same table, a test compares them. */

/** The call succeeded. */
export const OK: i32 = 0;
/** A begun search has work left. */
export const RUNNING: i32 = 1;
/** A begun search has nothing left to do. */
export const DONE: i32 = 2;
/** The plan's peak is above 2^53 − 1 bytes, which the boundary cannot carry; no plan is given. */
export const PEAK_TOO_LARGE: i32 = 3;

/** Why the last call trapped: it did not, or it broke an invariant. */
export const FAULT_NONE: i32 = 0;
/** The last call needed more memory than the host grants; the instance is lost. */
export const FAULT_MEMORY: i32 = 1;

/** Kinds of violation that `verify` reports. */
export const OVERLAP: u32 = 0;
export const MISALIGNED: u32 = 1;
export const MOVED: u32 = 2;
export const OVER_CAPACITY: u32 = 3;
export const OUT_OF_RANGE: u32 = 4;

/** Heuristics, in the order of `bindings/core/abi.ts`. */
export const NAIVE: u32 = 0;
export const BUMP: u32 = 1;
export const LINEAR_SCAN: u32 = 2;
export const FIRST_FIT_ONLINE: u32 = 3;
export const BEST_FIT_ONLINE: u32 = 4;
export const GREEDY_BY_SIZE: u32 = 5;
export const GREEDY_BY_SIZE_SMALLEST_GAP: u32 = 6;
export const GREEDY_BY_LONGEST: u32 = 7;
export const GREEDY_BY_LONGEST_SMALLEST_GAP: u32 = 8;
export const GREEDY_BY_AREA: u32 = 9;
export const GREEDY_BY_AREA_SMALLEST_GAP: u32 = 10;
export const GREEDY_BY_BREADTH: u32 = 11;
export const GREEDY_BY_BREADTH_SMALLEST_GAP: u32 = 12;
export const GREEDY_BY_CONFLICTS: u32 = 13;
export const GREEDY_BY_CONFLICTS_SMALLEST_GAP: u32 = 14;
export const SKYLINE_BEST_FIT: u32 = 15;
export const GERGOV: u32 = 16;
export const NUM_HEURISTICS: u32 = 17;

/**
 * Codes of the runtime that cross the boundary; `bindings/runtime/instance.ts` holds the same table, a test compares
 * them.
 */

/** Results of `free` and `retain`. */
export const DONE: i32 = 0;
/** The address is in no region and no arena that this worker knows. */
export const NOT_OURS: i32 = 1;
/** The address is ours, but no live block begins there: freed twice, or never allocated. Nothing was changed. */
export const INVALID_FREE: i32 = 2;
/** The block is another worker's, whose queue is full. Nothing was changed; try again later. */
export const QUEUE_FULL: i32 = 3;

/** Modes of a worker: a sum of these. */
export const CANARIES: u32 = 1;
export const POISON: u32 = 2;
/**
 * The bytes belong to another allocator: only addresses within arenas are handed out, and nothing is written there.
 */
export const FOREIGN: u32 = 4;

/** Counters, u64 each, in this order. */
/** Allocations served from the plan, before the present iteration; `servedNow` returns those of the present one. */
export const SERVED: u32 = 0;
/** Allocations with a slot that were larger than it. */
export const LARGER: u32 = 1;
/** With a slot whose bytes were still live. */
export const BLOCKED: u32 = 2;
/** With a key that the plan has, but not again at this point of the iteration. */
export const EXTRA: u32 = 3;
/** With a key that the plan does not have. */
export const UNKNOWN: u32 = 4;
/** That the plan leaves to the general allocator. */
export const UNMANAGED: u32 = 5;
/** Outside an iteration, interrupted, or in an iteration without a plan. */
export const UNPLANNED: u32 = 6;
/** Slots that were passed because they were not asked for. */
export const MISSING: u32 = 7;
/** Allocations refused because memory was short. */
export const FAILED: u32 = 8;
/** Invalid frees: no live block began at the address. */
export const STRAYS: u32 = 9;
/** Blocks that other workers freed. */
export const REMOTE: u32 = 10;
/** Blocks whose canary was found overwritten. */
export const BROKEN: u32 = 11;
/** Iterations that ran without their plan, because another plan's blocks were still live in its arena. */
export const BYPASSED: u32 = 12;
export const NUM_COUNTERS: u32 = 13;

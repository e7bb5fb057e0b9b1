/**
 * The planner with its core in JavaScript, made of the same sources: the entry `stowage/js`, for hosts that allow no
 * WebAssembly. Same problem, seed and nodes: the same plan, byte for byte, only later.
 */

import {instantiateCore} from './js/core-js.js';
import {PLANNING_WORKER} from './js/thread.ts';
import {Planner} from './planner/planner.ts';

export * from './api.ts';

/** A planner that needs no WebAssembly. */
export function loadPlannerSync(): Planner {
  return new Planner(instantiateCore, {file: PLANNING_WORKER});
}

/**
 * As `loadPlannerSync`, for programs that take either entry.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage/js';
 *
 * const planner = await loadPlanner();
 * console.log(planner.plan({buffers: [{size: 8, start: 0, end: 2}]}).peak);
 * // prints 8
 * ```
 */
export async function loadPlanner(): Promise<Planner> {
  return loadPlannerSync();
}

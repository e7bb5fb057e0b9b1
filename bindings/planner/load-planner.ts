/** Planners with the core in WebAssembly: the one that this package carries, or one that is given. */
import {compileCore, compileCoreSync} from '../core/compile.ts';
import {Planner} from './planner.ts';
import {PLANNING_WORKER} from './thread.ts';

/** How to load the planner. */
export interface LoadOptions {
  /** A compiled `stowage/core.wasm`, where the host compiles ahead of time or shares a module between workers. */
  readonly module?: WebAssembly.Module;
}

/**
 * A planner with the core that this package carries, or the one given.
 * @throws HostError where the host does not compile WebAssembly at run time.
 * @example
 * ```js
 * import {loadPlanner} from 'stowage';
 *
 * const planner = await loadPlanner();
 * console.log(planner.plan({buffers: [{size: 8, start: 0, end: 2}]}).peak);
 * // prints 8
 * ```
 */
export async function loadPlanner(options: LoadOptions = {}): Promise<Planner> {
  return plannerOf(options.module ?? (await compileCore()));
}

/**
 * As `loadPlanner`, at once: for Node, workers, and browsers that allow it.
 * @throws as `loadPlanner`.
 * @example
 * ```js
 * import {readFileSync} from 'node:fs';
 * import {fileURLToPath} from 'node:url';
 * import {loadPlannerSync} from 'stowage';
 *
 * // a module that the host compiled, in place of the one inside the package
 * const file = fileURLToPath(import.meta.resolve('stowage/core.wasm'));
 * const planner = loadPlannerSync({module: new WebAssembly.Module(readFileSync(file))});
 * console.log(planner.lowerBound({buffers: [{size: 8, start: 0, end: 2}]}));
 * // prints 8
 * ```
 */
export function loadPlannerSync(options: LoadOptions = {}): Planner {
  return plannerOf(options.module ?? compileCoreSync());
}

function plannerOf(module: WebAssembly.Module): Planner {
  return new Planner(module, {file: PLANNING_WORKER, module});
}

/** stowage: plans the memory of one iteration. The planner; recordings are read by `stowage/trace`. */

export * from './api.ts';
export {type LoadOptions, loadPlanner, loadPlannerSync} from './planner/load-planner.ts';

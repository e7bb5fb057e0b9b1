/**
 * Takes the place of `bindings/thread.ts` in the page: what would be done in threads is done in the page's own workers,
 * which it ends at once where something is cancelled.
 */
export async function startThread(): Promise<never> {
  throw new Error('the page plans in its own workers');
}

/** Named by the planner, never started: see above. */
export const PLANNING_WORKER = {};

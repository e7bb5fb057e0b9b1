/**
 * Takes the place of `bindings/planner/thread.ts` in the page: what would be done in threads is done in the page's own workers,
 * which it ends at once where something is cancelled.
 */
function none(): never {
  throw new Error('the page plans in its own workers');
}

/** Asked for by nobody, since no thread is ever started. */
export const PLANNING_WORKER = {web: none, url: none};

export async function startThread(): Promise<never> {
  return none();
}

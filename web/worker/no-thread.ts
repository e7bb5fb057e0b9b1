/**
 * Takes the place of `bindings/planner/thread.ts` in the page: the page's own workers do the work of the
 * threads, and the page ends them at once when it cancels.
 */
function none(): never {
  throw new Error('the page plans in its own workers');
}

/** Never called, since no thread is ever started. */
export const PLANNING_WORKER = {web: none, url: none};

export async function startThread(): Promise<never> {
  return none();
}

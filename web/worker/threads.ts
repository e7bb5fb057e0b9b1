/**
 * Takes the place of `bindings/planner/thread.ts` in the page: the threads of a solve are workers of the planning worker, which run
 * its own program. They end with it, so the page ends all of them at once when it cancels.
 */
import {
  startWebWorker,
  type Thread,
  type ThreadEvents,
  type ThreadFile,
} from '../../bindings/planner/web-thread.ts';

/** The name of a worker that is such a thread. */
export const THREAD = 'planning thread';
/** As many subsolvers work side by side at most. */
const MOST_THREADS = 8;

let address = '';

/** What threads run: a blob, as all programs of the page, since its policy allows no other worker, and holds in this one, too. */
export function setProgram(program: Blob): void {
  // with an address made here: that of the page is another origin's where the page is a file from disk
  address = URL.createObjectURL(program);
}

export const PLANNING_WORKER: ThreadFile = {
  web: () => new Worker(address, {name: THREAD}),
  url: () => {
    throw new Error('only Node starts a thread from an address');
  },
};

let isRefused = false;
const working = new Set<Thread>();

/** Whether the host has refused a thread: some browsers have no workers within workers, and a policy may forbid them. */
export const areThreadsRefused = () => isRefused;

/** How many threads to plan in; 1 is this worker alone. */
export function mostThreads(): number {
  if (isRefused || typeof Worker !== 'function') return 1;
  return Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS);
}

/** Counts anew. */
export const forgetWorking = () => working.clear();

/** Threads that got work since then; 1 where this worker did all of it. */
export const threadsThatWorked = () => Math.max(1, working.size);

export async function startThread(file: ThreadFile, events: ThreadEvents): Promise<Thread> {
  let hasRun = false;
  const started = startOrRefuse(file, {
    ...events,
    onMessage(message) {
      hasRun = true;
      events.onMessage(message);
    },
    onError(error) {
      isRefused ||= !hasRun;
      events.onError(error);
    },
  });
  const thread: Thread = {
    ...started,
    post(message) {
      if ('tasks' in (message as object)) working.add(thread);
      started.post(message);
    },
  };
  return thread;
}

function startOrRefuse(file: ThreadFile, events: ThreadEvents): Thread {
  try {
    return startWebWorker(file, events);
  } catch (error) {
    isRefused = true;
    throw error;
  }
}

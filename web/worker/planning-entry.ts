/** The program of the worker that plans, and of the threads that it starts: the page loads it with the first file. */
import {compileCoreSync} from '../../bindings/core/compile.ts';
import {serveTasks} from '../../bindings/planner/worker-protocol.ts';
import {expose} from './link.ts';
import {PlanningWorker} from './planning-worker.ts';
import {THREAD} from './threads.ts';

if (self.name === THREAD) {
  const port = {
    post: (message: unknown, transfer: Transferable[]) => postMessage(message, {transfer}),
    listen(onMessage: (message: unknown) => void) {
      self.onmessage = event => onMessage(event.data);
    },
  };
  serveTasks(port, ({module}) => module ?? compileCoreSync());
} else expose(new PlanningWorker());

/** The program of the page's workers. The name that a worker is started with decides which one it is. */
import {FileWorker} from './file-worker.ts';
import {expose} from './link.ts';
import {PlanningWorker} from './planning-worker.ts';

expose(self.name === 'planning' ? new PlanningWorker() : new FileWorker());

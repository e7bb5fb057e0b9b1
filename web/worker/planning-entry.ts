/** The program of the worker that plans: the page loads it with the first file. */
import {expose} from './link.ts';
import {PlanningWorker} from './planning-worker.ts';

expose(new PlanningWorker());

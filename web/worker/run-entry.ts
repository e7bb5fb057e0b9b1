/** The program of the worker that holds a run: the page loads it with the first run. */
import {expose} from './link.ts';
import {RunWorker} from './run-worker.ts';

expose(new RunWorker());

/** The program of the worker that holds a file. */
import {FileWorker} from './file-worker.ts';
import {expose} from './link.ts';

expose(new FileWorker());

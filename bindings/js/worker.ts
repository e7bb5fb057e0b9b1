/** The file that threads run, with the core in JavaScript. */
import {portOutside} from '../planner/thread.ts';
import {serveTasks} from '../planner/worker-protocol.ts';
import {instantiateCore} from './core-js.js';

serveTasks(await portOutside(), () => instantiateCore);

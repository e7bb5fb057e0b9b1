/** The file that threads run, with the core in JavaScript. */
import {portOutside} from '../thread.ts';
import {work} from '../work.ts';
import {instantiateCore} from './core-js.js';

work(await portOutside(), () => instantiateCore);

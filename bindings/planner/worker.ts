/** The file that threads run, with the core in WebAssembly. */
import {compileCoreSync} from '../core/compile.ts';
import {portOutside} from './thread.ts';
import {serveTasks} from './worker-protocol.ts';

serveTasks(await portOutside(), ({module}) => module ?? compileCoreSync());

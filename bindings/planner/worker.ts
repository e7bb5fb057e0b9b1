/** The file that threads run, with the core in WebAssembly. */
import {compileCoreSync} from '../core/compile.ts';
import {portOutside} from './thread.ts';
import {work} from './worker-protocol.ts';

work(await portOutside(), ({module}) => module ?? compileCoreSync());

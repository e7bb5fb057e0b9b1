/** The stand-alone bench, as a WASI command: `build/bench.wasm`. */
import {run} from './standalone';

export function _start(): void {
  run(15, 100, false);
}

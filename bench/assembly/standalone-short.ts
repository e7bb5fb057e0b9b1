/** The same for interpreters and tests, in a fraction of a second: `build/bench.short.wasm`. */
import {run} from './standalone';

export function _start(): void {
  run(5, 1, true);
}
